"""The sums of an invoice: in rows with labels or in columns, taxes of several rates, and what comes after them."""

from collections.abc import Callable

from training.facts.drawing import Drawing
from training.facts.money import Money
from training.facts.wording import Wording


class Totals:
    """The sums that are being drawn between `left` and `right`; `y` is how far they have come."""

    def __init__(
        self,
        drawing: Drawing,
        wording: Wording,
        money: Money,
        size: float,
        pitch: float,
        left: float,
        right: float,
    ) -> None:
        self.rng, self.wording, self.money = wording.rng, wording, money
        self.drawing, self.size, self.pitch = drawing, size, pitch
        self.left, self.right = left, right
        self.y = 0.0

    def drawn(self, y: float) -> float:
        """The sums from `y` down; gives where they end."""
        self.y = y
        rng, wording, money = self.rng, self.wording, self.money
        if money.rate and rng.random() < 0.12:
            self._in_columns()
            return self.y
        x = rng.choice([self.left, 300.0, 340.0, 380.0])
        currency = rng.choice([True, False, None])
        joint = rng.choice(["", ":", ""])

        def row(key: str, number: float, fact: str = "", scale: float = 1.0) -> None:
            self.drawing.text(x, self.y, wording.label(key) + joint, self.size * scale)
            text = wording.amount(number, currency=currency)
            self.drawing.text(self.right, self.y, text, self.size * scale, align="right", fact=fact)
            self.y += self.pitch * max(scale, 1)

        rows: list[Callable[[], None]] = []
        net_shown = money.rate and (not money.is_inclusive or rng.random() < 0.7)
        if money.discount or rng.random() < 0.08:
            rows.append(lambda: row("discount", -money.discount))
        if rng.random() < 0.12:
            rows.append(lambda: row("shipping", 0.0))
        if net_shown:
            rows.append(lambda: row("net", money.net, "net"))
        elif rng.random() < 0.3:
            rows.append(lambda: row("net", money.subtotal))
        if money.rate and (net_shown or rng.random() < 0.6):
            self._tax_rows(rows, row)
        if money.rounding:
            rows.append(lambda: row("rounding", money.rounding))
        scale = rng.choice([1.0, 1.0, 1.2, 1.5])
        gross_first = rng.random() < 0.08
        rows.insert(0 if gross_first else len(rows), lambda: row("gross", money.gross, "gross", scale))
        if rng.random() < 0.12:
            rows.append(lambda: row("previous", round(money.gross * 0.3, wording.decimals)))
        if rng.random() < 0.15:
            rows.append(lambda: row("gross", money.gross, "gross#again", scale))
        for each in rows:
            each()
        if rng.random() < 0.15:
            self._tax_table()
        self.y += rng.uniform(5, 25)
        return self.y

    def _tax_rows(self, rows: list[Callable[[], None]], row: Callable[..., None]) -> None:
        """The tax, or of several rates each its tax, and perhaps their sum."""
        money = self.money
        if len(money.parts) == 1:
            rows.append(lambda: row("tax", money.tax, "tax"))
            return
        for _, _, tax in money.parts:
            rows.append(lambda tax=tax: row("tax", tax))  # type: ignore[misc]
        if self.rng.random() < 0.4:
            rows.append(lambda: row("tax", money.tax, "tax"))

    def _in_columns(self) -> None:
        """Labels in a row, the sums below, of several rates a row each."""
        rng, wording, money = self.rng, self.wording, self.money
        labels = [wording.word(key) for key in ("net", "tax", "gross")]
        shown = rng.choice([False, None])
        before = [wording.word("net").split()[0], wording.word("discount")][: rng.randint(0, 2)]
        texts = [[*before, *labels]]
        rows = [
            [
                wording.amount(net, currency=False),
                wording.amount(tax, currency=False),
                wording.amount(net + tax, currency=shown),
            ]
            for _, net, tax in money.parts
        ]
        if len(rows) > 1 or rng.random() < 0.2:
            texts += [["", *([""] * (len(before) - 1)), *row] if before else row for row in rows]
        sums = [wording.amount(each, currency=shown) for each in (money.net, money.tax, money.gross)]
        texts.append([*(wording.amount(money.subtotal, currency=False) for _ in before), *sums])
        step = (self.right - self.left) / len(texts[0])
        for number, row in enumerate(texts):
            for n, text in enumerate(row):
                fact = ("net", "tax", "gross")[n - len(before)] if number == len(texts) - 1 and n >= len(before) else ""
                self.drawing.text(self.left + step * (n + 1), self.y, text, self.size, align="right", fact=fact)
            self.y += self.pitch
        self.y += rng.uniform(5, 20)

    def _tax_table(self) -> None:
        wording, money = self.wording, self.money
        if not money.rate:
            return
        headers = [wording.word("summary").split()[0], wording.word("net"), wording.word("tax"), wording.word("gross")]
        cells = [
            f"{round(money.rate * 100)}%",
            *(wording.amount(each, currency=False) for each in (money.net, money.tax, money.gross - money.rounding)),
        ]
        facts = ["", "net#table", "tax#table", "" if money.rounding else "gross#table"]
        for texts, said in ((headers, [""] * 4), (cells, facts)):
            for n, (text, fact) in enumerate(zip(texts, said, strict=True)):
                self.drawing.text(self.left + 90 * n, self.y, text, self.size * 0.9, fact=fact)
            self.y += self.pitch
