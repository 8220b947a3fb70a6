"""HTML: one file that needs nothing else, shows nothing from elsewhere and runs nothing (its policy says so too).

Every page is a section with the anchor `page-N`, every block has the anchor `page-N-ID` and its label as class; text
is escaped and finds its own direction. A table that runs over pages is written once, where it begins.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from docintel import tables
from docintel.export.flow import STRUCK, STRUCK_END, Flow, Passage, plain
from docintel.model import Block, BlockLabel, Document, Page, Table
from docintel.text.ticks import signed

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
body { font: 1rem/1.5 system-ui, "Noto Sans", sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
section.page { border-top: 1px solid #bbb; margin-top: 2rem; }
.page-number { color: #666; font-size: .85rem; }
.page_header, .page_footer, .footnote, .caption, .continued { color: #555; font-size: .9rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #999; padding: .25rem .5rem; text-align: start; vertical-align: top; }
pre { white-space: pre-wrap; }
"""


def to_html(document: Document, pages: Sequence[Page]) -> bytes:
    flow = Flow(pages, has_marks=True)
    parts = [
        "<!doctype html>",
        "<html>",
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(document.name)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        _contents(flow.pages),
        *(_page(flow, page) for page in flow.pages),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(parts).replace(STRUCK, "<s>").replace(STRUCK_END, "</s>").encode()


def _contents(pages: Sequence[Page]) -> str:
    if len(pages) < 2:
        return ""
    links = " ".join(f'<a href="#page-{page.number}">{page.number}</a>' for page in pages)
    return f'<nav class="page-number">Pages {links}</nav>'


def _page(flow: Flow, page: Page) -> str:
    runs = groupby(flow.passages(page), key=lambda passage: passage.block.label is BlockLabel.LIST_ITEM)
    written = [_list(list(run)) if is_list else "\n".join(map(_block, run)) for is_list, run in runs]
    heading = f'<div class="page-number">Page {page.number}</div>'
    return "\n".join([f'<section class="page" id="page-{page.number}">', heading, *written, "</section>"])


def _list(passages: Sequence[Passage]) -> str:
    items = [f"<li{_attributes(passage)}>{_text(passage.block.text)}</li>" for passage in passages]
    return "\n".join(["<ul>", *items, "</ul>"])


def _block(passage: Passage) -> str:
    attributes = _attributes(passage)
    if passage.continues:
        link = f'<a href="#page-{passage.continues}">page {passage.continues}</a>'
        return f'<p class="continued" id="{_anchor(passage)}">The table of {link} goes on here.</p>'
    if passage.table:
        return f"<div{attributes}>{tables.to_html(_plain_table(passage.table.table))}</div>"
    tag = _tag(passage.block)
    return f"<{tag}{attributes}>{_text(signed(passage.block), keep_lines=tag != 'pre')}</{tag}>"


def _plain_table(table: Table) -> Table:
    return table.model_copy(
        update={"cells": tuple(cell.model_copy(update={"text": plain(cell.text)}) for cell in table.cells)}
    )


def _tag(block: Block) -> str:
    match block.label:
        case BlockLabel.TITLE:
            return "h1"
        case BlockLabel.SECTION_HEADER:
            return f"h{min(max((block.level or 1) + 1, 2), 6)}"
        case BlockLabel.CODE:
            return "pre"
        case BlockLabel.PICTURE | BlockLabel.CHART:
            return "figure"
        case _:
            return "p"


def _attributes(passage: Passage) -> str:
    block = passage.block
    language = f' lang="{escape(block.language)}"' if block.language else ""
    return f' class="block {block.label}" id="{_anchor(passage)}" dir="auto"{language}'


def _anchor(passage: Passage) -> str:
    return escape(f"page-{passage.page.number}-{'-'.join(plain(passage.block.id).split())}")


def _text(text: str, *, keep_lines: bool = False) -> str:
    written = escape(plain(text).strip())
    return written.replace("\n", "<br>\n") if keep_lines else written
