"""The room that makes the shipped model: pages whose every box is known, answers, vocabulary, resumable weights."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from training.drawing.fonts import HANDWRITING, HELDOUT_FONTS
from training.drawing.handwriting import draw_note
from training.drawing.pagetypes import Block, Cell, Line, Page
from training.drawing.photographed import Photographer
from training.drawing.surface import View, draw_surface, framed
from training.drawing.typeface import Cabinet, blank
from training.grow import MERGER, with_layers, with_rows
from training.judging.metrics import edit_distance, matched_boxes, parts, table_structure
from training.judging.scans import fitted, said
from training.learning.curriculum import Bucket, Recipe, recipe
from training.learning.entropy import entropy
from training.learning.feed import Batch, Studio, draw_batch
from training.learning.optim import FlatOptimiser
from training.learning.step import Stepper
from training.model import checkpoint
from training.model.costs import Reading, cache_bytes, decoder_operations, vision_operations
from training.model.geometry import CELL, SMALL, TINY
from training.model.network import ROWS, Reader
from training.text.breaking import wrapped_han
from training.text.charset import written
from training.text.passages import Wording
from training.writing.answers import MAX_MARKS, Answer, overgrown, page_answer, region_answer, rows_of_marks, shortened
from training.writing.vocabulary import TOKENS, box_ids, decode, ids, text_ids

FONTS = Path("/usr/share/fonts/truetype/dejavu")
WEIGHTS = Path(__file__).parent.parent / "docintel/weights"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `training.collect` makes, with one language and two fonts."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("fonts", "text", "heldout", "words"):
        (folder / name).mkdir()
    fonts = ("DejaVuSans.ttf", "DejaVuSansMono.ttf")
    for name in fonts:
        (folder / "fonts" / name).symlink_to(FONTS / name)
    (folder / "fonts.json").write_text(json.dumps({name: {"languages": "en", "missing": ""} for name in fonts}))
    lines = [
        f"Passage {number} says that reading pages is what the model learns, word by word." for number in range(30)
    ]
    (folder / "text/en.txt").write_text("\n".join(lines))
    return folder


def line(text: str, x: float = 10, y: float = 20) -> Line:
    return Line(text, [x + 8 * n for n in range(len(text))], y, (x, y - 6, x + 8 * len(text), y + 6))


def characters(block: Block) -> Iterator[tuple[float, float]]:
    """Where each character of a block is."""
    for found in block.all_lines():
        yield from found.places()


@pytest.mark.parametrize("worn", [0.0, 1.0])
@pytest.mark.parametrize("look", [{}, {"scanned": 1.0}, {"photographed": 1.0}, {"num_columns": 3}])
def test_every_character_of_a_drawn_page_lies_in_its_blocks_box(
    data: Path, worn: float, look: dict[str, float]
) -> None:
    plan = replace(
        Recipe(Bucket("dense", 640, 512), Wording(0.3, marks=0.1), scanned=0.0, min_chars=300, max_chars=700),
        worn=worn,
        **look,  # type: ignore[arg-type]
    )
    studio = Studio(data, seed=1)
    for number in range(6):
        page, _ = studio.sample(plan, random.Random(number))
        assert page.image.shape == (640, 512)
        assert sum(len(list(characters(block))) for block in page.blocks) > 100
        for block in page.blocks:
            x0, y0, x1, y1 = block.box
            for x, y in characters(block):
                assert x0 - 6 <= x <= x1 + 6, (block.kind, block.box, x)
                assert y0 - 6 <= y <= y1 + 6, (block.kind, block.box, y)


def test_ink_is_where_the_places_say(data: Path) -> None:
    plan = Recipe(Bucket("region", 64, 640), Wording(0.0), scanned=0.0, worn=1.0, sizes=(20, 24))
    studio = Studio(data, seed=1)
    for number in range(8):
        page, _ = studio.sample(plan, random.Random(f"ink {number}"))
        paper = float(np.median(page.image))
        assert page.blocks[0].lines
        for found in page.blocks[0].lines:
            for char, x in zip(found.text, found.xs, strict=True):
                if char.isalnum():
                    near = page.image[round(found.y) - 9 : round(found.y) + 9, max(0, round(x) - 6) : round(x) + 7]
                    assert np.abs(near.astype(float) - paper).max() > 30, (number, char)


def test_a_photographs_ink_is_where_the_places_say() -> None:
    photographer = Photographer(seed=1)
    for number in range(12):
        canvas = blank(512, 640, 255, kerned=False)
        x, y = 40 + 36 * number, 50 + 45 * number
        canvas.pen.rectangle([x - 5, y - 5, x + 5, y + 5], fill=0)
        block = Block("text", (x - 5, y - 5, x + 5, y + 5), [Line("x", [x], y, (x - 5, y - 5, x + 5, y + 5))])
        taken = photographer.photograph(Page(canvas.array, [block]), random.Random(f"photo {number}"), strength=1.0)
        [(seen_x, seen_y)] = taken.blocks[0].lines[0].places()
        near = taken.image[round(seen_y) - 9 : round(seen_y) + 10, round(seen_x) - 9 : round(seen_x) + 10].astype(float)
        dark = near < (near.min() + near.max()) / 2
        rows, columns = np.nonzero(dark)
        assert abs(rows.mean() - 9) < 1.5, number
        assert abs(columns.mean() - 9) < 1.5, number
        x0, y0, x1, y1 = taken.blocks[0].box
        assert x0 < seen_x < x1 and y0 < seen_y < y1


def test_a_page_without_letters_can_be_photographed() -> None:
    page = Page(np.full((256, 192), 250, np.uint8), [Block("image", (20, 20, 170, 230))])
    taken = Photographer(seed=1).photograph(page, random.Random(1), strength=1.0)
    assert taken.image.shape == (256, 192)
    x0, y0, x1, y1 = taken.blocks[0].box
    assert x0 < 96 < x1 and y0 < 128 < y1


def test_a_view_and_its_way_back_agree() -> None:
    for number in range(20):
        surface = draw_surface(random.Random(number), 1.4, 1.0)
        inside = np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.4), (1.0, 1.4), (0.5, 0.7), (0.5, 0.0), (0.0, 0.7)])
        (x0, y0), (x1, y1) = surface.seen(inside).min(0).tolist(), surface.seen(inside).max(0).tolist()
        view = View(surface, framed((x0, y0, x1, y1), 560, 400, room=(0.5, 0.5)), 400.0, (0.0, 0.0))
        _, origins = view.origins(560, 400)
        back = view.to_picture(origins[::40, ::40].reshape(-1, 2).astype(float)).reshape(14, 10, 2)
        on = ((origins[::40, ::40] > (4, 4)) & (origins[::40, ::40] < (396, 556))).all(-1)
        expected = np.stack(np.meshgrid(np.arange(0, 400, 40), np.arange(0, 560, 40)), -1)
        assert on.sum() > 60
        assert np.abs(back - expected)[on].max() < 0.8, number


def test_handwriting_faces_are_drawn_only_where_they_are_asked_for(tmp_path: Path) -> None:
    hand = min(HANDWRITING - set(HELDOUT_FONTS))
    fonts = {name: {"languages": "en de", "missing": ""} for name in ("Printed.ttf", hand)}
    fonts["Other.ttf"] = {"languages": "el", "missing": ""}
    (tmp_path / "fonts.json").write_text(json.dumps(fonts), encoding="utf-8")
    cabinet, rng = Cabinet(tmp_path), random.Random(1)
    assert {cabinet.draw_name(rng, "en") for _ in range(20)} == {"Printed.ttf"}
    assert {cabinet.draw_name(rng, "en", HANDWRITING) for _ in range(20)} == {hand}
    assert cabinet.draw_name(rng, "el", HANDWRITING) == "Other.ttf"


def test_a_page_is_written_as_html_with_boxes_in_thousandths() -> None:
    image = np.zeros((100, 200), np.uint8)
    cell = Cell([line("a<b")], is_header=True)
    blocks = [
        Block("h1", (20, 10, 180, 30), [line("Title")]),
        Block("list_item", (20, 40, 100, 50), [line("one"), line("more")]),
        Block("table", (20, 60, 100, 90), rows=[[cell, Cell([], column_span=2)]]),
    ]
    assert decode(page_answer(Page(image, blocks)).ids) == (
        '<html><body><h1 data-bbox="100 100 900 300">Title</h1><ul><li data-bbox="100 400 500 500">one more</li></ul>'
        '<div class="table" data-bbox="100 600 500 900"><table><tr><th>a&lt;b</th><td colspan="2"></td></tr></table>'
        "</div></body></html>"
    )


def test_a_region_is_written_line_by_line_as_plain_text() -> None:
    answer = region_answer([line("a < b"), line("c")])
    assert decode(answer.ids) == "a < b\nc"
    assert answer.places[0] == (10, 20)
    assert answer.places[5] == (-1.0, -1.0), "the newline is nowhere"


@pytest.mark.parametrize(
    ("drawn", "written"),
    [
        ("Name: " + "_" * 40 + " Date", "Name: " + "_" * MAX_MARKS + " Date"),
        ("Chapter . . . . . . . . . . . . 12", "Chapter . . . . . . 12"),
        ("10000000000000000000", "10000000000000000000"),
        ("'U' 'U' 'U' 'U' 'U' 'U'", "'U' 'U' 'U' "),
        ("Zeile xxxxxxxxxxxxxxxxxxxx Ende", "Zeile xxxxxxxxxxxx Ende"),
        ("x x x x x x x x x x x x", "x x x x x x "),
        ("bla bla bla bla bla bla", "bla bla bla bla bla bla"),
        ("well --- short", "well --- short"),
    ],
)
def test_rows_of_marks_are_cut_and_numbers_are_not(drawn: str, written: str) -> None:
    token_ids = text_ids(drawn)
    assert decode(shortened(Answer(token_ids, [(0.0, 0.0)] * len(token_ids))).ids) == written


def test_a_row_that_grows_too_long_is_always_to_be_left() -> None:
    token_ids = text_ids("a " + "." * MAX_MARKS + " 7")
    answer = Answer(token_ids, [(float(place), 0.0) for place in range(len(token_ids))])
    pairs = (overgrown(answer, random.Random(seed)) for seed in range(20))
    shown, wanted = next(pair for pair in pairs if len(pair[0]) > len(token_ids))
    assert len(shown) == len(wanted.ids) == len(wanted.places)
    extra = len(shown) - len(token_ids)
    assert decode(shown[2 + MAX_MARKS :][:extra]) == "." * extra
    assert set(decode(wanted.ids[2 + MAX_MARKS :][:extra])) == {" "}
    assert set(wanted.places[2 + MAX_MARKS :][:extra]) == {(2.0 + MAX_MARKS, 0.0)}
    assert rows_of_marks(token_ids) == [(2, 2 + MAX_MARKS, 1)]


def test_lines_of_chinese_break_anywhere_but_at_marks() -> None:
    lines = wrapped_han("他说：“你好，世界！”再见 Debian 系统。", lambda text: 10.0 * len(text), 60.0, indent=20.0)
    assert lines == ["他说：", "“你好，世", "界！”再见", "Debian", "系统。"]
    assert all(len(line) <= 6 for line in lines)
    assert wrapped_han("abcdefghij字", lambda text: 10.0 * len(text), 60.0, indent=0.0) == ["abcdef", "ghij字"]


def test_lines_of_chinese_are_read_as_one_without_a_space() -> None:
    blocks = [
        Block("text", (0, 0, 90, 30), [line("你好"), line("世界。"), line("Hello"), line("world")]),
    ]
    answer = decode(page_answer(Page(np.zeros((100, 100), np.uint8), blocks)).ids)
    assert "你好世界。Hello world<" in answer
    assert written("你好 　世界 ABC　def １２３") == "你好世界ABC def 123"


def test_text_comes_back_from_its_tokens() -> None:
    text = "Ærøskøbing, 1 250,00 € – «Ёлка» ΑΩ ngữ\nß，龙〇"
    assert decode(text_ids(text)) == text
    assert len(set(TOKENS)) == len(TOKENS)
    assert decode(box_ids((0.1, 0.25, 0.5, 1.2))) == '100 250 500 1000">'


def test_the_shipped_tokenizer_knows_the_same_tokens() -> None:
    known = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json")).get_vocab()
    assert {token: known[token] for token in TOKENS} == ids()


def test_a_crop_shows_what_it_says(data: Path) -> None:
    studio = Studio(data, seed=1)
    plan = Recipe(Bucket("crop", 64, 448), Wording(0.0), scanned=0.0)
    for number in range(20):
        page, answer = studio.sample(plan, random.Random(f"crop {number}"))
        assert page.image.shape == (64, 448)
        shown = decode(answer.ids)
        assert 0 < len(shown) < plan.bucket.max_tokens
        assert [char for char, (x, _) in zip(shown, answer.places, strict=False) if 0 <= x < 448] == list(
            shown.replace("\n", "")
        )


def test_handwriting_stays_in_its_room() -> None:
    canvas = blank(400, 300, 255, kerned=False)
    for number in range(5):
        x0, y0, x1, y1 = draw_note(canvas.pen, random.Random(number), (50, 60, 350, 200), 0)
        assert 50 <= x0 < x1 <= 350
        assert 60 <= y0 < y1 <= 200
    canvas.array[58:203, 48:353] = 255
    assert canvas.array.min() == 255, "there is no ink outside"


def test_the_loss_in_parts_is_the_loss() -> None:
    torch.manual_seed(2)
    rows = ROWS + 300
    x, table = torch.randn(rows, 4, requires_grad=True), torch.randn(9, 4, requires_grad=True)
    bias, wanted = torch.randn(9, requires_grad=True), torch.randint(9, (rows,))
    ours = entropy(x, table, bias, wanted[:, None], torch.ones(rows, 1))
    stock = F.cross_entropy(F.linear(x, table, bias), wanted, reduction="none")
    torch.testing.assert_close(ours, stock)
    weight = torch.rand(rows)
    for mine, theirs in zip(
        torch.autograd.grad((ours * weight).sum(), (x, table, bias)),
        torch.autograd.grad((stock * weight).sum(), (x, table, bias)),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)


def test_an_older_model_grows() -> None:
    table = torch.arange(20.0).view(10, 2)
    rows = with_rows(table, 4, 8, 12)
    assert rows.shape == (12, 2)
    assert torch.equal(rows[:8], table[:8])
    assert (rows[8:] - table[4:8].mean(0)).abs().max() < 5
    older = {"embedding": table, **{f"{MERGER}{number}.bias": torch.full((2,), float(number)) for number in (0, 1)}}
    grown = with_layers(older, (2, 5))
    assert grown.keys() == {"embedding", f"{MERGER}0.bias"}
    assert grown[f"{MERGER}0.bias"][0] == 1


def test_the_shipped_weights_say_their_geometry() -> None:
    assert checkpoint.geometry_of(WEIGHTS) == SMALL


def batch(data: Path) -> Batch:
    plan = Recipe(Bucket("region", 64, 128), Wording(0.2), scanned=0.5)
    return draw_batch(Studio(data, seed=3), plan, random.Random(3), 4)


def test_training_goes_on_from_saved_weights(data: Path, tmp_path: Path) -> None:
    torch.manual_seed(1)
    drawn, reader = batch(data), Reader(TINY)
    stepper = Stepper(reader, FlatOptimiser(reader, dtype=torch.float32, lr=2e-3), dtype=torch.float32, graphs=False)
    losses = [float(stepper.step(drawn, 1.0)[0]) for _ in range(6)]
    checkpoint.save(reader, tmp_path)
    again = Reader(TINY)
    checkpoint.load(again, tmp_path)
    for (name, mine), theirs in zip(reader.state_dict().items(), again.state_dict().values(), strict=True):
        assert torch.equal(mine.bfloat16(), theirs.bfloat16()), name
    stepper = Stepper(again, FlatOptimiser(again, dtype=torch.float32, lr=2e-3), dtype=torch.float32, graphs=False)
    assert float(stepper.step(drawn, 1.0)[0]) < losses[0]


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another model"):
        checkpoint.load(Reader(TINY), tmp_path)


@pytest.mark.parametrize("progress", [0.0, 0.2, 0.5, 0.7, 1.0])
def test_every_recipe_can_be_drawn_and_padded(progress: float) -> None:
    for number in range(50):
        plan = recipe(progress, random.Random(number))
        assert plan.bucket.height % CELL == plan.bucket.width % CELL == 0
        assert plan.bucket.height * plan.bucket.width <= 768 * 1088
        assert plan.bucket.padded(plan.bucket.max_tokens) == plan.bucket.max_tokens
        assert plan.max_chars < plan.bucket.max_tokens


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("", "abc", 3), ("same", "same", 0), ("kitten", "sitting", 3), ("aaaa", "aa", 2), ("abcd", "xbcy", 2)],
)
def test_edit_distance(left: str, right: str, distance: int) -> None:
    assert edit_distance(left, right) == edit_distance(right, left) == distance


def test_boxes_and_tables_are_scored() -> None:
    answer = '<html><body><h1 data-bbox="0 0 500 100">A</h1><div class="table" data-bbox="0 200 500 600"><table>'
    truth = parts(answer + "<tr><td>1</td><td>2</td></tr></table></div></body></html>")
    moved = parts(answer.replace("0 0 500", "0 90 500") + "<tr><td>1</td></tr></table></div></body></html>")
    assert [part.kind for part in truth] == ["h1", "table"]
    assert unescape(truth[1].text) == "1 2"
    assert matched_boxes(truth, truth) == 2
    assert matched_boxes(truth, moved) == 1
    assert table_structure(truth[1].table, moved[1].table) == pytest.approx(0.75)


def test_costs_are_counted() -> None:
    page = Reading(1088, 768, 1000)
    assert page.num_visual == 816
    assert cache_bytes(page) == page.length * 6 * 2 * 2 * 64 * 2
    assert cache_bytes(page, bits=8) * 2 == cache_bytes(page)
    assert vision_operations(Reading(544, 768, 1000)) < vision_operations(page) / 2
    assert decoder_operations(Reading(1088, 768, 2000)) > decoder_operations(page)


def test_a_scan_keeps_its_shape_and_its_text_is_compared_as_one_line() -> None:
    page = fitted(np.tile(np.arange(200, dtype=np.uint8), (400, 1)))
    assert page.shape == (1088, 768)
    assert page[:, 543].min() > 190, "the image fills the height"
    assert (page[:, 544:] == 99).all(), "the rest is as grey as most of it"
    assert said("Vicaria¬\nto  e\u0301") == "Vicaria- to é"
