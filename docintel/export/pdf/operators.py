"""The operators of a page's text layer, written so that they compress well: what hardly changes is not said again."""

from docintel.export.pdf import glyphless

FONT = "UnseenText"
"""Its name among a page's resources."""
SAME = 0.8
"""Points: sizes and baselines that differ by less are written as one."""
SAME_TURN = 0.01

Point = tuple[float, float]


class Operators:
    """Words are put one after another; points and directions are in PDF's own coordinates, y growing upwards."""

    def __init__(self) -> None:
        self._written = [b"BT", b"3 Tr"]
        self._size = 0.0
        self._stretch = 0
        self._along: Point = (0.0, 0.0)
        self._start: Point = (0.0, 0.0)

    def put(self, string: bytes, *, start: Point, along: Point, size: float, advance: float) -> None:
        """`string`: the operand of Tj. `start`: where its baseline begins; `along`: the unit vector of the baseline;
        `advance`: points from one letter to the next."""
        said = [*self._font(size), *self._scale(advance), *self._place(start, along), string + b"Tj"]
        self._written.append(b" ".join(said))

    def content(self) -> bytes:
        return b"\n".join([*self._written, b"ET"])

    def _font(self, size: float) -> list[bytes]:
        if abs(size - self._size) < min(SAME, size / 10):
            return []
        self._size = round(size, 1)
        return [f"/{FONT} {_number(size)} Tf".encode()]

    def _scale(self, advance: float) -> list[bytes]:
        stretch = round(100 * advance / (self._size * glyphless.WIDTH / glyphless.UNITS))
        if stretch == self._stretch:
            return []
        self._stretch = stretch
        return [f"{stretch} Tz".encode()]

    def _place(self, start: Point, along: Point) -> list[bytes]:
        """Moved along the line where the direction stays (Td), else anew (Tm)."""
        turned = max(abs(a - b) for a, b in zip(along, self._along, strict=True))
        if turned > SAME_TURN:
            self._along = (round(along[0], 4), round(along[1], 4))
            self._start = (round(start[0], 1), round(start[1], 1))
            (right, up), (x, y) = self._along, self._start
            return [f"{right:.4g} {up:.4g} {0.0 - up:.4g} {right:.4g} {_number(x)} {_number(y)} Tm".encode()]
        (right, up), across, rise = self._along, start[0] - self._start[0], start[1] - self._start[1]
        ahead = round(across * right + rise * up, 1)
        above = round(rise * right - across * up, 1)
        above = above if abs(above) >= SAME else 0.0
        self._start = (self._start[0] + ahead * right - above * up, self._start[1] + ahead * up + above * right)
        return [f"{_number(ahead)} {_number(above)} Td".encode()]


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-0.", "-.").removeprefix("0") or "0"
