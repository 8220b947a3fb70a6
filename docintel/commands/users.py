"""`docintel users`: who signs in to the app with a password of their own, where no OpenID Connect is configured."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, settings_for

if TYPE_CHECKING:
    from docintel.server.accounts.users import Users

commands = typer.Typer(help="Local users of the app, by e-mail address.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="EMAIL")]


@commands.command()
def add(address: Address, home_dir: HomeOption = None) -> None:
    """Adds a user. The password is asked for, or is the first line of stdin. From now on everybody must sign in."""
    console.note(f"{_users(home_dir).add(address, _password())} may sign in")


@commands.command()
def password(address: Address, home_dir: HomeOption = None) -> None:
    """Sets another password, and signs the user out everywhere."""
    _users(home_dir).change_password(address, _password())


@commands.command()
def remove(address: Address, home_dir: HomeOption = None) -> None:
    """Signs the user out for good. Their collections stay; `docintel share` gives them to somebody."""
    _users(home_dir).remove(address)


@commands.command("list")
def list_users(home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Lists the users."""
    rows = [{"user": address} for address in _users(home_dir).all()]
    if json:
        console.print_json(rows)
    else:
        console.print_rows(rows, ("user",))


def _users(home_dir: Path | None) -> "Users":
    from docintel.library.store import Store
    from docintel.server.accounts.users import Users

    home = settings_for(home_dir).home
    Store.open(home).close()  # makes what is missing, closes it to others
    return Users(home)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
