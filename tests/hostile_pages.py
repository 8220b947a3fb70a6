"""Text that would do harm wherever it is taken for more than text, and a reader that finds it on every page."""

from pathlib import Path
from typing import Any

from docintel.errors import PageError
from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table, Word
from docintel.pipeline import ReadPage
from tests.houses import read_of

HOST = "evil.example"
RUN = "alert('ran')"
TEXTS = (
    f"<script>{RUN}</script>",
    f'<img src="http://{HOST}/a.png" onerror="{RUN}">',
    f'<img src=x onerror="{RUN}">',
    f'<svg onload="{RUN}"><image href="http://{HOST}/b.png"/></svg>',
    f'<iframe src="http://{HOST}/c" srcdoc="<script>{RUN}</script>"></iframe>',
    f'<style>@import "http://{HOST}/d.css"; * {{ background: url(http://{HOST}/e.png) }}</style>',
    f'<link rel="stylesheet" href="http://{HOST}/f.css"><base href="http://{HOST}/">',
    f'<meta http-equiv="refresh" content="0;url=http://{HOST}/g">',
    f"</textarea></title></style></script><script>{RUN}</script>",
    f"![picture](http://{HOST}/h.png) ![][r]\n\n[r]: http://{HOST}/i.png",
    f"[link](javascript:{RUN}) <http://{HOST}/j> http://{HOST}/k www.{HOST} mail@{HOST}",
    f":material/delete: :red[red] :red-background[x] :rainbow[x] :small[s] :streamlit: :+1: :image[http://{HOST}/l.png]",
    rf"$\href{{javascript:{RUN}}}{{x}}$ $$\includegraphics{{http://{HOST}/m.png}}$$ \(x\) \[y\]",
    f'=HYPERLINK("http://{HOST}/n") =WEBSERVICE("http://{HOST}/o")',
    "+1+1 -1+1 @SUM(1) \t=1 \r=1 ＝1+1 ＋1 －1 ＠x",
    "```\n</code>\n``` | a | b |\n|---|---|\n# h\n- l\n> q\n---",
    "&lt;b&gt; &#60;script&#62; &amp; {{7*7}} ${7*7} <%= 7*7 %> %s {0}",
    "\x00\x07\x1b[31m\u202egnp.exe\u202c\u2066x\u2069\ufeff\u2028\u2029 e\u0301\u0301\u0301\u0301",
    "W" * 600,
    "م" * 300,
)
ALL = "\n".join(TEXTS)
NAME = f'"><img src="http://{HOST}/name.png" onerror="{RUN}"> ![n](http://{HOST}/n.png) :red[n] $n$ \u202efdp.exe'
COLLECTION = f"<img src=http://{HOST}/collection.png onerror={RUN}> ![c](http://{HOST}/c.png) :red[c]"
ANSWER = (
    f'Invoice total: <img src="http://{HOST}/answer.png" onerror="{RUN}"> ![a](http://{HOST}/a.png) :red[17] $17$ EUR'
)


def read(_path: Path, number: int, *_: Any) -> ReadPage:
    """Runs in a reading process. The second page cannot be read, and says so in hostile words."""
    if number == 2:
        raise PageError(f"Page 2 is damaged ({ALL}).")
    return read_of(hostile_page(number))


def hostile_page(number: int = 1) -> Page:
    labels = [label for label in BlockLabel if label is not BlockLabel.TABLE]
    texts = [(label, TEXTS[place % len(TEXTS)]) for place, label in enumerate(labels)]
    texts += [(BlockLabel.TEXT, text) for text in TEXTS] + [(BlockLabel.CODE, ALL), (BlockLabel.TEXT, ANSWER)]
    step = 0.9 / (len(texts) + 1)
    boxes = [BBox(x0=0.1, y0=step * place, x1=0.9, y1=step * place + step / 2) for place in range(len(texts) + 1)]
    blocks = [
        Block(id=f'b{place}"><script>{RUN}</script>', label=label, bbox=box, text=text, language="en")
        for place, ((label, text), box) in enumerate(zip(texts, boxes, strict=False))
    ]
    table = Block(id="table", label=BlockLabel.TABLE, bbox=boxes[-1], text=ALL, table=hostile_table())
    return Page(
        number=number,
        width=600,
        height=800,
        blocks=(*blocks, table),
        words=tuple(Word(text=text, bbox=box) for text, box in zip(TEXTS, boxes, strict=False)),
        engine=f"<b>{RUN}</b>",
        notes=(ALL,),
    )


def hostile_table() -> Table:
    """Its header and one column of cells."""
    texts = [TEXTS[1], *TEXTS]
    cells = [Cell(row=row, column=0, text=text, is_header=row == 0) for row, text in enumerate(texts)]
    return Table(num_rows=len(texts), num_columns=1, cells=tuple(cells))
