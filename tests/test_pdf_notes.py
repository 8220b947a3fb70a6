"""What a PDF has beside what is painted is said on its page."""

from pathlib import Path

import pymupdf
import pytest

from docintel.intake import render
from docintel.intake.page_image import PageImage
from docintel.settings import Settings

SETTINGS = Settings(_env_file=None)
DATASETS = """<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1>
<Name>Ada Brook</Name><Address><Town>Lindley</Town><Street/></Address></form1></xfa:data></xfa:datasets>"""


def a_page(text: str = "Delivery note 7731") -> pymupdf.Page:
    page = pymupdf.open().new_page(width=300, height=200)
    page.insert_text((30, 50), text)
    return page


def shown(page: pymupdf.Page, tmp_path: Path, number: int = 1) -> PageImage:
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    return render(path, number, settings=SETTINGS)


def test_page_with_nothing_beside_it_has_no_notes(tmp_path: Path) -> None:
    page = a_page()
    page.insert_link({"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(30, 40, 90, 55), "uri": "https://example.org"})
    assert shown(page, tmp_path).notes == ()


def test_attached_files_are_named_on_the_first_page(tmp_path: Path) -> None:
    page = a_page()
    document = page.parent
    document.embfile_add("one", b"x" * 1500, filename="note.pdf")
    document.embfile_add("two", b"y", filename="見積書.xlsx")
    document.new_page().insert_text((30, 50), "Second")
    [note] = shown(document[0], tmp_path).notes
    assert "note.pdf (1.5 kB), 見積書.xlsx (0.1 kB)" in note
    assert shown(document[1], tmp_path, number=2).notes == ()


def test_file_that_is_pinned_to_a_page_is_named_there(tmp_path: Path) -> None:
    page = a_page()
    page.add_file_annot((200, 100), b"z" * 2_500_000, "plan.dwg")
    [note] = shown(page, tmp_path).notes
    assert "on this page" in note and "plan.dwg (2.5 MB)" in note


def an_xfa_form(datasets: str | None) -> pymupdf.Page:
    page = a_page("Please wait... this document needs another viewer")
    document = page.parent
    parts = ""
    if datasets is not None:
        stream, form = document.get_new_xref(), document.get_new_xref()
        document.update_object(stream, "<<>>")
        document.update_stream(stream, datasets.encode())
        parts = f"(template) {stream} 0 R (datasets) {stream} 0 R"
        document.update_object(form, f"<</Fields[]/XFA[{parts}]>>")
        document.xref_set_key(document.pdf_catalog(), "AcroForm", f"{form} 0 R")
    return page


def test_form_that_is_only_a_placeholder_is_said_to_be_one_with_what_was_filled_in(tmp_path: Path) -> None:
    [note] = shown(an_xfa_form(DATASETS), tmp_path).notes
    assert "XFA form" in note and "Name: Ada Brook, Town: Lindley" in note and "Street" not in note


def test_empty_form_that_is_only_a_placeholder_says_what_it_asks_for(tmp_path: Path) -> None:
    captioned = "<field name='a1'><caption><value><text>Date of birth</text></value></caption></field>"
    template = f"<template><subform>{captioned}<field name='Town'/></subform></template>"
    [note] = shown(an_xfa_form(template), tmp_path).notes
    assert "Date of birth, Town" in note


@pytest.mark.parametrize("datasets", ["", "<not", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_form_whose_data_cannot_be_read_is_said_to_be_one(datasets: str, tmp_path: Path) -> None:
    notes = shown(an_xfa_form(datasets), tmp_path).notes
    assert [note.partition(",")[0] for note in notes] == ["This is an XFA form"]


def test_comments_are_quoted_with_their_authors(tmp_path: Path) -> None:
    page = a_page()
    comment = page.add_text_annot((200, 20), "Please check\nthe weight")
    comment.set_info(title="J. Holm")
    comment.update()
    mark = page.add_highlight_annot(pymupdf.Rect(30, 40, 90, 55))
    mark.set_info(content="is this 7713?")
    mark.update()
    hidden = page.add_text_annot((200, 60), "Nobody sees this")
    hidden.set_flags(pymupdf.PDF_ANNOT_IS_HIDDEN)
    hidden.update()
    assert shown(page, tmp_path).notes == (
        "Comment by J. Holm: “Please check the weight”",
        "Comment on highlighted text: “is this 7713?”",
    )


def test_mark_that_covers_its_text_does_not_say_it(tmp_path: Path) -> None:
    page = a_page("Secret: Harriet Blomqvist")
    mark = page.add_rect_annot(pymupdf.Rect(68, 36, 180, 58))
    mark.set_colors(stroke=(0, 0, 0), fill=(0, 0, 0))
    mark.set_info(content="Harriet Blomqvist")
    mark.update()
    read = shown(page, tmp_path)
    assert "Harriet" not in " ".join([*read.notes, *(word.text for word in read.words)])


def test_text_that_somebody_typed_onto_the_page_is_part_of_it(tmp_path: Path) -> None:
    page = a_page()
    page.add_freetext_annot(pymupdf.Rect(30, 100, 200, 130), "Received")
    read = shown(page, tmp_path)
    assert read.notes == () and "Received" in [word.text for word in read.words]


@pytest.mark.parametrize("is_signed", [True, False])
def test_digital_signature_is_named(is_signed: bool, tmp_path: Path) -> None:
    page = a_page()
    document = page.parent
    field, form = document.get_new_xref(), document.get_new_xref()
    value = "/V<</Type/Sig/Filter/Adobe.PPKLite/Name(Ada Brook)/M(D:20240312101500Z)>>" if is_signed else ""
    document.update_object(
        field, f"<</Type/Annot/Subtype/Widget/FT/Sig/T(s)/Rect[200 20 280 60]/P {page.xref} 0 R{value}>>"
    )
    document.update_object(form, f"<</Fields[{field} 0 R]/SigFlags 3>>")
    document.xref_set_key(page.xref, "Annots", f"[{field} 0 R]")
    document.xref_set_key(document.pdf_catalog(), "AcroForm", f"{form} 0 R")
    [note] = shown(page, tmp_path).notes
    if is_signed:
        assert note.startswith("Signed digitally by Ada Brook on 2024-03-12")
    else:
        assert "not signed" in note
