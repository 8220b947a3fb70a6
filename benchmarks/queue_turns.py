"""What taking a page from the queue costs, with 100,000 pages waiting: one user's, and many users'.

    python -m benchmarks.queue_turns [--documents 2000] [--pages 50] [--users 1 50] [--takes 300]

Rows are made by SQL, without files. Each take is a transaction as a worker's, committed to a database in the temporary
folder; the page is then handed back. `candidates` is the query alone that finds what is next.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from docintel.jobs.leases import Leases
from docintel.library import Library
from docintel.library.jobs.repository import Jobs
from docintel.settings import Settings
from storage.tables import metadata


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--takes", type=int, default=300)
    asked = parser.parse_args()
    print(f"{asked.documents * asked.pages:,} pages of {asked.documents:,} documents wait; ms, median (95 %)")
    for num_users in asked.users:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(home=Path(folder), engine="fake", min_free_bytes=0)
            with closing(Library.open(settings)) as library:
                fill(library, num_users, asked.documents, asked.pages)
                measure(library, num_users, asked.takes)


def fill(library: Library, num_users: int, num_documents: int, num_pages: int) -> None:
    users = [f"user{number}@example.org" if num_users > 1 else "" for number in range(num_users)]
    with library.store.write() as tx:
        tx.insert("collections", [{"name": f"{user}/c", "owner": user} for user in users])
        for number in range(num_documents):
            user, id = users[number % num_users], f"{number:032x}"
            common = {"id": id, "collection": f"{user}/c", "content": f"{number:064x}", "name": "a.pdf"}
            more = {"name_folded": "a.pdf", "media_type": "application/pdf", "size": 1, "added_at": 1.0}
            tx.insert("documents", [common | more | {"state": "queued", "num_pages": num_pages}])
            job = {"document_id": id, "state": "queued", "step": "pages", "created_at": 1.0}
            tx.insert("jobs", [job | ({"user": user} if "user" in metadata.tables["jobs"].columns else {})])
            pages = range(1, num_pages + 1)
            tx.insert("pages", [{"document_id": id, "number": page, "state": "queued"} for page in pages])


def measure(library: Library, num_users: int, num_takes: int) -> None:
    leases = Leases(library, "benchmark/1/1.00")

    def take() -> Iterator[None]:
        [task] = leases.take(1)
        yield
        leases.put_back(task)

    def look() -> Iterator[None]:
        with library.store.read() as tx:
            Jobs(tx).candidates(1)
        yield

    print(f"{num_users:>3} users: take {timed(take, num_takes)}, candidates {timed(look, num_takes)}")


def timed(step: Callable[[], Iterator[None]], times: int) -> str:
    """A step's first part is timed, not its second."""
    found = []
    for _ in range(times):
        began, parts = time.perf_counter(), step()
        next(parts)
        found.append(1000 * (time.perf_counter() - began))
        next(parts, None)
    return f"{median(found):.2f} ({quantiles(found, n=20)[-1]:.2f})"


if __name__ == "__main__":
    main()
