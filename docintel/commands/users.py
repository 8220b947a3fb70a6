"""`docintel users`: who signs in to the app with a password of their own, where no OpenID Connect is configured."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, settings_for

if TYPE_CHECKING:
    from docintel.library.people.audit import Action
    from docintel.library.store import Store
    from docintel.server.accounts.users import Users
    from storage.database import Transaction

commands = typer.Typer(help="Local users of the app, by e-mail address.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="EMAIL")]


@commands.command()
def add(address: Address, home_dir: HomeOption = None) -> None:
    """Adds a user. The password is asked for, or is the first line of stdin. From now on everybody must sign in."""
    password = _password()
    with _changing(home_dir, "added a user", address) as (users, _):
        console.note(f"{users.add(address, password)} may sign in")


@commands.command()
def password(address: Address, home_dir: HomeOption = None) -> None:
    """Sets another password, and signs the user out everywhere."""
    new = _password()
    with _changing(home_dir, "changed a password", address) as (users, _):
        users.change_password(address, new)


@commands.command()
def remove(address: Address, home_dir: HomeOption = None) -> None:
    """Signs the user out for good, and deletes their conversations.

    Their collections stay; `docintel share` gives them to somebody.
    """
    from docintel.library.conversations.retention import remove_conversations_of

    with _changing(home_dir, "removed a user", address) as (users, tx):
        remove_conversations_of(tx, address)
        users.remove(address)


@commands.command("list")
def list_users(home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Lists the users, and what each has stored and waiting."""
    from docintel.library.people import quotas
    from docintel.server.accounts.users import Users

    with closing(_store(home_dir)) as store, store.read() as tx:
        rows = [quotas.usage(tx, address).model_dump() for address in Users(store.home).all()]
    if json:
        console.print_json(rows)
    else:
        console.print_rows(rows, ("user", "documents", "bytes", "pages_queued"))


@contextmanager
def _changing(home_dir: Path | None, action: "Action", address: str) -> Iterator[tuple["Users", "Transaction"]]:
    """The users, to be changed in one way that the audit trail tells of: both happen, or neither."""
    from docintel.library.people import audit
    from docintel.library.people.access import user_id
    from docintel.server.accounts.users import Users

    with closing(_store(home_dir)) as store, store.write() as tx:
        audit.record(tx, user=None, action=action, detail=user_id(address))
        yield Users(store.home), tx


def _store(home_dir: Path | None) -> "Store":
    from docintel.library.store import Store

    return Store.open(settings_for(home_dir).home)  # makes what is missing, closes it to others


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
