"""What may be suggested to a newcomer from their e-mail address."""

from webapp.domain.errors import InvalidValue
from webapp.domain.organisation_details import checked_name
from webapp.domain.text import has_hidden_characters

FREE_MAIL_DOMAINS = frozenset(
    (
        *("aol.com", "fastmail.com", "gmail.com", "googlemail.com", "gmx.co.uk", "gmx.com", "gmx.de", "hey.com"),
        *("hotmail.co.uk", "hotmail.com", "live.co.uk", "live.com", "msn.com", "outlook.co.uk", "outlook.com"),
        *("icloud.com", "mac.com", "me.com", "mail.com", "proton.me", "protonmail.com", "web.de", "zoho.com"),
        *("btinternet.com", "ntlworld.com", "sky.com", "talktalk.net", "virginmedia.com"),
        *("yahoo.co.uk", "yahoo.com", "yahoo.fr", "163.com", "qq.com", "mail.ru", "yandex.com", "yandex.ru"),
        "freemail.example",  # the demo's newcomer with a free-mail address
    )
)
_SECOND_LEVELS = frozenset(["ac", "co", "com", "edu", "gov", "ltd", "me", "net", "nhs", "or", "org", "plc", "sch"])
LONGEST_SUGGESTION = 120


def suggested_organisation_name(email: str | None) -> str | None:
    """A name made from the company's part of an address: `kim@the-harbour.co.uk` suggests "The Harbour".

    None for a free-mail address, whose domain names the mail company and not the person's own, and for one that cannot
    be read. Nothing is looked up or matched with it.
    """
    if not email or email.count("@") != 1:
        return None
    domain = email.rpartition("@")[2].lower().rstrip(".")
    if domain in FREE_MAIL_DOMAINS or has_hidden_characters(domain):
        return None
    labels = [label for label in domain.split(".") if label]
    if len(labels) < 2:
        return None
    is_two_level = len(labels) > 2 and labels[-2] in _SECOND_LEVELS and len(labels[-1]) == 2
    company = labels[-3] if is_two_level else labels[-2]
    if company.startswith("xn--"):
        return None
    words = company.replace("_", "-").split("-")
    try:
        return checked_name(" ".join(word.capitalize() for word in words if word)[:LONGEST_SUGGESTION])
    except InvalidValue:  # capital letters can be longer than small ones, and a domain may hold what nobody can see
        return None


def first_organisation_name(display_name: str) -> str:
    """What a newcomer's organisation is called until they name it: after their first name."""
    first_name = display_name.split(" ")[0][: LONGEST_SUGGESTION - 20] if display_name else ""
    return f"{first_name}’s organisation" if first_name else "New organisation"
