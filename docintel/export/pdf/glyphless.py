"""A TrueType font of empty glyphs, all of one width: it gives invisible text its places and is about 500 bytes long.

Every glyph number is a character's own, so that a viewer finds the characters by the font's ToUnicode map alone.
Tables and fields: the OpenType specification, version 1.9; ToUnicode: ISO 32000-1, 9.10.3.
"""

import struct
from collections.abc import Sequence

UNITS = 1000
WIDTH = 500
ASCENT, DESCENT = 800, -200
NAME = "GlyphLess"
MAX_GLYPHS = 0xFFFF
BATCH = 100
"""Lines of one `bfchar` section; the specification allows no more."""


def font_file(num_glyphs: int) -> bytes:
    """The font program: `num_glyphs` empty glyphs and the one for what is missing."""
    count = num_glyphs + 1
    tables = {
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh",
            *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0, UNITS, 0, 0),
            *(0, DESCENT, WIDTH, ASCENT, 0, 8, 2, 0, 0),
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x00010000, ASCENT, DESCENT, 0, WIDTH, *[0] * 11, 1),
        b"maxp": struct.pack(">IH13H", 0x00010000, count, *[0] * 13),
        b"hmtx": struct.pack(">Hh", WIDTH, 0) + bytes(2 * (count - 1)),
        b"loca": bytes(2 * (count + 1)),
        b"glyf": bytes(4),
    }
    return _assembled(dict(sorted(tables.items())))


def to_unicode(characters: Sequence[str]) -> bytes:
    """The map from glyph numbers, which count from 1 in the order of `characters`, to Unicode."""
    lines = [f"<{number:04X}> <{_utf16(character)}>" for number, character in enumerate(characters, 1)]
    parts = [lines[start : start + BATCH] for start in range(0, len(lines), BATCH)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
            *(f"{len(part)} beginbfchar\n{chr(10).join(part)}\nendbfchar" for part in parts),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    ).encode("ascii")


def _utf16(character: str) -> str:
    return character.encode("utf-16-be").hex().upper()


def _assembled(tables: dict[bytes, bytes]) -> bytes:
    power = len(tables).bit_length() - 1
    header = struct.pack(">IHHHH", 0x00010000, len(tables), 16 << power, power, 16 * (len(tables) - (1 << power)))
    offset = len(header) + 16 * len(tables)
    directory, data = b"", b""
    for tag, content in tables.items():
        padded = content + bytes(-len(content) % 4)
        directory += tag + struct.pack(">III", _checksum(padded), offset + len(data), len(content))
        data += padded
    return header + directory + data


def _checksum(padded: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF
