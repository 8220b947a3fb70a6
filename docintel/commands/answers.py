"""How the command line shows an answer."""

from typing import Any

from docintel.commands import console
from docintel.model import Answer, Citation


def print_answer(answer: Answer) -> None:
    if answer.understood:
        console.note(f"understood as: {console.printable(answer.understood)}")
    for text in answer.notes:
        console.note(text)
    for line in answer.text.splitlines():
        console.print_line(console.printable(line))
    for number, citation in enumerate(answer.citations, start=1):
        console.print_line(f"  [{number}] {place_words(citation)}")
    if answer.nearest:
        console.print_line("What comes nearest:")
    for citation in answer.nearest:
        console.print_line(f"  {place_words(citation)}")


def place_words(citation: Citation) -> str:
    name, quoted = console.printable(citation.name), console.printable(citation.text)
    return f"{name}, page {citation.page_number}: “{quoted}”"


def answer_row(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "citations": [citation_row(citation) for citation in answer.citations],
        "nearest": [citation_row(citation) for citation in answer.nearest],
        "probability": answer.probability,
        "answerer": answer.answerer,
    }


def citation_row(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.document_id,
        "name": citation.name,
        "page": citation.page_number,
        "boxes": [box.model_dump() for box in citation.boxes],
        "text": citation.text,
    }
