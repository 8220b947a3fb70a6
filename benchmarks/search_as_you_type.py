"""How long the search page's work takes for each key, over many chunks.

    python -m benchmarks.search_as_you_type [--chunks 100000] [--documents 2000] [--queries 60] [--home DIR]

The documents are those of `benchmarks.search`. A query of one to three words, some with a phrase or a minus, is typed
letter by letter; each prefix from the second letter is searched as the page does it: full text, the pages of the hits,
the lines and boxes to mark. Beside it what there was before for the same text: the search by words and meaning, without
lines. Pictures and the browser are not counted. `--home` keeps what was filled in for the next run.
"""

import argparse
import json
import random
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.search import Times, Writer, fill, timed
from docintel.errors import UsageError
from docintel.home import Home
from docintel.settings import Settings
from docintel.text.query import parse
from docintel.ui.search.places import PAGE_OF_HITS, places


def typed(writer: Writer, dice: random.Random) -> list[str]:
    """What stands in the field after each key of one query."""
    query = writer.words(dice.randint(1, 3))
    kind = dice.random()
    if kind < 0.15:
        query = f'"{query}"'
    elif kind < 0.3:
        query = f"{query} -{writer.words(1)}"
    return [query[:end] for end in range(2, len(query) + 1)]


def find(home: Home, query: str) -> None:
    try:
        found = home.find(query, limit=PAGE_OF_HITS)
    except UsageError:
        return
    places(home.library, found, parse(query))


def measure(home: Home, queries: int) -> list[Times]:
    dice, writer = random.Random(5), Writer(11)
    keys = [text for _ in range(queries) for text in typed(writer, dice)]
    find(home, keys[0])
    home.search(keys[0])
    return [
        timed("full text with lines, each key", [partial(find, home, text) for text in keys]),
        timed("by words and meaning, each key", [partial(home.search, text, limit=PAGE_OF_HITS) for text in keys]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=options.home or Path(folder) / "home", engine="fake")
        with Home.open(settings, owner=True) as home:
            if not home.library.count():
                fill(home, Path(folder), options.documents, options.chunks)
            while home.index is not None and home.index.drain():
                continue
            print(f"{home.library.chunks.count():,} chunks", flush=True)
            results = measure(home, options.queries)
    for row in results:
        print(
            f"{row.what:<34} {row.runs:>5} median {row.median_ms:>7} ms  p95 {row.p95_ms:>7} ms  most {row.most_ms} ms"
        )
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in results], indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
