import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from docintel.embedding import (
    ModelSource,
    SentenceEmbedder,
    SimilarityScale,
    keeps_earlier_default,
    open_embedder,
    packaged,
)
from docintel.embedding import (
    embedder as module,
)
from docintel.embedding.embedder import Kind
from docintel.errors import EngineUnavailable
from docintel.settings import Settings
from tests.waiting import until


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return open_embedder(Settings(embedding_model="embedded"))


def test_vectors_have_unit_length_and_the_promised_shape(embedder: SentenceEmbedder) -> None:
    vectors = embedder.passages(["An invoice.", "A contract.", ""])
    assert vectors.shape == (3, embedder.dimension) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert embedder.query("invoice?").shape == (embedder.dimension,)
    assert embedder.passages([]).shape == (0, embedder.dimension)


def test_a_question_is_nearest_to_what_answers_it(embedder: SentenceEmbedder) -> None:
    texts = ["The lease ends on 31 March.", "Cats sleep most of the day.", "Payment is due within thirty days."]
    assert int(np.argmax(embedder.passages(texts) @ embedder.query("When does the rental contract expire?"))) == 0


def test_a_question_is_nearest_to_what_answers_it_in_another_language(embedder: SentenceEmbedder) -> None:
    texts = [
        "Der Mietvertrag endet am 31. März.",
        "猫は一日の大半を寝て過ごす。",
        "Оплата производится в течение 30 дней.",
    ]
    passages = embedder.passages(texts)
    for question, right in [
        ("When does the rental contract expire?", 0),
        ("Combien de temps les chats dorment-ils ?", 1),
        ("什么时候付款？", 2),
    ]:
        assert int(np.argmax(passages @ embedder.query(question))) == right


def test_each_packaged_model_knows_its_languages(embedder: SentenceEmbedder) -> None:
    assert all(map(embedder.knows, "ar de en es fr it ja ko nl pl pt ru th tr zh".split()))
    assert not any(embedder.knows(language) for language in ("vi", "he", "und-Latn", None))
    assert embedder.model == "universal-sentence-encoder-multilingual-3@0db566fd0af8"
    english = open_embedder(Settings(embedding_model="english"))
    assert english.knows("en") and not any(map(english.knows, ("de", "zh", "und-Latn")))
    assert english.model == "all-MiniLM-L6-v2@53aa51172d14"


def test_what_an_earlier_release_embedded_keeps_its_model_until_it_is_reindexed() -> None:
    settings = Settings(embedding_model="embedded")
    assert open_embedder(settings, used={packaged.ENGLISH}).model == packaged.ENGLISH
    assert open_embedder(settings, used={packaged.ENGLISH, packaged.MULTILINGUAL}).model == packaged.MULTILINGUAL
    assert open_embedder(settings, used={"another@1"}).model == packaged.MULTILINGUAL
    assert keeps_earlier_default(settings, {packaged.ENGLISH})
    assert not keeps_earlier_default(settings, set())
    assert not keeps_earlier_default(Settings(embedding_model="english"), {packaged.ENGLISH})


def test_likeness_is_none_for_unrelated_texts_and_whole_for_the_same() -> None:
    scale = SimilarityScale(unrelated=0.2, same=0.6)
    assert [scale.likeness(each) for each in (-1, 0.2, 0.4, 0.6, 1)] == pytest.approx([0, 0, 0.5, 1, 1])


def test_similarities_of_the_embedded_model_are_on_its_scale(embedder: SentenceEmbedder) -> None:
    texts = ["The rent is due on the first of the month.", "Die Miete ist am Ersten des Monats fällig."]
    same = float(embedder.query(texts[0]) @ embedder.passages(texts[1:])[0])
    other = float(embedder.query(texts[0]) @ embedder.passages(["Katzen jagen nachts im Garten Mäuse."])[0])
    assert embedder.scale.likeness(same) > 0.8
    assert other < embedder.scale.floor and embedder.scale.likeness(other) < 0.3


def test_text_that_is_not_unicode_is_embedded_all_the_same(embedder: SentenceEmbedder) -> None:
    assert np.isfinite(embedder.passages(["broken \ud800 surrogate", "\x00", "x" * 50_000])).all()


def test_threads_share_one_model(embedder: SentenceEmbedder) -> None:
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(embedder.query, [f"question {n % 3}" for n in range(24)]))
    assert np.allclose(vectors[0], vectors[21], atol=1e-5)


class Held(SentenceEmbedder):
    """Its first encoding waits until `go`, then all that wait meanwhile are encoded."""

    def __init__(self, source: ModelSource) -> None:
        super().__init__(source)
        self.began, self.go = Event(), Event()
        self.batches: list[list[str]] = []

    def _vectors_of(self, texts: list[str], kind: Kind) -> NDArray[np.float32]:
        self.batches.append(texts)
        self.began.set()
        assert self.go.wait(60)
        return super()._vectors_of(texts, kind)

    def num_waiting(self) -> int:
        return len(self._waiting["document"])


