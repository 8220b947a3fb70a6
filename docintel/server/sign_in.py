"""Who signed in: a provider's claims, as Streamlit hands them over, become a User or are refused.

When somebody signs in, Streamlit (by Authlib) checks the token's signature, issuer, audience and nonce, and keeps the
claims in a signed cookie for thirty days. Nobody looks at their times again but this module, at every run.

A user is known by e-mail address. The provider vouches for it: one that it calls unverified is refused. Some company
providers never say so; theirs is believed, since [auth] names a provider that the home's owner trusts.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from docintel.errors import SignedOut, SignInRefused, UsageError
from docintel.library.people.access import user_id
from docintel.model import User
from docintel.settings import Settings

CLOCKS_DIFFER_S = 60
DEFAULT = "default"
"""What Streamlit calls the provider that stands in [auth] itself."""


def providers(auth: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Name → settings of the providers that the section [auth] of secrets.toml configures."""
    named = {name: section for name, section in auth.items() if isinstance(section, Mapping) and "client_id" in section}
    return {DEFAULT: auth, **named} if "client_id" in auth else named


def user_of(claims: Mapping[str, object], *, auth: Mapping[str, object], settings: Settings, now: datetime) -> User:
    """Raises SignedOut, which says why, where nobody signed in or it is over, SignInRefused where it does not count."""
    if not claims.get("is_logged_in"):
        raise SignedOut("Sign in to see your documents.")
    _check_origin(claims, auth)
    until = _time(claims, "exp")
    if until is None:
        raise SignInRefused("The sign-in provider does not say for how long a sign-in holds, so it cannot be accepted.")
    if until <= now:
        raise SignedOut("Your sign-in has ended. Sign in again to go on.")
    for name in ("iat", "nbf"):
        begins = _time(claims, name)
        if begins is not None and (begins - now).total_seconds() > CLOCKS_DIFFER_S:
            raise SignInRefused("The sign-in begins in the future: the clocks of this server and the provider differ.")
    address = _address(claims)
    return User(id=address, name=str(claims.get("name") or address), is_admin=settings.is_admin(address), until=until)


def _check_origin(claims: Mapping[str, object], auth: Mapping[str, object]) -> None:
    """The provider must still be configured, and the token made for us: settings change, a cookie lives long."""
    section = providers(auth).get(str(claims.get("provider")))
    audience = claims.get("aud")
    if section is None or section["client_id"] not in (audience if isinstance(audience, list) else [audience]):
        raise SignInRefused("You signed in with a provider that is not in use any more. Sign in again.")


def _address(claims: Mapping[str, object]) -> str:
    """Providers write `email_verified` as a boolean, some as a string."""
    if str(claims.get("email_verified", True)).lower() == "false":
        raise SignInRefused(
            "Your e-mail address is not verified. Verify it with your sign-in provider, then sign in again."
        )
    try:
        return user_id(str(claims.get("email", "")))
    except UsageError as error:
        raise SignInRefused("Your sign-in provider gives no e-mail address, by which docintel knows people.") from error


def _time(claims: Mapping[str, object], name: str) -> datetime | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value, UTC)
