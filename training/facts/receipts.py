"""Till receipts: narrow, most labels short, much left out."""

import random
from collections.abc import Callable, Iterator
from datetime import date

from training.facts.drawing import Drawing
from training.facts.money import Money, sampled_money
from training.facts.wording import Wording

Piece = tuple[float, str, str, str]
"""Where across (a part of the width), how it is aligned there, what, and the fact that it states."""
Row = tuple[list[Piece], float]
"""Pieces and their size, by the usual one."""


def draw_receipt(rng: random.Random, language: str, words: str = "all") -> Drawing:
    wording = Wording(rng, language, words)
    width = rng.uniform(190, 600)
    size = width / rng.uniform(24, 46) / 0.52
    drawing = Drawing(width, 842, is_mirrored=language == "ar")
    y = rng.uniform(5, 60)
    pitch = rng.uniform(1.15, 1.7)
    for pieces, scale in _rows(wording, rng):
        scale = (
            min(scale, *(1.9 * width * 0.55 / max(size * len(text), 1) for _, _, text, _ in pieces), 9)
            if pieces
            else scale
        )
        for x, align, text, fact in pieces:
            drawing.text(width * x, y, text, size * max(scale, 0.7), align=align, fact=fact)
        y += size * max(scale, 0.8) * pitch + (size * rng.choice([0, 0, 0, 0.5, 1]))
    return drawing


def _rows(wording: Wording, rng: random.Random) -> Iterator[Row]:
    money = sampled_money(wording, rng, num_items=rng.choice([1, 1, 2, 3, 4, 6, 9, 14]))
    company, day, number = wording.company(), wording.day(), wording.code()
    header = list(_header(wording, rng, company))
    meta = list(_meta(wording, rng, day, number))
    items = list(_items(wording, rng, money))
    totals = list(_totals(wording, rng, money))
    foot = list(_foot(wording, rng))
    if rng.random() < 0.5:
        header.append(_centered(_decorated(rng, wording.word("receipt"))))
    place = rng.random()
    if place < 0.6:
        rows = [*header, *meta, *items, *totals, *foot]
    elif place < 0.9:
        rows = [*header, *items, *totals, *meta, *foot]
    else:
        rows = [*meta, *header, *items, *totals, *foot]
    if rng.random() < 0.08:
        rows.insert(0, _centered("".join(rng.choices("acrelotumpsBRTCU ", k=rng.randint(1, 8)))))
    if rng.random() < 0.2:
        rows.insert(
            0,
            _centered(
                rng.choice(
                    [
                        wording.code(),
                        f"{rng.randint(1, 9)}-{rng.randint(10**6, 10**7)}",
                        "R",
                        f"A0{rng.randint(1000, 9999)}",
                    ]
                )
            ),
        )
    yield from rows


def _decorated(rng: random.Random, text: str) -> str:
    return rng.choice([text, text, f"*** {text} ***", f"-{text}-", f"x {text} x", text.upper()])


def _centered(text: str, fact: str = "", scale: float = 1.0) -> Row:
    return [(0.5, "center", text, fact)], scale


