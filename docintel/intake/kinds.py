"""What a file is, by its content: names lie, and so do the types that browsers send.

Pillow knows the images' signatures; Office files are told apart by what their zip holds.
"""

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from PIL import (
    BmpImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from docintel.errors import DamagedFile, EmptyFile, UnsupportedFile

PDF = "application/pdf"
PLUGINS = (PngImagePlugin, JpegImagePlugin, TiffImagePlugin, WebPImagePlugin, BmpImagePlugin, Jpeg2KImagePlugin)
IMAGE_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "JPEG2000": "image/jp2",
}
"""Pillow's names of the formats that `PLUGINS` register. MPO is left out: its opener fails on odd files, and its first
picture is a JPEG like any other."""
READ = "docintel reads PDF, PNG, JPEG, TIFF, WebP, BMP and JPEG 2000"
DOCUMENT_SUFFIXES = frozenset(
    ".pdf .png .jpg .jpeg .jpe .jfif .tif .tiff .webp .bmp .jp2 .jpx .j2k .heic .heif .gif .djvu "
    ".doc .docx .xls .xlsx .ppt .pptx .odt .ods .odp .rtf .epub .zip".split()
)
"""Names that promise a document: in a folder such a file is taken up, if only to be told what is wrong with it."""
HEAD_BYTES = 1024
"""A PDF's header may stand anywhere in the first 1024 bytes (ISO 32000-1, annex H, note 13)."""
PDF_HEAD = re.compile(rb"%PDF-|\b\d+ \d+ obj\b")
"""A header, or an object where the header is lost: MuPDF repairs the rest."""
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
ZIP_MEMBER, ZIP_END = b"PK\x01\x02", b"PK\x05\x06"
ZIP_END_BYTES = 22 + 65_535
"""The end of a zip with the longest comment that it may have."""
MAX_DIRECTORY_BYTES = 8 * 1024**2
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIPPED = (
    ("word/", "a Word document"),
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
    ("META-INF/container.xml", "an EPUB book"),
    ("content.xml", "an OpenDocument file"),
    ("index/document.iwa", "an Apple iWork document"),
    ("[Content_Types].xml", "an Office document"),
)
"""What a zip holds (its members' names begin so), and what that makes it."""
TO_PDF = "Export it to PDF first."
TO_PICTURE = "Save it as PNG, JPEG or PDF first."
OTHER_SIGNATURES = (
    (0, OLE_SIGNATURE, f"an Office document (.doc, .xls, .ppt or .msg). {TO_PDF}"),
    (0, b"{\\rtf", f"a Rich Text document. {TO_PDF}"),
    (0, b"%!PS", f"a PostScript document. {TO_PDF}"),
    (0, b"AT&TFORM", f"a DjVu document. {TO_PDF}"),
    (4, b"ftyphei", f"a HEIC photo. {TO_PICTURE}"),
    (4, b"ftypmif1", f"a HEIF photo. {TO_PICTURE}"),
    (4, b"ftypavif", f"an AVIF picture. {TO_PICTURE}"),
    (0, b"GIF8", f"a GIF picture. {TO_PICTURE}"),
)
"""Signatures of documents that docintel does not read, and what to do about them."""


def media_type(path: Path) -> str:
    """The media type of a document that docintel reads. Raises EmptyFile, DamagedFile, UnsupportedFile."""
    head = read_head(path)
    if not head.strip(b"\0"):
        raise EmptyFile("The file is empty: there is nothing in it. Copy or download it again.")
    image = image_format(head)
    if image:
        return IMAGE_TYPES[image]
    if PDF_HEAD.search(head):
        return PDF
    raise UnsupportedFile(f"The file is {_other_kind(path, head)}")


def read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise DamagedFile(f"The file cannot be opened: {error.strerror or error}.") from error


def image_format(head: bytes) -> str | None:
    """Pillow's name of the image format that begins so, if docintel reads it."""
    for name in IMAGE_TYPES:
        accept = Image.OPEN[name][1]
        if accept is not None and accept(head[:16]) is True:
            return name
    return None


def is_archive(path: Path) -> bool:
    """Whether this is a zip file of files, and no Office document, which is a zip too."""
    return read_head(path).startswith(ZIP_SIGNATURES) and zipped_kind(path) is None


def zipped_kind(path: Path) -> str | None:
    """`a Word document` …, or None for a zip that is only a zip (or too damaged to tell).

    Only the names in its directory are looked at, as bytes: zips are opened in a child process and nowhere else.
    """
    names = list(_names_in_zip(path))
    return next((kind for start, kind in ZIPPED if any(name.startswith(start.encode()) for name in names)), None)


def _names_in_zip(path: Path) -> Iterator[bytes]:
    """As the directory at the zip's end has them, as far as that makes sense (APPNOTE.TXT 4.3.12 and 4.3.16)."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - ZIP_END_BYTES, 0))
        end = file.read(ZIP_END_BYTES)
        at = end.rfind(ZIP_END)
        if at < 0 or len(end) < at + 16:
            return
        [length] = struct.unpack_from("<I", end, at + 12)
        start = size - len(end) + at - length
        if length > MAX_DIRECTORY_BYTES or start < 0:
            return
        file.seek(start)
        directory = file.read(length)
    place = 0
    while directory[place : place + 4] == ZIP_MEMBER and len(directory) >= place + 46:
        name, extra, comment = struct.unpack_from("<HHH", directory, place + 28)
        yield directory[place + 46 : place + 46 + name]
        place += 46 + name + extra + comment


def _other_kind(path: Path, head: bytes) -> str:
    if head.startswith(ZIP_SIGNATURES):
        kind = zipped_kind(path)
        return f"{kind}. {TO_PDF}" if kind else "a zip file inside a zip file. Unpack it first."
    for offset, signature, kind in OTHER_SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    return f"not a document that can be read: {READ}."
