"""Two people who sign in, and a document of each: for tests of what each of them sees."""

from pathlib import Path

from docintel.embedding import Embedder
from docintel.library import Library
from docintel.model import User
from docintel.workers.worker import Worker
from tests.houses import pdf

ALICE = User(id="alice@example.org", name="Alice")
BOB = User(id="bob@example.org", name="Bob")


def read_documents_of_both(library: Library, folder: Path, embedder: Embedder | None) -> None:
    """An invoice of Alice's and a letter of Bob's; `folder` holds the files."""
    invoice = pdf(folder / "a.pdf", "Invoice number: 17\n\nInvoice total: 1,524.60 EUR")
    letter = pdf(folder / "b.pdf", "Dear Sir, your dog is lovely.")
    library.for_user(ALICE).add(invoice, name="alices invoice.pdf", collection="bills")
    library.for_user(BOB).add(letter, name="bobs letter.pdf", collection="letters")
    Worker(library, embedder=embedder).run(until_idle=True)