def _header(wording: Wording, rng: random.Random, company: str) -> Iterator[Row]:
    is_centered = rng.random() < 0.7
    x, align = (0.5, "center") if is_centered else (0.04, "left")
    scale = rng.choice([1.0, 1.0, 1.2, 1.5, 2.0])
    shown = rng.random() < 0.94
    if rng.random() < 0.1:
        yield [(x, align, _decorated(rng, wording.word("receipt")), "")], 1.0
    if rng.random() < 0.06:
        yield [(x, align, wording.word("thanks"), "")], 1.0
    is_late = rng.random() < 0.06
    if is_late:
        yield [(x, align, f"{wording.word('trades')} {wording.word('cities')}", "")], scale
        yield from (([(x, align, line, "")], 1.0) for line in wording.address())
        scale = 1.0
    if shown:
        yield from _company(wording, rng, company, x, align, scale)
    register = f"{wording.word('register')}{rng.choice([': ', ' '])}{wording.code()}"
    lines = [*wording.address()]
    if rng.random() < 0.5:
        lines.insert(0, rng.choice([register, f"({wording.code()})", f"({register})"]))
    if rng.random() < 0.2:
        lines.insert(
            rng.randint(0, 1),
            rng.choice([wording.word("cities"), f"({wording.word('cities')})", wording.word("trades")]),
        )
    phone = f"{wording.word('phone')}{rng.choice([': ', ' ', ' : '])}{wording.phone()}"
    fax = f"  {wording.word('fax')}: {wording.phone()}" if rng.random() < 0.3 else ""
    extras = [phone + fax, f"{wording.word('tax_id')}{rng.choice([': ', ' : ', ' '])}{wording.code()}"]
    if rng.random() < 0.2:
        extras.append(_address_of(company, rng))
    rng.shuffle(extras)
    lines += extras[: rng.randint(0, 3)]
    yield from ((([(x, align, line, "")]), 1.0) for line in lines)
    if rng.random() < 0.12:
        yield [(0.04, "left", wording.word("to"), "")], 1.0
        yield [(0.04, "left", rng.choice([wording.company(), wording.person(), wording.word("cash")]), "")], 1.0
        if rng.random() < 0.5:
            yield from (([(0.04, "left", line, "")], 1.0) for line in wording.address())


def _company(wording: Wording, rng: random.Random, company: str, x: float, align: str, scale: float) -> Iterator[Row]:
    words = company.split()
    place = rng.random()
    if place < 0.12 and len(words) > 2:
        cut = rng.randint(1, len(words) - 1)
        yield [(x, align, " ".join(words[:cut]), "issuer")], scale
        yield [(x, align, " ".join(words[cut:]), "issuer")], scale
        return
    if place < 0.22:
        tail = f" ({wording.code()})"
        size = 0.3 * len(tail) / 40
        yield [(x - size if align == "center" else x, align, company, "issuer")], scale
        yield [(x, align, tail.strip(), "")], 1.0
        return
    yield [(x, align, company, "issuer")], scale
    if rng.random() < 0.1:
        yield [(x, align, wording.company(), "")], 1.0


def _address_of(company: str, rng: random.Random) -> str:
    word = "".join(c for c in company.split()[0].lower() if c.isalnum()) or "shop"
    return rng.choice(
        [f"www.{word}.com", f"info@{word}.com", f"{word}@mail.com", f"www.{word}.{rng.choice(['de', 'fr', 'co.uk'])}"]
    )


def _meta(wording: Wording, rng: random.Random, day: date, number: str) -> Iterator[Row]:
    clock = f"{rng.randint(7, 22):02}:{rng.randint(0, 59):02}" + rng.choice(
        ["", "", f":{rng.randint(0, 59):02}", " PM"]
    )
    said = wording.written_date(day)
    entries: list[tuple[str, str, str]] = []
    is_labelled = rng.random() < 0.62
    if rng.random() < 0.95:
        with_time = f" {clock}" if rng.random() < 0.5 else ""
        entries.append((wording.word("date") if is_labelled else "", said + "|" + with_time, "date"))
        if not with_time and rng.random() < 0.7:
            entries.append((wording.word("time") if is_labelled else "", clock, ""))
    if rng.random() < 0.85:
        key = "receipt_number" if rng.random() < 0.7 else "number"
        entries.append((wording.word(key) if rng.random() < 0.85 else "", number, "number"))
    for key in rng.sample(
        ["cashier", "table", "order", "customer", "register", "other_number"], k=rng.choice([0, 1, 1, 2, 3])
    ):
        value = (
            rng.choice([wording.code(), wording.person(), str(rng.randint(1, 30)), "USER"])
            if key in ("cashier", "table")
            else wording.code()
        )
        entries.append((wording.word(key), value, ""))
    rng.shuffle(entries)
    if is_labelled and 1 < len(entries) < 5 and rng.random() < 0.1:
        for place in (0, 1):
            texts = [(each[place].partition("|")[0], each[2] if place else "") for each in entries]
            yield [(0.04 + 0.92 * n / len(texts), "left", text, fact) for n, (text, fact) in enumerate(texts)], 0.9
        return
    style = rng.choice([": ", " : ", ":", " ", "columns", "columns"])
    while entries:
        label, value, fact = entries.pop()
        yield _entry(rng, label, value, fact, style, entries)


