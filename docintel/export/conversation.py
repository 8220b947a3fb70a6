"""A conversation as Markdown: questions as headings, answers with the places that they cite."""

from collections.abc import Iterable, Sequence

from docintel.export.markdown import escaped
from docintel.library.conversations import KeptExchange, is_gone
from docintel.model import Citation


def conversation_to_markdown(name: str, exchanges: Sequence[KeptExchange]) -> bytes:
    return ("\n\n".join([f"# {_line(name)}", *map(exchange_to_markdown, exchanges)]) + "\n").encode()


def exchange_to_markdown(exchange: KeptExchange) -> str:
    answer = exchange.answer
    parts = [
        f"## {_line(exchange.question)}",
        f"*{exchange.asked_at:%Y-%m-%d %H:%M} UTC*",
        f"Understood as: {_line(exchange.understood)}" if answer.understood else "",
        escaped(answer.text).replace("\n", "\\\n"),
        "\n".join(f"{number}. {_place(each)}" for number, each in enumerate(answer.citations, start=1)),
        _nearest(answer.nearest),
        *(f"*{_line(note)}*" for note in answer.notes),
    ]
    return "\n\n".join(filter(None, parts))


def _nearest(citations: Iterable[Citation]) -> str:
    places = [f"- {_place(each)}" for each in citations]
    return "\n".join(["What comes nearest:", "", *places]) if places else ""


def _place(citation: Citation) -> str:
    where = f"{_line(citation.name)}, page {citation.page_number}"
    return (
        f"{where} (deleted, or no longer shared with you)"
        if is_gone(citation)
        else f"{where}: “{_line(citation.text)}”"
    )


def _line(text: str) -> str:
    return " ".join(escaped(text).split())
