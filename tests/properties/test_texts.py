"""What people and providers write is stored in one spelling, with nothing hidden in it, and comes back like that."""

import re
import unicodedata

from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse
from webapp.database import db
from webapp.domain.errors import InvalidValue
from webapp.domain.organisation_details import checked_name, checked_trade
from webapp.domain.suggestions import first_organisation_name, suggested_organisation_name
from webapp.domain.text import clean_line, has_hidden_characters, without_hidden_characters
from webapp.models import Organisation, User
from webapp.services import accounts, sic_codes

ODD = [
    *("\x00", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\u200f", "\u061c", "\ud800"),
    *("\u0301", "\u0315", "\u1161", "\u11a8", "\u0344", "\u2000", "\u3000", "\xa0", "\u200b", "\u200d", "\ufeff"),
    *("e", "é", "Å", "\u212b", "ﬁ", "ǰ", "ΐ", "ß", "İ", "株", "👩", "&", "<b>", '"', "'", "%", "_", "\\", " ", "  "),
]
TEXTS = st.lists(st.sampled_from(ODD), max_size=10).map("".join) | st.text(max_size=140)
SENDABLE = TEXTS.map(lambda text: text.encode(errors="replace").decode())  # no browser can send half a character


def is_in_one_spelling(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not has_hidden_characters(text) and clean_line(text) == text


@settings(max_examples=400)
@given(TEXTS)
@example("\ud800")
@example("a\u2000\u0301")
def test_a_name_and_a_trade_have_one_spelling_or_are_refused(text: str):
    for check in (checked_name, checked_trade):
        try:
            stored = check(text)
        except InvalidValue:
            continue
        assert stored is None or (is_in_one_spelling(stored) and 0 < len(stored) <= 120)
        assert check(stored or "x") == (stored or "x"), "what is stored can be saved again"


@settings(max_examples=400)
@given(TEXTS)
def test_what_a_provider_says_has_one_spelling(text: str):
    assert is_in_one_spelling(without_hidden_characters(text))


@settings(max_examples=400)
@given(TEXTS, st.sampled_from(["{}@harbour.example", "kim@{}.example", "kim@{}", "{}", "kim@a-{}-b.co.uk"]))
def test_a_name_that_is_suggested_can_be_sent_as_it_is(text: str, email: str):
    suggested = suggested_organisation_name(email.format(text))

    assert suggested is None or checked_name(suggested) == suggested
    checked_name(first_organisation_name(without_hidden_characters(text)))


@given(name=TEXTS, email=TEXTS | TEXTS.map(lambda text: f"{text}@harbour.example"))
def test_nobody_is_kept_out_by_their_name(app: Flask, name: str, email: str):
    with app.app_context():
        signed_in = accounts.sign_in(make_claims(name=name, email=email))
        person = db.session.get_one(User, signed_in.user_id)
        organisation = db.session.scalars(db.select(Organisation).order_by(Organisation.created_at.desc())).first()

        assert organisation is not None
        for text in (person.display_name, person.email or "x", organisation.name):
            assert is_in_one_spelling(text)
            assert text


@settings(max_examples=40)
@given(name=SENDABLE, trade=SENDABLE, sic=SENDABLE, industry=SENDABLE | st.sampled_from(["gym", "hotel"]))
def test_no_answer_breaks_a_form(app: Flask, browse: Browse, name: str, trade: str, sic: str, industry: str):
    if not browse.client._cookies:
        with app.app_context():
            claims = make_person(make_organisation().id)
        browse.arrive(claims)
    token = browse.get("/settings/organisation").form_fields("#settings")["csrf_token"]
    sent = {"csrf_token": token, "industry": industry, "name": name, "trade": trade, "sic": sic}

    answered = browse.client.post("/settings/organisation", base_url=browse.base_url, data=sent)

    assert answered.status_code in (303, 422)
    with app.app_context():
        stored = db.session.scalars(db.select(Organisation)).one()
    stored_name, stored_trade = stored.name, stored.industry or ""
    assert is_in_one_spelling(stored_name)
    assert is_in_one_spelling(stored_trade)
    page = browse.get("/settings/organisation")
    assert (page.one("#name")["value"], page.one("#trade")["value"]) == (stored_name, stored_trade)
    assert answered.status_code == 422 or (clean_line(name), clean_line(trade)) == (stored_name, stored_trade)


@settings(max_examples=150)
@given(
    typed=TEXTS | st.text("0123456789", max_size=7) | st.sampled_from(["hotel", "a%", "_", "shop's", "59140"]),
    chosen=TEXTS,
)
def test_every_search_for_a_sic_code_ends_in_codes_or_a_sentence(app: Flask, typed: str, chosen: str):
    with app.app_context():
        try:
            answer = sic_codes.find_answer(typed, chosen)
        except InvalidValue as refusal:
            answer, sentence = None, str(refusal)
        codes = [match.code for match in answer.matches] + [answer.code] if answer else []

    if answer is None:
        assert sentence.startswith("We could not find ")
        assert not has_hidden_characters(sentence)
    else:
        assert len(answer.matches) <= sic_codes.MOST_MATCHES
        assert all(re.fullmatch(r"[0-9]{5}", code) for code in codes if code)
        assert any(codes) or not clean_line(typed) or chosen == sic_codes.NONE_OF_THESE
