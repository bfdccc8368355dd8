import pytest

from webapp.domain.suggestions import first_organisation_name, suggested_organisation_name


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("priya@odeon.example", "Odeon"),
        ("kim@the-harbour.co.uk", "The Harbour"),
        ("kim@mail.acme.com", "Acme"),
        ("KIM@ACME.COM", "Acme"),
        ("kim@gmail.com", None),
        ("kim@GMAIL.com", None),
        ("kim@xn--bcher-kva.example", None),
        ("kim@localhost", None),
        ("kim", None),
        ("a@b@c.example", None),
        ("kim@" + "x" * 200 + ".example", "X" + "x" * 119),
        ("", None),
        (None, None),
    ],
)
def test_a_company_address_suggests_a_name(email: str | None, name: str | None):
    assert suggested_organisation_name(email) == name


def test_a_newcomers_organisation_is_called_after_their_first_name():
    assert first_organisation_name("Priya Shah") == "Priya’s organisation"
    assert first_organisation_name("") == "New organisation"
    assert len(first_organisation_name("x" * 300)) <= 120
