"""Markdown with its pictures: a zip of `document.md` and `pictures/`, which the text points at."""

from collections.abc import Sequence

from docintel.export.markdown import to_markdown
from docintel.export.pictures import pictures
from docintel.export.source import Files
from docintel.export.zips import zipped
from docintel.model import Document, Page


def to_markdown_zip(document: Document, pages: Sequence[Page], files: Files) -> bytes:
    found = pictures(document, pages, files)
    names = {key: f"pictures/page-{key[0]}-{place}.jpg" for place, key in enumerate(found, 1)}
    text = to_markdown(document, pages, names)
    return zipped([("document.md", text), *((names[key], found[key]) for key in found)], document.added_at)
