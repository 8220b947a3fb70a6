"""Tables as papers and reports print them, by sampled layouts: HTML, and the same table as its truth.

Nothing is written out table by table: what columns hold, how heads are grouped, which rules are drawn, how wide the
white is and how small the type are drawn from a seeded generator, so that another seed gives other layouts.
"""

import random
from dataclasses import dataclass
from html import escape

FONTS = (
    "Liberation Serif",
    "Liberation Sans",
    "Liberation Sans Narrow",
    "DejaVu Sans",
    "DejaVu Serif",
    "Noto Sans",
    "Noto Serif",
)
RULES = ("booktabs", "booktabs", "none", "none", "head", "rows", "grid", "zebra", "outer", "columns")
NOUNS = """age weight sample group control patient score harbour soil yield residue signal protein gene marker cell
water salt river station method model layer output energy loss rate season plot farm school district county income
export credit asset share bond margin revenue cost wage hour visit dose tablet placebo tissue serum glucose insulin
lipid kidney liver infection vaccine virus strain isolate primer probe buffer filter sensor voltage current""".split()
ADJECTIVES = """total mean median left right early late high low mild severe acute chronic urban rural male female
baseline adjusted crude primary secondary annual monthly northern coastal dry wet net gross fixed mixed""".split()
UNITS = ("%", "kg", "mm", "mg/dL", "years", "n", "µg/L", "°C", "USD", "h", "m²", "kWh")
HEADS = ("No.", "N", "Mean", "SD", "p value", "95% CI", "Total", "OR", "Ref.", "Type", "2019", "2020", "2021", "Change")


@dataclass(frozen=True)
class Cell:
    text: str
    rows: int = 1
    columns: int = 1
    is_head: bool = False
    align: str = ""

    def html(self, *, plain: bool = False) -> str:
        tag = "th" if self.is_head else "td"
        spans = "".join(
            f' {name}="{count}"' for name, count in (("rowspan", self.rows), ("colspan", self.columns)) if count > 1
        )
        looks = "" if plain or not self.align else f' style="text-align:{self.align}"'
        return f"<{tag}{spans}{looks}>{escape(self.text)}</{tag}>"


@dataclass(frozen=True)
class TableLayout:
    """A page of HTML with one table, and the table alone: the truth."""

    page: str
    truth: str
    rules: str


def sampled_table(rng: random.Random) -> TableLayout:
    columns = rng.choice((2, 3, 3, 4, 4, 5, 5, 6, 7, 8))
    kinds = [rng.choice(("label", "label", "name", "code")), *(rng.choice(KINDS) for _ in range(columns - 1))]
    aligns = [rng.choice(("left", "left", "left", "center")), *_aligns(rng, columns - 1)]
    heads = _heads(rng, columns, aligns)
    body = _body(rng, kinds, aligns, rng.randint(3, 16))
    rules = rng.choice(RULES)
    rows = [*heads, *body]
    truth = _table([[cell.html(plain=True) for cell in row] for row in rows])
    shown = _table([[cell.html() for cell in row] for row in rows])
    caption = f"<p class=c>Table {rng.randint(1, 9)}. {_sentence(rng)}</p>" if rng.random() < 0.15 else ""
    note = f"<p class=f>{_sentence(rng)}</p>" if rng.random() < 0.15 else ""
    return TableLayout(f"<style>{_style(rng, rules, len(heads))}</style>{caption}{shown}{note}", truth, rules)


def _table(rows: list[list[str]]) -> str:
    return "<table>" + "".join(f"<tr>{''.join(row)}</tr>" for row in rows) + "</table>"


def _aligns(rng: random.Random, count: int) -> list[str]:
    usual = rng.choice(("left", "center", "right"))
    return [usual if rng.random() < 0.85 else rng.choice(("left", "center", "right")) for _ in range(count)]


def _heads(rng: random.Random, columns: int, aligns: list[str]) -> list[list[Cell]]:
    """No head, one row of heads, or two with groups over several columns."""
    names = [_head(rng) for _ in range(columns)]
    if rng.random() < 0.3:
        names[0] = ""
    plain = [Cell(name, is_head=True, align=align) for name, align in zip(names, aligns, strict=True)]
    if columns < 4 or rng.random() < 0.65:
        return [plain] if rng.random() < 0.94 else []
    top, low = [], []
    deep = rng.random() < 0.7
    column = 0
    while column < columns:
        width = 1 if column == 0 else min(rng.choice((2, 2, 3, 4)), columns - column)
        if width > 1:
            top.append(Cell(_head(rng), columns=width, is_head=True, align="center"))
            low += plain[column : column + width]
        elif deep:
            top.append(Cell(names[column], rows=2, is_head=True, align=aligns[column]))
        else:
            top.append(Cell("", is_head=True))
            low.append(plain[column])
        column += width
    return [top, low]


