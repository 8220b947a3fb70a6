"""Files in files, covers in place of contents."""

import io
import zipfile
from collections.abc import Callable
from functools import partial

import pymupdf

from benchmarks.reports.drawings.sheets import down, pdf, put, sheet


class RawInfo(zipfile.ZipInfo):
    """Its name is written in bytes of a code page, without saying which."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, 0


def note(title: str, lines: list[str]) -> bytes:
    document, page = sheet()
    put(page, [(72, 80, title)], font="hebo", size=16)
    put(page, down(lines, top=110))
    return pdf(document)


def portfolio() -> bytes:
    document, page = sheet()
    put(page, down(["Please open this collection in a program that shows collections.", "The files are enclosed."]))
    enclosed = note(
        "Weighing slip 4418", ["Customer: Alder Quarry", "Nine loads of gravel, two of sand.", "Net: 22,480 kg"]
    )
    document.embfile_add("slip.pdf", enclosed, filename="slip.pdf", desc="Weighing slip")
    document.xref_set_key(document.pdf_catalog(), "Collection", "<</Type/Collection/View/D>>")
    return pdf(document)


def xfa_placeholder() -> bytes:
    document, page = sheet()
    put(
        page,
        down(["Please wait...", "If this message is not replaced by the form, your viewer cannot show this form."]),
    )
    packet = document.get_new_xref()
    document.update_object(packet, "<<>>")
    document.update_stream(packet, b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template/></xdp:xdp>')
    document.xref_set_key(document.pdf_catalog(), "AcroForm", f"<</Fields[]/XFA {packet} 0 R>>")
    return pdf(document)


def zip_names(names: dict[str, str]) -> bytes:
    """Names and the code pages they are written in."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, encoding) in enumerate(names.items()):
            info = RawInfo(f"{number}.pdf", (2024, 3, 1, 9, 0, 0))
            info.raw = name.encode(encoding)
            archive.writestr(info, note(name.partition(".")[0] if name.isascii() else encoding, ["One line of text."]))
    return out.getvalue()


def cover_box() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Statement of the driver")], size=14)
    put(page, down(["Driver:", "Licence:", "The lorry stood at the gate from seven to nine."], top=120, step=26))
    put(page, [(150, 120, "Leopold Carstairs"), (150, 146, "CARS-902117-LX")])
    for top in (108, 134):
        page.draw_rect(pymupdf.Rect(146, top, 290, top + 16), color=None, fill=(0, 0, 0))
    return pdf(document)


def cover_picture() -> bytes:
    document, page = sheet()
    put(
        page,
        down(
            ["Minutes of the panel", "Complaint of Wilhelmina Ostrander against the landlord.", "It was upheld."],
            step=30,
        ),
    )
    start = 72 + pymupdf.get_text_length("Complaint of ", fontname="helv", fontsize=11)
    end = start + pymupdf.get_text_length("Wilhelmina Ostrander", fontname="helv", fontsize=11)
    grey = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 40, 8), False)
    grey.clear_with(90)
    page.insert_image(pymupdf.Rect(start - 1, 98, end + 1, 115), pixmap=grey, keep_proportion=False)
    return pdf(document)


DRAWINGS: dict[str, Callable[[], bytes]] = {
    "cover-box": cover_box,
    "cover-box-asked": cover_box,
    "cover-picture": cover_picture,
    "portfolio": portfolio,
    "xfa-placeholder": xfa_placeholder,
    "zip-names-japanese": partial(
        zip_names, {"請求書.pdf": "shift_jis", "Zahlung Grün.pdf": "cp437", "list.pdf": "ascii"}
    ),
    "zip-names-russian": partial(zip_names, {"Договор аренды.pdf": "cp866", "Счёт за март.pdf": "cp866"}),
}