def test_threads_that_wait_are_served_together_each_with_its_own(embedder: SentenceEmbedder) -> None:
    held = Held(packaged.multilingual())
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(held.passages, ["rent"])
        assert held.began.wait(60)
        others = [pool.submit(held.passages, texts) for texts in (["lease", "water"], ["heating"], ["x"] * 3)]
        until(lambda: held.num_waiting() == 3)
        held.go.set()
    assert sorted(map(sorted, held.batches)) == [["heating", "lease", "water", "x"], ["rent"]]
    for texts, vectors in [
        (["rent"], first),
        (["lease", "water"], others[0]),
        (["heating"], others[1]),
        (["x"], others[2]),
    ]:
        assert np.allclose(vectors.result()[: len(texts)], embedder.passages(texts), atol=1e-5)
    assert others[2].result().shape == (3, 512)


def test_a_failure_is_told_to_all_that_waited_and_to_nobody_else(tmp_path: Path) -> None:
    held = Held(ModelSource("nothing", tmp_path, "0", dimension=384))
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(held.passages, [text]) for text in ("rent", "lease")]
        assert held.began.wait(60)
        held.go.set()
    for each in waiting:
        with pytest.raises(EngineUnavailable, match="cannot be loaded"):
            each.result()
    assert not held.num_waiting()


def test_opening_loads_nothing_heavy() -> None:
    code = (
        "import sys; from docintel.embedding import open_embedder; from docintel.settings import Settings\n"
        "e = open_embedder(Settings(embedding_model='embedded')); e.dimension, e.model, e.knows('en')\n"
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


@pytest.mark.parametrize(
    ("source", "weights"),
    [
        (packaged.multilingual(), "weights.npz"),
        (packaged.multilingual(), "sp.model"),
        (packaged.english(), "model.safetensors"),
    ],
    ids=["weights", "tokenizer", "english"],
)
def test_a_changed_or_missing_file_is_noticed(tmp_path: Path, source: ModelSource, weights: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(source.folder, folder)
    changed = bytearray((folder / weights).read_bytes())
    changed[-1] ^= 1
    (folder / weights).write_bytes(changed)
    with pytest.raises(EngineUnavailable, match=f"{weights}.*Install it again.*{source.package}"):
        SentenceEmbedder(replace(source, folder=folder)).query("x")
    (folder / weights).unlink()
    with pytest.raises(EngineUnavailable, match=f"{weights}.*Install it again"):
        SentenceEmbedder(replace(source, folder=folder)).query("x")


def test_a_model_can_be_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "my-e5-small"
    shutil.copytree(packaged.english().folder, folder)
    (folder / "README.md").write_text("---\nlanguage:\n- en\n- de\nlicense: mit\n---\n# Model\n", encoding="utf-8")
    own = open_embedder(Settings(embedding_model=str(folder)))
    assert own.model.startswith("my-e5-small@") and own.dimension == 384
    assert own.knows("de") and own.knows("en") and not own.knows("fr")
    prompted = SentenceEmbedder(packaged.english()).query("query: rent")
    assert np.allclose(own.query("rent"), prompted, atol=1e-5)


@pytest.mark.parametrize(
    ("card", "languages"),
    [
        ("---\nlanguage:\n- no\n- sv\n---\n", {"no", "sv"}),
        ("---\nlanguage: no\n---\n", {"no"}),
        ('---\nlanguage: ["de", zh]\ntags:\n- fr\n---\n', {"de", "zh"}),
        ("---\nlicense: mit\n---\n", {"en"}),
        ("---\nlanguage: [: \n---\n", {"en"}),
        ("# No header\n", {"en"}),
        ("---\nlanguage:\n- multilingual\n- en\n---\n", None),
    ],
)
def test_a_model_s_card_names_its_languages(tmp_path: Path, card: str, languages: set[str] | None) -> None:
    folder = tmp_path / "thing"
    folder.mkdir()
    (folder / "README.md").write_text(card, encoding="utf-8")
    assert open_embedder(Settings(embedding_model=str(folder))).languages == languages


def test_languages_can_be_set() -> None:
    own = open_embedder(Settings(embedding_model="embedded", embedding_languages=("de", "fr")))
    assert own.knows("de") and not own.knows("en")


def test_a_multilingual_model_knows_every_language_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "multilingual-thing"
    folder.mkdir()
    own = open_embedder(Settings(embedding_model=str(folder)))
    assert own.knows("sw") and not own.knows(None)
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        own.query("x")


def test_a_model_that_is_not_here_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="set DOCINTEL_EMBEDDING_MODEL to the folder"):
        open_embedder(Settings(embedding_model="someone/some-model"))
    with pytest.raises(EngineUnavailable, match="no folder"):
        open_embedder(Settings(embedding_model="no/such/folder/here"))


def test_what_was_embedded_lately_is_not_embedded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(SentenceEmbedder):
        encoded: ClassVar[list[str]] = []

        def _encode_anew(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
            self.encoded.extend(texts)
            return super()._encode_anew(texts, kind)

    monkeypatch.setattr(module, "MAX_REMEMBERED", 3)
    counting = Counting(packaged.english())
    first = counting.passages(["rent", "lease", "rent"])
    assert counting.encoded == ["rent", "lease"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(counting.passages(["lease", "rent"]), first[[1, 0]])
    assert counting.encoded == ["rent", "lease"]
    counting.query("rent")
    assert counting.encoded[2:] == ["rent"], "a question is not a passage"
    counting.passages(["water", "heating"])
    counting.passages(["lease"])
    assert counting.encoded[3:] == ["water", "heating", "lease"], "the oldest are forgotten"
