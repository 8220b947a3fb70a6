"""Finding and answering: search, ask."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from docintel.commands import (
    CollectionOption,
    DocumentsOption,
    HomeOption,
    JsonOption,
    answers,
    console,
    opened,
    settings_for,
)
from docintel.errors import NotFound
from docintel.model import Answer, Filters, Hit

if TYPE_CHECKING:
    from docintel.home import Home

commands = typer.Typer()

EXPLAINED = ("rank", "score", "words", "meaning", "terms", "place", "text")
"""Columns of `search --explain`."""


@commands.command()
def search(
    query: str,
    limit: Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many.")] = 10,
    document: DocumentsOption = None,
    collection: CollectionOption = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say why each passage was found.")] = False,
) -> None:
    """Finds passages."""
    with opened(settings_for(home_dir)) as home:
        found = home.search(query, limit=limit, filters=filters_for(home, document, collection), explain=explain)
        rows = [hit_row(home, hit) for hit in found.hits]
    if json:
        console.print_json(rows)
        return
    for text in found.notes:
        console.note(text)
    if not rows:
        console.note("nothing found")
    if explain:
        console.print_rows([explained_row(row) for row in rows], EXPLAINED if rows else ())
        return
    for row in rows:
        console.print_line(
            console.printable(f"{row['score']:.4f}  {row['name']}, page {row['page']}: {row['text'][:200]}")
        )


def filters_for(home: "Home", documents: list[str] | None, collection: str | None) -> Filters:
    """Filters by what the user typed; raises NotFound for a document that isn't there."""
    ids = tuple(home.library.document(document).id for document in documents or ())
    return Filters(documents=ids, collection=collection)


def hit_row(home: "Home", hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    why = hit.explanation
    explanation = {"explanation": {**why.model_dump(), "by_name": why.is_by_name}} if why else {}
    return {
        "document": chunk.document_id,
        "name": home.library.document(chunk.document_id).name,
        "page": chunk.page_number,
        "boxes": [source.bbox.model_dump() for source in chunk.sources if source.page_number == chunk.page_number],
        "text": chunk.text,
        "score": hit.score,
        **explanation,
    }


def explained_row(row: dict[str, Any]) -> dict[str, str]:
    """A row of `hit_row` with its explanation, in words."""
    explanation = row["explanation"]
    terms = [f"{each['term']} ({', '.join(each['written'])})" for each in explanation["terms"]]
    return {
        "rank": str(explanation["rank"]),
        "score": f"{row['score']:.4f}",
        "words": ranking_words(explanation["lexical"], "BM25"),
        "meaning": ranking_words(explanation["dense"], "cosine"),
        "terms": "(in the document's name)" if explanation["by_name"] else ", ".join(terms),
        "place": f"{row['name']}, page {row['page']}",
        "text": row["text"][:80],
    }


def ranking_words(ranking: dict[str, Any] | None, measure: str) -> str:
    """What one retriever made of a passage: 2nd rank, BM25 3.42, a tenth of a vote → `2 (BM25 3.42, vote 0.1)`."""
    if ranking is None:
        return "-"
    return f"{ranking['rank']} ({measure} {ranking['score']:.2f}, vote {ranking['weight']:g})"


@commands.command()
def ask(
    question: str,
    document: DocumentsOption = None,
    collection: CollectionOption = None,
    conversation: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|ID", help="Asked in this conversation, and kept there; a name that is new begins one."
        ),
    ] = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Answers a question from the library, with citations."""
    with opened(settings_for(home_dir)) as home:
        filters = filters_for(home, document, collection)
        answer = (
            home.ask(question, filters=filters)
            if conversation is None
            else answer_in(home, conversation, question, filters)
        )
    if json:
        console.print_json(answers.answer_row(answer))
    else:
        answers.print_answer(answer)


def answer_in(home: "Home", conversation: str, question: str, filters: Filters) -> Answer:
    """The answer to a question that is kept in the conversation of this id or name, which is begun where there is
    none."""
    from docintel.home import converse

    conversations = home.library.conversations
    try:
        found = conversations.find(conversation)
    except NotFound:
        found = conversations.start(conversation)
        console.note(f"begun: conversation {found.id}")
    converse(home, question, found.id, filters=filters)
    [exchange] = conversations.exchanges(found.id, last=1)
    return exchange.answer