def _entry(rng: random.Random, label: str, value: str, fact: str, style: str, rest: list[tuple[str, str, str]]) -> Row:
    pieces = _labelled(rng, 0.04, label, value, fact, style)
    if rest and rng.random() < 0.25 and len(value) < 14:
        label, value, fact = rest.pop()
        pieces += _labelled(rng, 0.55, label, value, fact, style if style != "columns" else ": ")
    return pieces, 1.0


def _labelled(rng: random.Random, x: float, label: str, value: str, fact: str, style: str) -> list[Piece]:
    """The value after `|` belongs to it without stating the fact."""
    value, _, tail = value.partition("|")
    if style == "columns" and label and x < 0.5:
        pieces: list[Piece] = [(x, "left", label, ""), (x + 0.32, "left", rng.choice([": ", ""]) + value, fact)]
        return [*pieces, (x + 0.34 + 0.02 * len(value), "left", tail, "")] if tail else pieces
    joint = ": " if style == "columns" else style
    shown = f"{label}{joint}" if label else ""
    gap = 0.0115 * 2 * len(shown)
    pieces = [(x, "left", shown, "")] if shown.strip() else []
    pieces.append((x + gap, "left", value, fact))
    return [*pieces, (x + gap + 0.025 * len(value) + 0.01, "left", tail, "")] if tail else pieces


def _items(wording: Wording, rng: random.Random, money: Money) -> Iterator[Row]:
    columns = wording.columns()
    if rng.random() < 0.55:
        first, *middle, last = columns
        places = [0.04, *(0.4 + 0.4 * n / max(len(middle), 1) for n in range(len(middle)))]
        yield (
            [
                *((x, "left", text, "") for x, text in zip(places, [first, *middle], strict=True)),
                (0.96, "right", last, ""),
            ],
            1.0,
        )
    style = rng.choice(["one", "two", "codes"])
    tail = rng.choice(["", "", " SR", " A", " B", " S"])
    shows_currency = rng.random() < 0.2
    for item in money.items:
        amount, price = (wording.amount(each, currency=shows_currency) for each in (item.amount, item.price))
        if style == "one":
            yield (
                [
                    (0.04, "left", item.name, ""),
                    (0.55, "left", f"{item.quantity} x {price}" if rng.random() < 0.5 else str(item.quantity), ""),
                    (0.96, "right", amount + tail, ""),
                ],
                1.0,
            )
        elif style == "two":
            yield [(0.04, "left", item.name, "")], 1.0
            yield [(0.1, "left", f"{item.quantity} X {price}", ""), (0.96, "right", amount + tail, "")], 1.0
        else:
            yield (
                [
                    (0.04, "left", str(rng.randint(10**5, 10**12)), ""),
                    (0.4, "left", str(item.quantity), ""),
                    (0.7, "right", price, ""),
                    (0.96, "right", amount + tail, ""),
                ],
                1.0,
            )
            yield [(0.04, "left", item.name, "")], 1.0


