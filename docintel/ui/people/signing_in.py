"""Signing in and out: by OpenID Connect where the section [auth] of .streamlit/secrets.toml configures it, else by
passwords where there are some.

Whoever may not be known to the app is shown nothing but the way in: a configuration that cannot be read, or that is
missing where it was used before, closes the app rather than opening it to everybody.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.runtime.secrets import secrets_singleton

from docintel.errors import SignedOut, UsageError
from docintel.library.people.repository import People
from docintel.model import User
from docintel.server.accounts import COOKIE, Accounts, accounts_of
from docintel.server.accounts.check import SIGN_IN
from docintel.server.browsers import SIGN_OUT
from docintel.server.ended import EndedSignIns
from docintel.server.hosts import is_loopback
from docintel.server.sign_in import DEFAULT, providers, user_of
from docintel.settings import Settings
from docintel.ui.text import html, markdown

LOOK_S = 60.0
"""How often an idle page looks whether its sign-in has ended; whoever asks the library is refused at once."""


def user(settings: Settings) -> User | None:
    """Whoever signed in to this session; None where nobody has to, or one password is for everybody.

    Raises SignedOut, UsageError.
    """
    auth = configured()
    if auth is not None and providers(auth):
        if ended(settings.home).has_ended(st.context.cookies.to_dict()):
            raise SignedOut("You have signed out. Sign in to see your documents.")
        return user_of(st.user.to_dict(), auth=auth, settings=settings, now=datetime.now(UTC))
    found = accounts_of(settings)
    person = found.user(st.context.cookies.get(COOKIE, ""), settings) if found.is_required else None
    if auth is not None or (settings.admins and person is None):
        raise not_configured()
    return person


def accounts() -> Accounts | None:
    """Whose passwords count in this process; None where OpenID Connect does, or where no home can be opened because
    the settings make no sense, which every page says. Raises DocintelError."""
    try:
        settings = loaded()
    except UsageError:
        return None
    return None if providers(configured() or {}) else accounts_of(settings)


@lru_cache(maxsize=8)
def ended(home: Path) -> EndedSignIns:
    """One object for all of this process."""
    return EndedSignIns(home)


@cache
def loaded() -> Settings:
    """The settings that this process began with. Raises UsageError."""
    return Settings.load()


def must_be_protected(address: str, settings: Settings) -> None:
    """Raises UsageError where others than this machine reach `address`, and nobody would have to sign in there."""
    if is_loopback(address) or providers(configured() or {}) or accounts_of(settings).is_required:
        return
    raise UsageError(
        f"On {address} everybody on the network could read and delete everything. Set a password (`docintel serve "
        "--password-file FILE`), add users (`docintel users add EMAIL`) or configure [auth] in "
        ".streamlit/secrets.toml; or serve this machine only, which is the default."
    )


def configured() -> Mapping[str, Any] | None:
    """The section [auth], if there is one. Raises UsageError where there is a file that cannot be read."""
    if st.secrets is secrets_singleton and not any(Path(file).exists() for file in st.get_option("secrets.files")):
        return None  # Streamlit itself would look for the files anew each time, one session after the other
    try:
        auth: Mapping[str, Any] | None = st.secrets.get("auth")
    except StreamlitSecretNotFoundError as error:
        if broken := [file for file in st.get_option("secrets.files") if Path(file).exists()]:
            raise UsageError(f"{broken[0]} cannot be read as TOML. Mend it, or take it away.") from error
        return None
    return auth


def not_configured() -> UsageError:
    return UsageError(
        "This home belongs to people who sign in, but no sign-in is configured here: [auth] in "
        ".streamlit/secrets.toml needs redirect_uri, cookie_secret, client_id, client_secret and server_metadata_url; "
        "or `docintel users add EMAIL` adds local users. The command line works without."
    )


def ask(reason: str) -> None:
    """The sign-in page: why it is there, and a button for each provider."""
    names = list(providers(configured() or {}))
    with st.container(key="sign-in", horizontal_alignment="center"):
        st.html(f'<div class="doc-empty"><h3>Welcome to docintel</h3><p dir="auto">{html(reason)}</p></div>')
        for name in names:
            label = "Sign in" if len(names) == 1 else f"Sign in with {markdown(name.title())}"
            if st.button(label, key=f"sign-in-{name}", type="primary", icon=":material/login:"):
                st.login(None if name == DEFAULT else name)
        if not names:
            st.html(f'<a href="{SIGN_IN}" target="_self">Sign in</a>')
        if st.user.get("is_logged_in") and st.button("Sign out", type="tertiary"):
            st.logout()


def show(person: User, people: People) -> None:
    """Who is signed in, and the way out; the page shows the sign-in page by itself when the sign-in ends."""
    with st.container(key="who"), st.popover(markdown(person.name), icon=":material/account_circle:", type="tertiary"):
        role = "<p>Administrator: sees and may do everything.</p>" if person.is_admin else ""
        st.html(f'<div class="doc-who"><b>{html(person.name)}</b><span>{html(person.id)}</span>{role}</div>')
        way_out(people)
    if person.until is not None:
        left_s = (person.until - datetime.now(UTC)).total_seconds()
        st.fragment(_end, run_every=min(max(left_s, 0.0) + 1, LOOK_S))(person.until)


def is_behind_password(settings: Settings) -> bool:
    return not providers(configured() or {}) and accounts_of(settings).is_required


def way_out(people: People) -> None:
    """By password, the server records it: see docintel.server.accounts.check."""
    if not providers(configured() or {}):
        st.html(f'<a href="{SIGN_OUT}" target="_self">Sign out</a>')
    elif st.button("Sign out", icon=":material/logout:", width="stretch"):
        people.record_sign_out()
        st.logout()


def _end(until: datetime) -> None:
    if until <= datetime.now(UTC):
        st.rerun()