def _body(rng: random.Random, kinds: list[str], aligns: list[str], num_rows: int) -> list[list[Cell]]:
    empty = rng.choice((0.0, 0.0, 0.0, 0.05, 0.15, 0.3))
    grouping = rng.choice(("", "", "", "", "band", "span", "blank"))
    rows: list[list[Cell]] = []
    while len(rows) < num_rows:
        size = rng.randint(2, 4) if grouping else 1
        if grouping == "band":
            rows.append([Cell(_words(rng, 2).capitalize(), columns=len(kinds), align="left")])
        for index in range(size):
            row = [
                Cell("" if n and rng.random() < empty else _value(rng, kind), align=align)
                for n, (kind, align) in enumerate(zip(kinds, aligns, strict=True))
            ]
            if grouping == "span":
                row = [Cell(row[0].text, rows=size, align=aligns[0]), *row[1:]] if not index else row[1:]
            elif grouping == "blank" and index:
                row[0] = Cell("", align=aligns[0])
            rows.append(row)
    return rows


KINDS = ("integer", "decimal", "decimal", "share", "spread", "interval", "probability", "name", "code", "text", "date")


def _value(rng: random.Random, kind: str) -> str:
    whole, part = rng.choice((9, 99, 999, 9999, 99999)), rng.randint(1, 3)
    number = f"{rng.uniform(0, rng.choice((1, 10, 100))):.{part}f}"
    made = {
        "label": lambda: _words(rng, rng.randint(1, 4)).capitalize() + rng.choice(("", "", f" ({rng.choice(UNITS)})")),
        "name": lambda: _words(rng, rng.randint(1, 2)),
        "code": lambda: rng.choice("ABCDEFGHKLMNPRSTUX") + rng.choice(("", "-")) + str(rng.randint(1, 399)),
        "integer": lambda: f"{rng.randint(0, whole):,}",
        "decimal": lambda: rng.choice(("", "", "−")) + number,
        "share": lambda: f"{rng.randint(1, 300)} ({rng.uniform(0, 100):.1f})",
        "spread": lambda: f"{number} ± {rng.uniform(0, 5):.2f}",
        "interval": lambda: f"{rng.uniform(0, 2):.2f} ({rng.uniform(0, 1):.2f}–{rng.uniform(1, 9):.2f})",
        "probability": lambda: rng.choice((f"{rng.random():.3f}", "<0.001", "0.02*", "NS")),
        "text": lambda: _words(rng, rng.randint(2, 9)).capitalize(),
        "date": lambda: f"{rng.randint(1, 28)} {rng.choice(('Jan', 'Mar', 'May', 'Oct'))} {rng.randint(1990, 2026)}",
    }
    return made[kind]()


def _head(rng: random.Random) -> str:
    word = rng.choice((*HEADS, _words(rng, 1).capitalize(), _words(rng, 2).capitalize()))
    return word + (f" ({rng.choice(UNITS)})" if rng.random() < 0.2 else "")


def _words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(ADJECTIVES if rng.random() < 0.35 else NOUNS) for _ in range(count))


def _sentence(rng: random.Random) -> str:
    return _words(rng, rng.randint(6, 16)).capitalize() + "."


def _style(rng: random.Random, rules: str, num_heads: int) -> str:
    size, down, across = rng.uniform(6.0, 10.5), rng.uniform(0.3, 3.5), rng.uniform(2.5, 14.0)
    colour, thin = rng.choice(("#000", "#222", "#555", "#999")), rng.choice(("0.4pt", "0.6pt", "1pt"))
    last = f"tr:nth-child({max(num_heads, 1)})>*"
    drawn = {
        "booktabs": f"table{{border-top:1pt solid;border-bottom:1pt solid}}{last}{{border-bottom:{thin} solid}}"
        f"th[colspan]{{border-bottom:{thin} solid}}",
        "none": "",
        "head": f"{last}{{border-bottom:{thin} solid {colour}}}",
        "rows": f"tr>*{{border-bottom:{thin} solid {colour}}}table{{border-top:{thin} solid {colour}}}",
        "grid": f"tr>*{{border:{thin} solid {colour}}}",
        "zebra": f"tr:nth-child(even)>*{{background:#e8ecf0}}th{{background:{rng.choice(('#cdd', '#fff'))}}}",
        "outer": f"table{{border:{thin} solid {colour}}}{last}{{border-bottom:{thin} solid {colour}}}",
        "columns": f"tr>*+*{{border-left:{thin} solid {colour}}}{last}{{border-bottom:{thin} solid {colour}}}",
    }[rules]
    width = f"width:{rng.randint(280, 480)}pt;" if rng.random() < 0.5 else ""
    return (
        f"@page{{size:600pt 900pt;margin:20pt}}"
        f'body{{font:{size:.1f}pt/{rng.uniform(1.05, 1.4):.2f} "{rng.choice(FONTS)}";margin:0}}'
        f"p{{margin:3pt 0;max-width:480pt}}.f{{font-size:85%}}"
        f"table{{border-collapse:collapse;{width}max-width:560pt}}th{{font-weight:{rng.choice((400, 700))}}}"
        f"th,td{{padding:{down:.1f}pt {across:.1f}pt;vertical-align:{rng.choice(('top', 'top', 'middle'))};"
        f"{rng.choice(('white-space:nowrap', 'white-space:nowrap', f'max-width:{rng.randint(90, 170)}pt'))}}}"
        f"th{{white-space:normal}}{drawn}"
    )
