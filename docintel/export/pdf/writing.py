"""A text layer written into a PDF: its font once, its content over what a page shows."""

from collections.abc import Sequence

import pymupdf

from docintel.export.pdf import glyphless
from docintel.export.pdf.operators import FONT
from docintel.export.pdf.text_layer import TextLayer


class LayerWriter:
    """Writes the pages of a layer over those of one PDF."""

    def __init__(self, document: pymupdf.Document, layer: TextLayer) -> None:
        self._document = document
        self._layer = layer
        self._font = _embedded(document, layer.characters)

    def write(self, page: pymupdf.Page, place: int) -> None:
        """The layer's page at `place`, from 0, over `page` as displayed."""
        page.wrap_contents()
        height = page.rect.height
        flip = pymupdf.Matrix(1, 0, 0, -1, 0, height)
        matrix = flip * page.derotation_matrix * ~page.transformation_matrix
        placed = " ".join(f"{value:.6g}" for value in matrix)
        content = f"q {placed} cm\n".encode() + self._layer.contents[place] + b"\nQ"
        stream = _new_stream(self._document, content)
        contents = " ".join(f"{xref} 0 R" for xref in (*page.get_contents(), stream))
        self._document.xref_set_key(page.xref, "Contents", f"[{contents}]")
        owner, path = self._dictionary(page.xref, "Resources")
        owner, path = self._dictionary(owner, f"{path}Font")
        self._document.xref_set_key(owner, f"{path}{FONT}", f"{self._font} 0 R")

    def _dictionary(self, owner: int, path: str) -> tuple[int, str]:
        """Where the entries of a dictionary are set: its object, and what stands before their names."""
        kind, value = self._document.xref_get_key(owner, path)
        if kind == "xref":
            return int(value.split()[0]), ""
        if kind != "dict":
            self._document.xref_set_key(owner, path, "<< >>")
        return owner, f"{path}/"


def _new_stream(document: pymupdf.Document, content: bytes) -> int:
    xref = int(document.get_new_xref())
    document.update_object(xref, "<< >>")
    document.update_stream(xref, content, new=True)
    return xref


def _embedded(document: pymupdf.Document, characters: Sequence[str]) -> int:
    """The font's object number."""
    program = _new_stream(document, glyphless.font_file(len(characters)))
    mapping = _new_stream(document, glyphless.to_unicode(characters))
    descriptor, descendant, whole = (document.get_new_xref() for _ in range(3))
    document.update_object(
        descriptor,
        f"<< /Type /FontDescriptor /FontName /{glyphless.NAME} /Flags 4 /ItalicAngle 0 /StemV 80 "
        f"/Ascent {glyphless.ASCENT} /Descent {glyphless.DESCENT} /CapHeight {glyphless.ASCENT} "
        f"/FontBBox [0 {glyphless.DESCENT} {glyphless.WIDTH} {glyphless.ASCENT}] /FontFile2 {program} 0 R >>",
    )
    document.update_object(
        descendant,
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{glyphless.NAME} /CIDToGIDMap /Identity "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
        f"/FontDescriptor {descriptor} 0 R /DW {glyphless.WIDTH} >>",
    )
    document.update_object(
        whole,
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{glyphless.NAME} /Encoding /Identity-H "
        f"/DescendantFonts [{descendant} 0 R] /ToUnicode {mapping} 0 R >>",
    )
    return int(whole)
