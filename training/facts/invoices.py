"""Invoices and letters: a page of A4 with a sender, an addressee, what is known of the invoice, a table and sums."""

import random
from datetime import timedelta

from training.facts.drawing import Drawing
from training.facts.money import Money, sampled_money
from training.facts.totals import Totals
from training.facts.wording import Wording

LEFT, RIGHT, WIDTH, HEIGHT = 55.0, 540.0, 595.0, 842.0


def draw_invoice(rng: random.Random, language: str, words: str = "all") -> Drawing:
    return _Invoice(rng, language, words).drawn()


def draw_letter(rng: random.Random, language: str, words: str = "all") -> Drawing:
    return _Invoice(rng, language, words).drawn_as_letter()


class _Invoice:
    """One document that is being drawn; `y` is how far it has come."""

    def __init__(self, rng: random.Random, language: str, words: str) -> None:
        self.rng, self.wording = rng, Wording(rng, language, words)
        self.drawing = Drawing(WIDTH, HEIGHT, is_mirrored=language == "ar")
        self.size = rng.uniform(8, 11.5)
        self.pitch = self.size * rng.uniform(1.2, 1.6)
        self.company, self.day, self.number = self.wording.company(), self.wording.day(), self.wording.code()
        self.later = self.day + timedelta(days=rng.choice([7, 10, 14, 30, 30, 60]))
        self.earlier = self.day - timedelta(days=rng.randint(0, 40))
        self.money: Money = sampled_money(self.wording, rng, num_items=rng.choice([1, 2, 3, 4, 6, 10]))
        self.y = rng.uniform(25, 70)
        self.date_written = self.number_written = self.company_written = False

    def drawn(self) -> Drawing:
        rng = self.rng
        order = rng.random()
        if rng.random() < 0.2:
            self._line(rng.choice([LEFT, 430.0]), rng.choice([self.wording.word("page"), self.wording.word("text")]))
        if rng.random() < 0.08:
            version = f"{rng.randint(1, 4)}.{rng.randint(0, 9)}"
            self._line(LEFT, f"{self.wording.word('page')} {version}, {self.wording.written_date(self.wording.day())}")
        if rng.random() < 0.18:
            self._by_parties()
            return self.drawing
        self._sender()
        if order < 0.35:
            top = self.y
            self._addressee(LEFT)
            bottom, self.y = self.y, top + rng.uniform(0, 30)
            self._meta(rng.uniform(310, 370))
            self.y = max(self.y, bottom)
            self._title()
        elif order < 0.6:
            self._addressee(LEFT)
            self._title()
            self._meta(LEFT)
        elif order < 0.8:
            self._title()
            self._meta_row() if rng.random() < 0.5 else self._meta(LEFT)
            self._addressee(LEFT if rng.random() < 0.6 else 330)
        else:
            self._addressee(LEFT)
            self._place_and_date()
            self._title()
            if rng.random() < 0.6:
                self._meta(rng.choice([LEFT, 340]))
        if rng.random() < 0.4:
            self._text(rng.randint(1, 2))
        self._table()
        self.y = Totals(self.drawing, self.wording, self.money, self.size, self.pitch, LEFT, RIGHT).drawn(self.y)
        self._text(rng.randint(0, 4), with_dates=True)
        if rng.random() < 0.4:
            self._line(LEFT, f"{self.wording.word('due')}: {self.wording.written_date(self.later)}")
        self._footer()
        return self.drawing

    def _by_parties(self) -> None:
        """The issuer stands among other firms, told by a label: side by side, or one below the other."""
        rng = self.rng
        if rng.random() < 0.6:
            self._title()
        if rng.random() < 0.4:
            self._meta(LEFT)
        self._parties_beside() if rng.random() < 0.5 else self._parties_below()
        if not (self.date_written and self.number_written):
            self._meta(rng.choice([LEFT, 340.0]))
        if rng.random() < 0.3:
            self._text(1)
        self._table()
        self.y = Totals(self.drawing, self.wording, self.money, self.size, self.pitch, LEFT, RIGHT).drawn(self.y)
        self._text(rng.randint(0, 3), with_dates=True)
        self._footer()

    def _parties(self) -> list[tuple[str, str, str]]:
        """Label, firm, fact."""
        wording, rng = self.wording, self.rng
        self.company_written = True
        parties = [(wording.word("from"), self.company, "issuer#party"), (wording.word("to"), wording.company(), "")]
        if rng.random() < 0.2:
            parties.append((wording.word("to"), wording.company(), ""))
        if rng.random() < 0.25:
            rng.shuffle(parties)
        return parties

    def _details(self, name: str, fact: str) -> list[tuple[str, str]]:
        wording, rng = self.wording, self.rng
        key = rng.choice(["other_number", "other_number", "number", "customer"])
        joint = rng.choice([" ", ": ", " : "])
        before = [(f"{wording.word(key)}{joint}{wording.code()}", "")] if rng.random() < 0.3 else []
        extras = [
            f"{wording.word('tax_id')}: {wording.code()}",
            f"{wording.word('phone')}: {wording.phone()}",
            wording.person(),
        ]
        after = rng.sample(extras, k=rng.randint(0, 2))
        return [*before, (name, fact), *((line, "") for line in [*wording.address(), *after])]

    def _parties_beside(self) -> None:
        top, bottom, joint = self.y, self.y, self.rng.choice(["", ":"])
        parties = self._parties()
        for n, (label, name, fact) in enumerate(parties):
            self.y = top
            x = LEFT + n * (RIGHT - LEFT) / len(parties)
            self._line(x, label + joint)
            for text, said in self._details(name, fact):
                self._line(x, text[: 70 // len(parties)], fact=said)
            bottom = max(bottom, self.y)
        self.y = bottom + self.rng.uniform(5, 20)

    def _parties_below(self) -> None:
        has_names, gap, joint = self.rng.random() < 0.5, self.rng.choice([0.0, 90.0]), self.rng.choice(["", ":"])
        for label, name, fact in self._parties():
            self._line(LEFT, label + joint)
            for text, said in self._details(name, fact):
                if text == name and has_names:
                    end = self.drawing.text(LEFT, self.y, f"{self.wording.word('name')}:", self.size)
                    self.drawing.text(max(end + self.size * 0.3, LEFT + gap), self.y, text, self.size, fact=said)
                    self.y += self.pitch
                else:
                    self._line(LEFT, text, fact=said)
            self.y += self.rng.uniform(2, 12)

    def drawn_as_letter(self) -> Drawing:
        rng = self.rng
        self._sender()
        self._addressee(LEFT)
        self._place_and_date() if rng.random() < 0.6 else self._meta(340, letter=True)
        self._line(LEFT, self.wording.word("other"), scale=rng.choice([1, 1.2, 1.6]))
        for _ in range(rng.randint(2, 5)):
            self._text(rng.randint(2, 5), with_dates=True)
        if rng.random() < 0.3:
            self._line(LEFT, f"{self.wording.word('text')} {self.wording.amount(rng.uniform(10, 5000), currency=True)}")
        self._line(LEFT, self.wording.person())
        self._footer()
        return self.drawing

    def _line(self, x: float, text: str, *, fact: str = "", scale: float = 1.0, align: str = "left") -> float:
        end = self.drawing.text(x, self.y, text, self.size * scale, align=align, fact=fact)
        self.y += self.pitch * max(scale, 0.9)
        return end

    def _sender(self) -> None:
        rng, wording = self.rng, self.wording
        place = rng.random()
        x, align = rng.choice(
            [(LEFT, "left"), (LEFT, "left"), (RIGHT, "right"), (WIDTH / 2, "center"), (360.0, "left")]
        )
        if place < 0.86:
            if rng.random() < 0.15:
                self._line(x, wording.word("from"), align=align)
            self.company_written = True
            scale = rng.choice([1.0, 1.0, 1.3, 1.8, 2.4])
            words = self.company.split()
            if rng.random() < 0.06 and len(words) > 2:
                self._line(x, " ".join(words[:1]), fact="issuer", scale=scale, align=align)
                self._line(x, " ".join(words[1:]), fact="issuer", scale=scale, align=align)
            else:
                self._line(x, self.company, fact="issuer", scale=scale, align=align)
            if rng.random() < 0.1:
                self._line(x, wording.person(), align=align)
            details = [*wording.address()] if rng.random() < 0.85 else []
            extras = [
                f"{wording.word('phone')}: {wording.phone()}",
                f"{wording.word('tax_id')}: {wording.code()}",
                f"{wording.word('register')} {wording.code()}",
                self._web(),
            ]
            details += rng.sample(extras, k=rng.randint(0, 4))
            for line in details:
                self._line(x, line, align=align)
        self.y += rng.uniform(5, 50)

    def _web(self) -> str:
        word = "".join(c for c in self.company.split()[0].lower() if c.isalnum()) or "firm"
        return self.rng.choice([f"www.{word}.com", f"info@{word}.com", f"office@{word}.eu"])

    def _addressee(self, x: float) -> None:
        rng, wording = self.rng, self.wording
        if rng.random() < 0.3 and x == LEFT:
            joint = rng.choice([" · ", ", ", " - ", " | "])
            self.company_written = True
            end = self.drawing.text(x, self.y, self.company, self.size * 0.7, fact="issuer#line")
            self.drawing.text(end, self.y, joint.strip() + " " + joint.join(wording.address()), self.size * 0.7)
            self.y += self.pitch
        if rng.random() < 0.5:
            self._line(x, wording.word("to") + rng.choice(["", ":"]))
        self._line(x, wording.company() if rng.random() < 0.7 else wording.person())
        if rng.random() < 0.3:
            self._line(x, wording.person())
        for line in wording.address():
            self._line(x, line)
        if rng.random() < 0.15:
            self._line(x, f"{wording.word('tax_id')} {wording.code()}")
        self.y += rng.uniform(5, 40)

    def _title(self) -> None:
        rng, wording = self.rng, self.wording
        if rng.random() < 0.08:
            return
        title, scale = wording.word("invoice"), rng.choice([1.0, 1.3, 1.8, 2.2])
        x, align = rng.choice([(LEFT, "left"), (LEFT, "left"), (RIGHT, "right"), (WIDTH / 2, "center")])
        if rng.random() < 0.3 and not self.number_written:
            joint = rng.choice([" ", " Nr. ", " #", ": ", " No. ", " № ", " n° "])
            x = LEFT
            end = self.drawing.text(x, self.y, (title + joint).strip(), self.size * scale)
            end = self.drawing.text(end + self.size * 0.3, self.y, self.number, self.size * scale, fact="number")
            self.number_written = True
            if rng.random() < 0.5 and not self.date_written:
                end = self.drawing.text(
                    end + self.size * 0.3, self.y, rng.choice([wording.word("date"), ","]), self.size * scale
                )
                self.drawing.text(
                    end + self.size * 0.3, self.y, wording.written_date(self.day), self.size * scale, fact="date"
                )
                self.date_written = True
            elif rng.random() < 0.3 and not self.date_written:
                self.drawing.text(RIGHT, self.y, wording.written_date(self.day), self.size, align="right", fact="date")
                self.date_written = True
            self.y += self.pitch * scale
        else:
            self._line(x, title, scale=scale, align=align)
        self.y += rng.uniform(2, 20)

    def _entries(self, *, letter: bool = False) -> list[tuple[str, str, str]]:
        rng, wording = self.rng, self.wording
        entries: list[tuple[str, str, str]] = []
        if not self.date_written and rng.random() < 0.95:
            entries.append((wording.word("date"), wording.written_date(self.day), "date"))
            self.date_written = True
        if not self.number_written and not letter and rng.random() < 0.95:
            entries.append((wording.word("number"), self.number, "number"))
            self.number_written = True
        if rng.random() < 0.5 and len(entries) == 2:
            entries.reverse()
        others = [
            (wording.word("customer"), wording.code(), ""),
            (wording.word("order"), wording.code(), ""),
            (wording.word("due"), wording.written_date(self.later), ""),
            (wording.word("delivered"), wording.written_date(rng.choice([self.earlier, self.day])), ""),
            (wording.word("ordered"), wording.written_date(self.earlier - timedelta(days=3)), ""),
            (wording.word("cashier"), wording.person(), ""),
            (wording.word("tax_id"), wording.code(), ""),
            (wording.word("phone"), wording.phone(), ""),
            (wording.word("other_number"), wording.code(), ""),
            (wording.word("other_number"), wording.code(), ""),
            (wording.word("page"), "1", ""),
        ]
        chosen = rng.sample(others, k=rng.randint(0, 2 if letter else 5))
        if rng.random() < 0.5:
            return [*entries, *chosen]
        every = [*entries, *chosen]
        rng.shuffle(every)
        return every

    def _meta(self, x: float, *, letter: bool = False) -> None:
        rng = self.rng
        joint = rng.choice([":", ":", "", " :"])
        gap = rng.choice([0.0, 0.0, 100.0, 130.0])
        is_below = rng.random() < 0.08
        right = rng.random() < 0.2 and x > 300
        for label, value, fact in self._entries(letter=letter):
            end = self.drawing.text(x, self.y, label + joint, self.size)
            if is_below:
                self.y += self.pitch
                self.drawing.text(x, self.y, value, self.size, fact=fact)
                self.y += self.pitch * 0.4
            elif right:
                self.drawing.text(RIGHT, self.y, value, self.size, align="right", fact=fact)
            else:
                self.drawing.text(max(x + gap, end + self.size * 0.3), self.y, value, self.size, fact=fact)
            self.y += self.pitch
        self.y += rng.uniform(3, 25)

    def _meta_row(self) -> None:
        """Labels in a row, their values below."""
        entries = self._entries()[:5]
        step = (RIGHT - LEFT) / max(len(entries), 1)
        for number, (label, value, fact) in enumerate(entries):
            x = LEFT + number * step
            self.drawing.text(x, self.y, label, self.size * 0.9)
            self.drawing.text(x, self.y + self.pitch, value, self.size, fact=fact)
        self.y += 2 * self.pitch + self.rng.uniform(5, 25)

    def _place_and_date(self) -> None:
        if self.date_written:
            return
        rng, wording = self.rng, self.wording
        city = wording.word("cities").split(",")[0]
        text = wording.written_date(self.day)
        place = rng.random()
        before = f"{city}, " if place < 0.5 else f"{wording.word('date')}: " if place < 0.7 else ""
        x = rng.choice([LEFT, 340.0, 400.0])
        end = self.drawing.text(x, self.y, before, self.size) if before else x
        self.drawing.text(end + self.size * 0.1, self.y, text, self.size, fact="date")
        self.date_written = True
        self.y += self.pitch + rng.uniform(3, 25)

    def _text(self, num_lines: int, *, with_dates: bool = False) -> None:
        rng, wording = self.rng, self.wording
        for _ in range(num_lines):
            text = " ".join(wording.word("text") for _ in range(rng.randint(1, 2)))
            if with_dates and rng.random() < 0.2:
                text += " " + wording.written_date(rng.choice([self.later, self.earlier, wording.day()]))
            if with_dates and rng.random() < 0.08:
                text += f" {wording.word('number')} {wording.code()}"
            self._line(LEFT, text[:110])
        self.y += rng.uniform(2, 15)

    def _table(self) -> None:
        rng, wording, money = self.rng, self.wording, self.money
        columns = wording.columns()
        places = [LEFT, *(LEFT + 200 + (RIGHT - LEFT - 200) * n / (len(columns) - 1) for n in range(1, len(columns)))]
        has_header, positions, currency = rng.random() < 0.92, rng.random() < 0.3, rng.random() < 0.25
        if has_header:
            for place, text in zip(places, columns, strict=True):
                self.drawing.text(place, self.y, text, self.size, align="left" if place == LEFT else "right")
            self.y += self.pitch * 1.2
        for number, item in enumerate(money.items, start=1):
            name = f"{number} {item.name}" if positions else item.name
            cells = [str(item.quantity), wording.amount(item.price, currency=currency), f"{round(100 * money.rate)}%"][
                : max(len(places) - 2, 1)
            ]
            self.drawing.text(LEFT, self.y, name, self.size)
            for place, text in zip(places[1:-1], cells, strict=False):
                self.drawing.text(place, self.y, text, self.size, align="right")
            self.drawing.text(RIGHT, self.y, wording.amount(item.amount, currency=currency), self.size, align="right")
            self.y += self.pitch
            if rng.random() < 0.15:
                self._line(
                    LEFT + 10, rng.choice([wording.word("text"), wording.code(), wording.written_date(self.earlier)])
                )
        self.y += rng.uniform(3, 15)

    def _footer(self) -> None:
        rng, wording = self.rng, self.wording
        if rng.random() < 0.45 and self.company_written:
            return
        self.y = max(self.y + 10, rng.uniform(730, 790)) if rng.random() < 0.8 else self.y + 10
        size = self.size * rng.uniform(0.65, 0.9)
        columns = [
            [self.company, *wording.address()],
            [f"{wording.word('phone')}: {wording.phone()}", self._web()],
            [f"{wording.word('bank')}: {wording.iban()}", f"{wording.word('tax_id')}: {wording.code()}"],
            [f"{wording.word('register')} {wording.code()}", wording.person()],
        ]
        if rng.random() < 0.2:
            joint = rng.choice([" · ", " | ", ", "])
            end = self.drawing.text(LEFT, self.y, self.company, size, fact="issuer#foot")
            self.drawing.text(end, self.y, joint + joint.join([*wording.address(), *columns[1]]), size)
            return
        for number, column in enumerate(columns[: rng.randint(1, 4)]):
            for row, text in enumerate(column):
                fact = "issuer#foot" if text == self.company else ""
                self.drawing.text(LEFT + 130 * number, self.y + 1.2 * size * row, text[:34], size, fact=fact)
