"""Packs questions for the GPU: python -m training.cross_encoder.questions PUBLIC OUT

PUBLIC is a pickled list of (set, language, context, question, answers), as README.md says. OUT gets `data.npz`
(`packing.Packed`), `start.npz` (E5's weights, and the embeddings of the pieces that are kept), `tokenizer.json`, and
`own.pkl`: of each question about our pages its document, its text, its candidates and what the ranker knows of them.
"""

import argparse
import pickle
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from docintel.answering.ranking.cross_encoder import Parts, parts_of
from docintel.answering.ranking.features import Known
from docintel.answering.ranking.ranker import learned_ranker
from docintel.embedding import open_embedder
from docintel.settings import Settings
from training.answering.examples import DOCUMENTS, Example, examples
from training.cross_encoder.e5 import E5, load, packaged
from training.cross_encoder.packing import LAST_GROUP, PUBLIC, Packed, group_of
from training.cross_encoder.public import Asked, PublicQuestion, asked
from training.cross_encoder.quantizing import quantized

READ, MORE = 12, 16
"""Candidates of our own pages: the ranker's first, and so many others to learn from."""
SPECIAL = ("<s>", "</s>", "|")
OWN_WEIGHT = 10
"""A piece in a text of ours counts as so many in public ones."""
LEAST = 2
"""A piece is kept that is met so often, or that is one character long."""


