"""Zips that are the same for the same content."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

COMPRESSED = (".jpg", ".png", ".pdf", ".zip", ".docx", ".xlsx")


def zipped(files: Iterable[tuple[str, bytes]], at: datetime) -> bytes:
    """Names and contents as a zip; all carry the time `at`."""
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files:
            archive.writestr(entry(name, at), content)
    return out.getvalue()


def entry(name: str, at: datetime) -> ZipInfo:
    info = ZipInfo(name, at.timetuple()[:6])
    info.compress_type = ZIP_STORED if name.lower().endswith(COMPRESSED) else ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
