"""Whether people could sign in at this moment, as a check of the system's health."""

from urllib.parse import urlsplit

from webapp.domain.errors import SignInCause, SignInRefused
from webapp.domain.health import CHECK_SECONDS, Check, Grade, Part, Remark
from webapp.gateways import identity_provider

SLOW_PROVIDER_SECONDS = 1.0


def check_provider(issuer: str) -> Check:
    """Whether somebody could sign in at this moment, as far as the provider's own documents tell."""
    host = urlsplit(issuer).hostname or issuer
    try:
        look = identity_provider.look(CHECK_SECONDS)
    except SignInRefused as refusal:
        return _refused(host, refusal)
    sentence = f"{host} answered in {round(look.seconds * 1000):,} ms, with {_keys(look.keys)}."
    if look.age_of_keys is not None:
        sentence += f" This worker has known them for {_minutes(look.age_of_keys)}."
    if look.seconds > SLOW_PROVIDER_SECONDS:
        return Check(Part.PROVIDER, Grade.WARNING, "Slow", sentence)
    return Check(Part.PROVIDER, Grade.GOOD, "Working", sentence)


def _refused(host: str, refusal: SignInRefused) -> Check:
    if refusal.cause is SignInCause.PROVIDER_UNAVAILABLE:
        remark = Remark(
            "Nobody new can sign in. Those who are signed in notice nothing.", f"Look at {host}’s status page"
        )
        state, sentence = "Down", f"{host} did not answer as it should: {refusal.detail}."
    else:
        remark = Remark(
            "Nobody can sign in like this.",
            "Check AUTH0_DOMAIN or OIDC_ISSUER: docs/operate.md, When nobody can sign in",
        )
        state, sentence = "Not valid", f"What {host} publishes cannot be used: {refusal.detail}."
    return Check(Part.PROVIDER, Grade.PROBLEM, state, sentence, (remark,))


def _keys(number: int) -> str:
    return f"{number} signing key{'' if number == 1 else 's'}"


def _minutes(seconds: float) -> str:
    minutes = int(seconds // 60)
    return "less than a minute" if minutes < 1 else f"{minutes} minute{'' if minutes == 1 else 's'}"
