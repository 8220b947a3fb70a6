"""`docintel conversations`: those that `docintel ask --conversation`, or the app without sign-in, has kept."""

from pathlib import Path
from typing import Annotated, Any

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.commands.answers import answer_row, print_answer
from docintel.commands.output import write
from docintel.export.conversation import conversation_to_markdown
from docintel.library import Conversation, KeptExchange

commands = typer.Typer(
    help="Questions and answers that are kept: those of this machine, not of people who sign in.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME|ID", help="Its name, its id, or a beginning of the id.")]


@commands.command("list")
def list_conversations(home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Lists them, the one with the newest question first."""
    with opened(settings_for(home_dir), owner=False) as home:
        rows = [conversation_row(each) for each in home.library.conversations.all()]
    if json:
        console.print_json(rows)
    elif rows:
        console.print_rows(rows, ("conversation", "name", "questions", "changed_at"))
    else:
        console.note("there are none yet; `docintel ask --conversation NAME QUESTION` begins one")


@commands.command()
def show(conversation: Name, home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Prints its questions and answers."""
    with opened(settings_for(home_dir), owner=False) as home:
        found = home.library.conversations.find(conversation)
        exchanges = home.library.conversations.exchanges(found.id)
    if json:
        console.print_json({**conversation_row(found), "exchanges": [exchange_row(each) for each in exchanges]})
        return
    for exchange in exchanges:
        console.print_line(f"> {console.printable(exchange.question)}")
        print_answer(exchange.answer)
        console.print_line("")


@commands.command()
def export(
    conversation: Name,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: stdout.")] = None,
    home_dir: HomeOption = None,
) -> None:
    """Writes it as Markdown, with its citations."""
    with opened(settings_for(home_dir), owner=False) as home:
        found = home.library.conversations.find(conversation)
        data = conversation_to_markdown(found.name, home.library.conversations.exchanges(found.id))
        home.library.conversations.record_export(found.id)
    write([data], output)


@commands.command()
def rename(conversation: Name, new_name: str, home_dir: HomeOption = None) -> None:
    """Gives it another name."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.conversations.rename(conversation, new_name)


@commands.command()
def delete(
    conversations: Annotated[list[str], typer.Argument(metavar="CONVERSATION…", help="Names or ids.")],
    home_dir: HomeOption = None,
) -> None:
    """Deletes conversations."""
    with opened(settings_for(home_dir), owner=False) as home:
        for found in [home.library.conversations.find(each).id for each in conversations]:
            home.library.conversations.delete(found)


def conversation_row(conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation": conversation.id,
        "name": conversation.name,
        "questions": conversation.num_questions,
        "created_at": conversation.created_at.isoformat(timespec="seconds"),
        "changed_at": conversation.changed_at.isoformat(timespec="seconds"),
    }


def exchange_row(exchange: KeptExchange) -> dict[str, Any]:
    return {
        "question": exchange.question,
        "understood": exchange.understood,
        "asked_at": exchange.asked_at.isoformat(timespec="seconds"),
        "filters": exchange.filters.model_dump(mode="json"),
        **answer_row(exchange.answer),
    }
