"""storage.vectors: Chroma with our own vectors."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from storage.errors import Damaged
from storage.vectors import Metadata, VectorIndex

RIGHT = np.array([1, 0, 0], dtype=np.float32)
UP = np.array([0, 1, 0], dtype=np.float32)
BETWEEN = np.array([0.8, 0.6, 0], dtype=np.float32)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[VectorIndex]:
    opened = VectorIndex.open(tmp_path / "chroma")
    opened.add(
        "letters",
        ["right", "up", "between"],
        np.stack([RIGHT, UP, BETWEEN]),
        [{"language": "en"}, {"language": "de"}, {"language": "en"}],
    )
    yield opened
    opened.close()


def test_the_nearest_come_first_with_their_cosines(index: VectorIndex) -> None:
    found = index.query("letters", RIGHT, 3)
    assert [each for each, _ in found] == ["right", "between", "up"]
    assert [similarity for _, similarity in found] == pytest.approx([1, 0.8, 0], abs=1e-6)


def test_filters_narrow(index: VectorIndex) -> None:
    assert [each for each, _ in index.query("letters", UP, 3, {"language": "en"})] == ["between", "right"]


def test_adding_again_changes_nothing(index: VectorIndex) -> None:
    index.add("letters", ["right"], np.stack([UP]), [{"language": "en"}])
    assert index.count("letters") == 3
    assert index.query("letters", RIGHT, 1)[0][0] == "right"


def test_what_is_deleted_is_not_found(index: VectorIndex) -> None:
    index.delete("letters", ["right", "never there"])
    assert index.count("letters") == 2
    assert "right" not in [each for each, _ in index.query("letters", RIGHT, 3)]


def test_collections_are_apart_and_can_be_dropped(index: VectorIndex) -> None:
    index.add("others", ["right"], np.stack([RIGHT]), [{"language": "en"}])
    index.drop("letters")
    index.drop("never there")
    assert index.names() == ["others"]
    assert index.count("letters") == 0


def test_it_is_there_again_after_reopening(index: VectorIndex, tmp_path: Path) -> None:
    index.close()
    again = VectorIndex.open(tmp_path / "chroma")
    assert again.ids("letters") == {"right", "up", "between"}
    assert again.query("letters", UP, 1)[0][0] == "up"
    again.close()


def test_a_collection_says_whose_vectors_it_holds(index: VectorIndex, tmp_path: Path) -> None:
    about: Metadata = {"model": "one@1", "dimension": 3}
    index.use("ours", about)
    index.add("ours", ["right"], np.stack([RIGHT]), [{"language": "en"}])
    with pytest.raises(Damaged, match="two@1"):
        index.use("ours", {"model": "two@1", "dimension": 3})
    with pytest.raises(Damaged):
        index.use("letters", about)
    index.close()
    again = VectorIndex.open(tmp_path / "chroma")
    again.use("ours", about)
    with pytest.raises(Damaged):
        again.use("letters", about)
    again.close()


def test_vectors_are_given_back(index: VectorIndex) -> None:
    found = index.vectors("letters", ["between", "never there"])
    assert set(found) == {"between"}
    assert found["between"] == pytest.approx(BETWEEN, abs=1e-6)


def test_more_than_one_batch_is_taken(index: VectorIndex) -> None:
    vectors = np.random.default_rng(0).normal(size=(6_000, 3)).astype(np.float32)
    index.add("many", [f"v{n}" for n in range(6_000)], vectors, [{"n": n} for n in range(6_000)])
    assert index.count("many") == 6_000
