"""Names in zips that do not say how they are written: guessed from all of them together."""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from docintel.intake import incoming
from docintel.intake.names import decoded
from tests.houses import settings_beside


def packed(path: Path, names: list[bytes], *, extra: bytes = b"") -> Path:
    """A zip with names that are written as they are, without saying how."""
    stand_ins = [f"{number:02}".ljust(len(name), "x") for number, name in enumerate(names)]
    with zipfile.ZipFile(path, "w") as archive:
        for stand_in in stand_ins:
            member = zipfile.ZipInfo(stand_in)
            member.extra = extra
            archive.writestr(member, b"%PDF-1.4")
    content = path.read_bytes()
    for stand_in, name in zip(stand_ins, names, strict=True):
        content = content.replace(stand_in.encode(), name)
    path.write_bytes(content)
    return path


def names_in(path: Path) -> list[str]:
    return [each.name for each in incoming(path, settings=settings_beside(path))]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("見積書.pdf", "cp932"),
        ("ご案内_渡辺.pdf", "cp932"),
        ("源泉徴収票.pdf", "cp932"),
        ("报价.pdf", "gbk"),
        ("租赁合同.pdf", "gbk"),
        ("投標文件.pdf", "big5"),
        ("부동산계약.pdf", "cp949"),
        ("Справка о доходах.pdf", "cp866"),
        ("СМЕТА.pdf", "cp866"),
        ("Kündigung Wohnung Gößweinstein.pdf", "cp437"),
        ("Relevé février.pdf", "cp437"),
        ("Señalización.pdf", "cp850"),
        ("Prüfung.pdf", "cp1252"),
        ("Выписка.pdf", "cp1251"),
        ("příloha smlouvy.pdf", "cp852"),
        ("plain.pdf", "ascii"),
    ],
)
def test_one_name_alone_is_read_as_it_was_written(name: str, encoding: str) -> None:
    assert decoded([name.encode(encoding)]) == [name]


def test_names_of_one_machine_help_each_other_and_others_stand_for_themselves(tmp_path: Path) -> None:
    names = [("見積書.pdf", "cp932"), ("図.pdf", "cp932"), ("Rechnung Müller.pdf", "cp437"), ("notes.pdf", "ascii")]
    path = packed(tmp_path / "post.zip", [name.encode(encoding) for name, encoding in names])
    assert names_in(path) == sorted(name for name, _ in names)


def test_flag_for_utf8_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "post.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("╔═╗.pdf", b"%PDF-1.4")
    assert names_in(path) == ["╔═╗.pdf"]


def test_name_in_unicode_beside_the_name_is_taken(tmp_path: Path) -> None:
    raw = b"??????.pdf"
    said = b"\x01" + struct.pack("<L", zlib.crc32(raw)) + "Ödön 见.pdf".encode()
    path = packed(tmp_path / "post.zip", [raw], extra=struct.pack("<HH", 0x7075, len(said)) + said)
    assert names_in(path) == ["Ödön 见.pdf"]
