"""Pure: names of files from outside. They are shown, never used as paths.

A zip knows code page 437 and, by a flag, UTF-8. Many programs write the machine's own code page instead, or UTF-8
without the flag. All names of a zip together are looked at: one alone is too short to tell.
"""

from collections.abc import Sequence

from charset_normalizer import from_bytes

DOUBLE_BYTE = ["cp932", "gb18030", "big5", "cp949"]
"""Japanese, Chinese (simplified, traditional), Korean Windows."""
ENOUGH_BYTES = 8_192
CYRILLIC = frozenset([*range(0x80, 0xB0), *range(0xE0, 0xF2), 0xFC])
"""Where code page 866 has letters, and №; double-byte text soon leaves it."""


def plain(name: str) -> str:
    """A relative place with forward slashes, without steps upwards and without characters that cannot be seen."""
    seen = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in name.replace("\\", "/"))
    return "/".join(part for part in seen.split("/") if part.strip() not in ("", ".", "..")) or "unnamed"


def decoded(names: Sequence[bytes]) -> list[str]:
    """The names of one zip as text, in that order; code page 437 where nothing better is sure."""
    encoding = _encoding(names)
    return [name.decode(encoding, "replace") for name in names]


def _encoding(names: Sequence[bytes]) -> str:
    if _reads_as(names, "utf-8"):
        return "utf-8"
    odd = [name for name in names if not name.isascii()]
    if all(byte in CYRILLIC for name in odd for byte in name if byte > 0x7F) and _is_likely(odd, "cp866"):
        return "cp866"
    best = from_bytes(b"\n".join(odd)[:ENOUGH_BYTES], cp_isolation=DOUBLE_BYTE).best()
    if best and _reads_as(names, best.encoding) and _is_likely(odd, best.encoding):
        return best.encoding
    return "cp437"


def _reads_as(names: Sequence[bytes], encoding: str) -> bool:
    try:
        for name in names:
            name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_likely(names: Sequence[bytes], encoding: str) -> bool:
    """Whether most of it is foreign letters: `Müller` in code page 437 reads as Japanese, too, but with one letter."""
    read = [name.decode(encoding) for name in names]
    text = "".join(name.rpartition(".")[0] or name for name in read)
    num_letters = sum(character.isalpha() for character in text)
    foreign = [character.isalpha() for character in text if not character.isascii()]
    return sum(foreign) > 1 and 4 * sum(foreign) >= 3 * len(foreign) and 2 * sum(foreign) >= num_letters