def _totals(wording: Wording, rng: random.Random, money: Money) -> Iterator[Row]:
    shows_currency = rng.choice([True, False, None])
    joint = rng.choice(["", ":", " :"])
    currency_apart = rng.random() < 0.12 and bool(wording.currency)

    def row(key: str, number: float, fact: str = "", scale: float = 1.0) -> Row:
        text = wording.amount(number, currency=False if currency_apart else shows_currency)
        label = wording.label(key)
        middle: list[Piece] = [(0.6, "left", wording.currency, "")] if currency_apart else []
        where = rng.choice([0.04, 0.04, 0.04, 0.3])
        if rng.random() < 0.06:
            return [(where, "left", f"{label}: ", ""), (where + 0.025 * len(label) + 0.05, "left", text, fact)], scale
        return [(where, "left", label + joint, ""), *middle, (0.96, "right", text, fact)], scale

    if rng.random() < 0.35:
        quantity = str(sum(item.quantity for item in money.items))
        more: list[Piece] = (
            [(0.96, "right", wording.amount(money.subtotal, currency=False), "")] if rng.random() < 0.3 else []
        )
        yield [(0.04, "left", wording.word("counted") + ":", ""), (0.5, "left", quantity, ""), *more], 1.0
    rows: list[Row] = []
    if len(money.parts) > 1 and rng.random() < 0.5:
        for rate, net, tax in money.parts:
            text = wording.amount(net + tax, currency=False)
            rows.append(
                (
                    [
                        (0.04, "left", f"{wording.word('gross')} {round(100 * rate)}%{joint}", ""),
                        (0.96, "right", text, ""),
                    ],
                    1.0,
                )
            )
    has_net = money.rate > 0 and rng.random() < 0.55
    if rng.random() < 0.4 or (not money.is_inclusive and money.rate > 0):
        rows.append(row("net", money.subtotal, "net" if not money.is_inclusive and not money.discount else ""))
    elif has_net:
        rows.append(row("net", money.net, "net"))
    if money.discount or rng.random() < 0.15:
        rows.append(row("discount", -money.discount if rng.random() < 0.5 else money.discount))
    if money.rate and (not money.is_inclusive or rng.random() < 0.4):
        several = len(money.parts) > 1
        rows += [row("tax", tax, "" if several else "tax") for _, _, tax in money.parts]
        if several and rng.random() < 0.4:
            rows.append(row("tax", money.tax, "tax"))
    if money.rounding or rng.random() < 0.15:
        if rng.random() < 0.6:
            rows.append(row("gross", money.gross - money.rounding, "gross#before" if not money.rounding else ""))
        rows.append(row("rounding", money.rounding))
    scale = rng.choice([1.0, 1.0, 1.3, 1.8])
    rows.append(row("gross", money.gross, "gross", scale))
    if rng.random() < 0.2:
        rows.append(row("gross", money.gross, "gross#again", scale))
    yield from rows
    yield from _paid(row, rng, money)
    yield from _summary(wording, rng, money)


def _paid(row: Callable[..., Row], rng: random.Random, money: Money) -> Iterator[Row]:
    place = rng.random()
    if place < 0.5:
        given = rng.choice(
            [money.gross, float(-(-money.gross // 10) * 10), float(-(-money.gross // 50) * 50), money.gross + 5]
        )
        yield row("cash", given)
        if rng.random() < 0.85:
            yield row("change", round(given - money.gross, 2))
    elif place < 0.8:
        yield row("card", money.gross)


def _summary(wording: Wording, rng: random.Random, money: Money) -> Iterator[Row]:
    if not money.rate or rng.random() < 0.5:
        return
    if rng.random() < 0.3:
        yield (
            [
                (0.04, "left", f"{wording.word('tax')}", ""),
                (0.96, "right", wording.amount(money.tax, currency=None), "tax#summary"),
            ],
            1.0,
        )
        return
    yield (
        [
            (0.04, "left", wording.word("summary"), ""),
            (0.7, "right", wording.word("net"), ""),
            (0.96, "right", wording.word("tax"), ""),
        ],
        1.0,
    )
    numbers = [wording.amount(each, currency=False) for each in (money.net, money.tax)]
    yield (
        [
            (0.04, "left", wording.word("rated"), ""),
            (0.7, "right", numbers[0], "net#summary"),
            (0.96, "right", numbers[1], "tax#summary"),
        ],
        1.0,
    )
    if rng.random() < 0.4:
        yield (
            [
                (0.04, "left", wording.word("gross"), ""),
                (0.7, "right", numbers[0], "net#summary2"),
                (0.96, "right", numbers[1], "tax#summary2"),
            ],
            1.0,
        )


def _foot(wording: Wording, rng: random.Random) -> Iterator[Row]:
    for _ in range(rng.randint(0, 3)):
        yield _centered(wording.word("thanks") if rng.random() < 0.6 else wording.word("text"))
    if rng.random() < 0.2:
        yield _centered(f"{wording.word('register')} {wording.code()}")
    if rng.random() < 0.15:
        yield _centered(f"{wording.word('text')} {wording.written_date(wording.day())}")
