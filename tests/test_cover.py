"""Covered text: painted with and without it, where no pixel differs it is not there."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from docintel.intake import render
from docintel.intake.page_image import PageImage
from docintel.settings import Settings

SETTINGS = Settings(_env_file=None)
LINE = "Name of witness: Harriet Blomqvist, nurse"
NAME = pymupdf.Rect(158, 86, 248, 105)
"""Around the name in `LINE`."""
AROUND = ["Name", "of", "witness:", "nurse"]


def a_page(line: str = LINE) -> pymupdf.Page:
    page = pymupdf.open().new_page(width=595, height=842)
    page.insert_text((72, 100), line)
    return page


def shown(page: pymupdf.Page, tmp_path: Path) -> PageImage:
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    return render(path, 1, settings=SETTINGS)


def words_on(page: pymupdf.Page, tmp_path: Path) -> list[str]:
    return [word.text for word in shown(page, tmp_path).words]


def painted(page: pymupdf.Page, content: bytes, resources: str = "", *, after: bool = True) -> None:
    """Adds to what the page paints; `content` is PDF, from the bottom left."""
    document = page.parent
    page.wrap_contents()
    added, there = document.get_new_xref(), page.get_contents()
    document.update_object(added, "<<>>")
    document.update_stream(added, content)
    order = [*there, added] if after else [added, *there]
    document.xref_set_key(page.xref, "Contents", "[" + " ".join(f"{xref} 0 R" for xref in order) + "]")
    if resources:
        key, _, value = resources.partition(" ")
        kind, named = document.xref_get_key(page.xref, "Resources")
        owner, prefix = (int(named.split()[0]), "") if kind == "xref" else (page.xref, "Resources/")
        document.xref_set_key(owner, prefix + key, value)


def a_picture(level: int, *, noise: bool = False) -> bytes:
    levels = np.full((40, 120), level, np.uint8)
    if noise:
        levels = np.random.default_rng(1).integers(0, 255, levels.shape, np.uint8)
    return bytes(pymupdf.Pixmap(pymupdf.csGRAY, 120, 40, levels.tobytes(), False).tobytes("png"))


def black_box(page: pymupdf.Page) -> None:
    page.draw_rect(NAME, fill=(0, 0, 0))


def white_box(page: pymupdf.Page) -> None:
    page.draw_rect(NAME, fill=(1, 1, 1), color=None)


def picture(page: pymupdf.Page) -> None:
    page.insert_image(NAME, stream=a_picture(90), keep_proportion=False)


def noisy_picture(page: pymupdf.Page) -> None:
    page.insert_image(NAME, stream=a_picture(0, noise=True), keep_proportion=False)


def shading(page: pymupdf.Page) -> None:
    ramp = "<</FunctionType 2/Domain[0 1]/C0[0 0 0]/C1[0.4 0.4 0.4]/N 1>>"
    axial = f"<</ShadingType 2/ColorSpace/DeviceRGB/Coords[158 0 248 0]/Function {ramp}/Extend[true true]>>"
    painted(page, b"q 158 737 90 19 re W n /S1 sh Q", f"Shading/S1 {axial}")


def square(page: pymupdf.Page) -> None:
    annotation = page.add_rect_annot(NAME)
    annotation.set_colors(stroke=(0, 0, 0), fill=(0, 0, 0))
    annotation.update()


def opaque_highlight(page: pymupdf.Page) -> None:
    annotation = page.add_highlight_annot(NAME)
    annotation.set_colors(stroke=(0, 0, 0))
    annotation.set_blendmode("Normal")
    annotation.update(opacity=1)


def box_with_a_label_on_it(page: pymupdf.Page) -> None:
    black_box(page)
    page.insert_text((159.417, 100), "Redacted", color=(1, 1, 1))


def block_letters(page: pymupdf.Page) -> None:
    font = pymupdf.Font("cjk")
    writer = pymupdf.TextWriter(page.rect)
    writer.append((158, 101), "\u2588" * 11, font=font, fontsize=13.5)
    writer.write_text(page)


def box_in_multiply(page: pymupdf.Page) -> None:
    painted(page, b"/M gs 0 g 158 737 90 19 re f", "ExtGState/M <</BM/Multiply>>")


COVERS = [
    black_box,
    white_box,
    picture,
    noisy_picture,
    shading,
    square,
    opaque_highlight,
    box_with_a_label_on_it,
    block_letters,
    box_in_multiply,
]


@pytest.mark.parametrize("cover", COVERS, ids=lambda cover: cover.__name__)
@pytest.mark.parametrize("rotation", [0, 90])
def test_what_is_painted_over_is_not_there(
    cover: Callable[[pymupdf.Page], None], rotation: int, tmp_path: Path
) -> None:
    page = a_page()
    cover(page)
    page.set_rotation(rotation)
    words = words_on(page, tmp_path)
    assert not set("HBlqv") & set("".join(words))
    assert {"Name", "of", "nurse"} <= set(words)


def underlay(page: pymupdf.Page) -> None:
    painted(page, b"q 0.8 1 0.8 rg 158 737 90 19 re f Q", after=False)


def thin_box(page: pymupdf.Page) -> None:
    page.draw_rect(NAME, fill=(0, 0, 0), color=None, fill_opacity=0.4)


def highlight(page: pymupdf.Page) -> None:
    page.add_highlight_annot(NAME)


def frame(page: pymupdf.Page) -> None:
    page.draw_rect(NAME, color=(1, 0, 0))


def redaction_that_is_only_marked(page: pymupdf.Page) -> None:
    page.add_redact_annot(NAME)


def strike(page: pymupdf.Page) -> None:
    page.draw_line((158, 97), (248, 97))


def watermark(page: pymupdf.Page) -> None:
    page.insert_text((140, 112), "DRAFT", fontsize=40, color=(0.8, 0.8, 0.8), fill_opacity=0.5)


@pytest.mark.parametrize(
    "mark",
    [underlay, thin_box, highlight, frame, redaction_that_is_only_marked, strike, watermark],
    ids=lambda mark: mark.__name__,
)
def test_what_shines_through_is_there(mark: Callable[[pymupdf.Page], None], tmp_path: Path) -> None:
    page = a_page()
    mark(page)
    assert {"Harriet", "Blomqvist,"} <= set(words_on(page, tmp_path))


def test_word_that_was_overstruck_to_make_it_bold_is_covered_with_its_copies(tmp_path: Path) -> None:
    page = a_page()
    page.insert_text((72.3, 100), LINE)
    assert words_on(page, tmp_path) == LINE.split()
    black_box(page)
    assert words_on(page, tmp_path) == AROUND


def test_letters_beside_a_box_are_read_and_those_under_it_are_not(tmp_path: Path) -> None:
    page = a_page()
    page.draw_rect((173.4, 86, 248, 105), fill=(0, 0, 0), color=None)
    assert words_on(page, tmp_path) == ["Name", "of", "witness:", "Ha", "nurse"]


def test_letters_that_stick_out_of_a_box_are_covered_where_their_ink_is(tmp_path: Path) -> None:
    page = a_page()
    page.draw_rect((158, 93.5, 248, 100.4), fill=(0, 0, 0), color=None)
    assert "Harriet" not in words_on(page, tmp_path)


def test_text_on_a_box_is_there_whatever_the_box_covers(tmp_path: Path) -> None:
    page = a_page()
    box_with_a_label_on_it(page)
    assert words_on(page, tmp_path) == [*AROUND, "Redacted"]


def test_hidden_layer_and_clipped_text_are_as_painted(tmp_path: Path) -> None:
    page = a_page()
    layer = page.parent.add_ocg("notes", on=False)
    page.insert_text((72, 140), "unseen", oc=layer)
    painted(page, b"q 72 600 200 2 re W n BT /helv 11 Tf 72 660 Td (clipped) Tj ET Q")
    painted(page, b"q 72 630 200 9 re W n BT /helv 11 Tf 72 630 Td (half) Tj ET Q")
    assert words_on(page, tmp_path) == [*LINE.split(), "half"]


def test_clipped_text_beneath_other_text_is_not_there(tmp_path: Path) -> None:
    page = a_page()
    painted(page, b"q 0 0 5 5 re W n BT /helv 11 Tf 74 742 Td (clipped) Tj ET Q")
    assert words_on(page, tmp_path) == LINE.split()


def test_text_through_which_a_picture_shines_is_there(tmp_path: Path) -> None:
    page = a_page()
    painted(page, b"q BT /helv 40 Tf 7 Tr 72 600 Td (Sunrise) Tj ET 0.8 0.2 0 rg 60 580 300 60 re f Q")
    assert words_on(page, tmp_path) == [*LINE.split(), "Sunrise"]


def test_covered_text_is_said_to_be_there_and_not_said(tmp_path: Path) -> None:
    page = a_page()
    assert shown(page, tmp_path).notes == ()
    black_box(page)
    [note] = shown(page, tmp_path).notes
    assert "opaque" in note and "Harriet" not in note


def test_recognised_text_under_or_on_a_scan_is_nothing_to_say(tmp_path: Path) -> None:
    page = a_page()
    pixmap = page.get_pixmap(dpi=100)
    page.insert_text((72, 300), "Recognised", render_mode=3)
    for top in range(0, 842, 100):
        strip = pymupdf.Rect(0, top, 595, min(top + 100, 842))
        scale = 100 / 72
        cut = pymupdf.Pixmap(pixmap, pixmap.width, pixmap.height, pymupdf.IRect(strip * pymupdf.Matrix(scale, scale)))
        page.insert_image(strip, stream=cut.tobytes("png"), keep_proportion=False)
    read = shown(page, tmp_path)
    assert (read.words, read.notes) == ((), ())


@dataclass(frozen=True)
class Step:
    """Something painted: a word, or what may cover it."""

    kind: str
    place: tuple[int, int]
    size: tuple[int, int]
    grey: float
    opacity: float
    word: str = ""

    @property
    def rect(self) -> pymupdf.Rect:
        (x, y), (width, height) = self.place, self.size
        return pymupdf.Rect(x, y - height, x + width, y)


WORDS = ["abab", "cdcd", "efef", "ghgh", "ikik"]
"""No letter is in two of them."""
GREYS = st.sampled_from([0.0, 0.0, 0.3, 0.9, 1.0])
PLACES = st.tuples(st.integers(40, 120), st.integers(60, 110))
COVER = st.builds(
    Step,
    kind=st.sampled_from(["box", "box", "picture", "noise", "square", "multiply"]),
    place=PLACES,
    size=st.tuples(st.integers(10, 90), st.integers(4, 40)),
    grey=GREYS,
    opacity=st.sampled_from([1.0, 1.0, 1.0, 0.5, 0.99]),
)
WORD = st.builds(
    Step,
    kind=st.just("word"),
    place=PLACES,
    size=st.tuples(st.just(0), st.sampled_from([8, 12, 30])),
    grey=GREYS,
    opacity=st.sampled_from([1.0, 1.0, 0.5, 0.02]),
    word=st.sampled_from(WORDS),
)


def page_of(steps: Sequence[Step]) -> pymupdf.Page:
    page = pymupdf.open().new_page(width=200, height=150)
    page.insert_text((10, 140), "0123456789")
    for step in steps:
        paint(step, page)
    return page


def paint(step: Step, page: pymupdf.Page) -> None:
    grey, opacity = (step.grey,) * 3, step.opacity
    if step.kind == "word":
        page.insert_text(step.place, step.word, fontsize=step.size[1], color=grey, fill_opacity=opacity)
    elif step.kind == "box":
        page.draw_rect(step.rect, fill=grey, color=None, fill_opacity=opacity)
    elif step.kind in ("picture", "noise"):
        stream = a_picture(round(255 * step.grey), noise=step.kind == "noise")
        page.insert_image(step.rect, stream=stream, keep_proportion=False)
    elif step.kind == "square":
        annotation = page.add_rect_annot(step.rect)
        annotation.set_colors(stroke=grey, fill=grey)
        annotation.update(opacity=opacity)
    else:
        x0, y0, x1, y1 = step.rect * page.transformation_matrix
        content = f"/M gs {step.grey} g {x0} {y0} {x1 - x0} {y1 - y0} re f".encode()
        painted(page, content, "ExtGState/M <</BM/Multiply>>")


def pixels_of(steps: Sequence[Step]) -> NDArray[np.uint8]:
    pixmap = page_of(steps).get_pixmap(dpi=200)
    return np.frombuffer(pixmap.samples, np.uint8)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.one_of(COVER, WORD), min_size=2, max_size=7))
@example(steps=[Step("word", (50, 80), (0, 12), 0.0, 1.0, "abab"), Step("box", (40, 90), (60, 30), 0.0, 1.0)])
def test_word_without_which_the_page_is_the_same_is_not_there(
    steps: list[Step], tmp_path_factory: pytest.TempPathFactory
) -> None:
    read = "".join(words_on(page_of(steps), tmp_path_factory.mktemp("pages")))
    every = pixels_of(steps)
    for word in sorted({step.word for step in steps if step.word}):
        without = [step for step in steps if step.word != word]
        if np.array_equal(every, pixels_of(without)):
            assert not set(word) & set(read)


@settings(max_examples=30, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True), seed=st.integers(0, 99))
def test_words_beside_what_is_painted_are_there(
    words: list[str], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    page = page_of([])
    for number, word in enumerate(words):
        page.insert_text((20, 20 + 20 * number), word, fontsize=chance.choice([7, 11, 14]))
        page.draw_rect((80, 8 + 20 * number, 150, 24 + 20 * number), fill=(chance.random(),) * 3)
    assert words_on(page, tmp_path_factory.mktemp("pages")) == ["0123456789", *words]