def tokenizer_of(pieces: Sequence[tuple[str, float]], unknown: int) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(_regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def _regex(pattern: str):  # type: ignore[no-untyped-def]
    from tokenizers import Regex

    return Regex(pattern)


def kept_pieces(e5: E5, own: Sequence[str], public: Sequence[str], most: int) -> tuple[Tokenizer, list[int]]:
    """A tokenizer of the pieces that texts need most, the special ones first, and which of E5's they are."""
    names = {text: number for number, (text, _) in enumerate(e5.pieces)}
    unknown = names["<unk>"]
    whole = tokenizer_of(e5.pieces, unknown)
    counts: Counter[int] = Counter()
    for texts, weight in ((own, OWN_WEIGHT), (public, 1)):
        for at in range(0, len(texts), 10_000):
            for encoded in whole.encode_batch_fast(list(texts[at : at + 10_000]), add_special_tokens=False):
                counts.update({number: weight * count for number, count in Counter(encoded.ids).items()})
    special = [names["<s>"], names["</s>"], names["▁|"] if "▁|" in names else names["|"], unknown]
    singles = [number for number, (text, _) in enumerate(e5.pieces) if len(text.lstrip("▁")) <= 1 and counts[number]]
    often = [number for number, count in counts.most_common() if count >= LEAST]
    kept = list(dict.fromkeys([*special, *singles, *often]))[:most]
    total, covered = sum(counts.values()), sum(counts[number] for number in kept)
    print(f"{len(counts)} pieces met, {len(singles)} single, {len(kept)} kept: {covered / total:.4f} of {total}")
    scores = [e5.pieces[number] for number in kept]
    return tokenizer_of(scores, 3), kept


def public_asked(path: Path, limit: int) -> Iterator[tuple[Asked, str, str]]:
    with path.open("rb") as file:
        every = [PublicQuestion(*each) for each in pickle.load(file)]
    generator = np.random.default_rng(0)
    known: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for each in every:
        known[each.context].extend(each.answers[:1])
    order = generator.permutation(len(every))[:limit]
    for number in sorted(order, key=lambda number: every[number].context):
        each = every[number]
        found = asked(each, list(dict.fromkeys(known[each.context])), generator)
        if found:
            yield found, each.set_name, each.language


class Packer:
    def __init__(self) -> None:
        self.texts: dict[str, int] = {part: number for number, part in enumerate(SPECIAL)}
        self.candidates: list[list[int]] = []
        self.right: list[bool] = []
        self.questions: list[tuple[int, int, int, int]] = []

    def add(self, question: Asked, group: int) -> None:
        first = len(self.candidates)
        for parts in question.candidates:
            self.candidates.append([self._text(part) if part else -1 for part in parts])
        self.right.extend(question.right)
        self.questions.append((self._text(question.question), first, len(self.candidates), group))

    def _text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def packed(self, tokenizer: Tokenizer) -> Packed:
        texts = list(self.texts)
        tokens: list[np.ndarray] = [np.arange(len(SPECIAL), dtype=np.uint16)]
        lengths = [1] * len(SPECIAL)
        for at in range(len(SPECIAL), len(texts), 10_000):
            for encoded in tokenizer.encode_batch_fast(texts[at : at + 10_000], add_special_tokens=False):
                tokens.append(np.array(encoded.ids[:64], dtype=np.uint16))
                lengths.append(len(tokens[-1]))
        ends = np.cumsum(lengths)
        return Packed(
            tokens=np.concatenate(tokens),
            segments=np.stack([ends - lengths, lengths], axis=1).astype(np.int32),
            candidates=np.array(self.candidates, dtype=np.int32),
            right=np.array(self.right, dtype=bool),
            questions=np.array(self.questions, dtype=np.int32),
        )


def ordered(example: Example, generator: np.random.Generator) -> list[int]:
    """Numbers of an example's candidates: the ranker's first, what else is right, and some of the others."""
    shares = learned_ranker().shares(example.known)[:-1]
    first = np.argsort(-shares)[:READ].tolist()
    right = [number for number in np.flatnonzero(example.asked.right).tolist() if number not in first]
    others = [number for number in generator.permutation(len(shares)).tolist() if number not in {*first, *right}]
    return [*first, *right[:4], *others[:MORE]]


class OwnQuestion(NamedTuple):
    """`asked` has the candidates `order` of those that `known` and `right` are of."""

    document: str
    asked: Asked
    order: list[int]
    known: Known
    right: NDArray[np.bool_]


def own_questions(path: Path) -> list[OwnQuestion]:
    """Those about our pages, kept in `path` once they are made."""
    if path.exists():
        return [OwnQuestion(*each) for each in pickle.loads(path.read_bytes())]
    generator, kept = np.random.default_rng(0), []
    for each in examples(DOCUMENTS, open_embedder(Settings(embedding_model="embedded"))):
        order = ordered(each, generator)
        parts = [parts_of(each.asked.candidates[number]) for number in order]
        question = Asked(each.asked.case.question, parts, each.asked.right[order].tolist())
        kept.append(OwnQuestion(each.asked.document, question, order, each.known, each.asked.right))
    path.write_bytes(pickle.dumps([tuple(each) for each in kept]))
    return kept


def aside(path: Path) -> Iterator[Asked]:
    for question, candidates, right in pickle.loads(path.read_bytes()):
        yield Asked(question, [Parts(*each) for each in candidates], right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("public", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pieces", type=int, default=39_000)
    parser.add_argument("--limit", type=int, default=120_000, help="public questions at most")
    parser.add_argument("--others", type=Path, help="pickled (question, candidates, right) that are to be scored only")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    packer = Packer()
    for each in own_questions(options.out / "own.pkl"):
        packer.add(each.asked, group_of(each.document))
    for question in aside(options.others) if options.others else []:
        packer.add(question, LAST_GROUP + 1)
    num_own = len(packer.texts) - len(SPECIAL)
    counts: Counter[tuple[str, str]] = Counter()
    for question, set_name, language in public_asked(options.public, options.limit):
        packer.add(question, PUBLIC)
        counts[set_name, language] += 1
    print(
        len(packer.questions) - sum(counts.values()),
        "own,",
        sum(counts.values()),
        "public questions,",
        len(packer.texts),
        "texts",
    )
    e5 = load(packaged())
    texts = list(packer.texts)[len(SPECIAL) :]
    tokenizer, pieces = kept_pieces(e5, texts[:num_own], texts[num_own:], options.pieces)
    tokenizer.save(str(options.out / "tokenizer.json"), pretty=False)
    packed = packer.packed(tokenizer)
    packed.save(options.out / "data.npz")
    words = quantized(e5.embeddings.of(pieces).widened())
    arrays: dict[str, NDArray[Any]] = {**e5.plain, "words": words.codes, "codebook": words.codebook.astype(np.float16)}
    for name, block in e5.linear.items():
        arrays |= {f"{name}.codes": block.codes, f"{name}.scales": block.scales}
    np.savez_compressed(options.out / "start.npz", allow_pickle=False, **arrays)
    print(len(packed.tokens), "tokens,", len(packed.candidates), "candidates")


if __name__ == "__main__":
    main()
