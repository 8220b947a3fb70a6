"""Finding and answering: search, ask."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from docintel.commands import CollectionOption, DocumentsOption, HomeOption, JsonOption, console, opened, settings_for
from docintel.model import Answer, Filters, Hit

if TYPE_CHECKING:
    from docintel.home import Home

commands = typer.Typer()


@commands.command()
def search(
    query: str,
    limit: Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many.")] = 10,
    document: DocumentsOption = None,
    collection: CollectionOption = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Finds passages."""
    with opened(settings_for(home_dir)) as home:
        found = home.search(query, limit=limit, filters=filters_for(home, document, collection))
        rows = [hit_row(home, hit) for hit in found.hits]
    if json:
        console.print_json(rows)
        return
    for text in found.notes:
        console.note(text)
    if not rows:
        console.note("nothing found")
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
    return {
        "document": chunk.document_id,
        "name": home.library.document(chunk.document_id).name,
        "page": chunk.page_number,
        "boxes": [source.bbox.model_dump() for source in chunk.sources if source.page_number == chunk.page_number],
        "text": chunk.text,
        "score": hit.score,
    }


@commands.command()
def ask(
    question: str,
    document: DocumentsOption = None,
    collection: CollectionOption = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Answers a question from the library, with citations."""
    with opened(settings_for(home_dir)) as home:
        answer = home.ask(question, filters=filters_for(home, document, collection))
    if json:
        console.print_json(answer_row(answer))
        return
    for text in answer.notes:
        console.note(text)
    console.print_line(console.printable(answer.text))
    for number, citation in enumerate(answer.citations, start=1):
        quoted = console.printable(citation.text)
        console.print_line(f"  [{number}] {console.printable(citation.name)}, page {citation.page_number}: “{quoted}”")


def answer_row(answer: Answer) -> dict[str, Any]:
    citations = [
        {
            "document": citation.document_id,
            "name": citation.name,
            "page": citation.page_number,
            "boxes": [box.model_dump() for box in citation.boxes],
            "text": citation.text,
        }
        for citation in answer.citations
    ]
    return {"answer": answer.text, "citations": citations, "answerer": answer.answerer}
