"""Public questions about encyclopedia articles, in the form of SQuAD: what the reader of tokens learns first.

One folder holds them as LANGUAGE-NAME.json; from GitHub's repositories

    google-deepmind/xquad                    xquad.LANGUAGE.json, 12 languages               CC BY-SA 4.0
    ymcui/cmrc2018                           squad-style-data/cmrc2018_dev.json              CC BY-SA 4.0
    DRCKnowledgeTeam/DRCD                    DRCD_dev.json                                   CC BY-SA 3.0
    SkelterLabsInc/JaQuAD                    data/dev/*.json                                 CC BY-SA 3.0
    husseinmozannar/SOQAL                    data/arcd.json                                  MIT
    liafacom/faquad                          data/dataset.json                               CC BY 4.0
    crux82/squad-it                          SQuAD_it-test.json.gz, unpacked                 CC BY-SA 4.0
    ccasimiro88/TranslateAlignRetrieve       SQuAD-es-v2.0/dev-v2.0-es_small.json            MIT

Half of XQuAD's articles are never learned from: the reader is measured on them.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zlib import crc32

from docintel.text import one_line
from docintel.text.sentences import sentence_spans

MAX_OF_LANGUAGE = 1_700
MAX_SENTENCES, MAX_OTHERS = 30, 14
"""Of the question's paragraph, and of two others of its article."""
KEPT_ASIDE = "xquad"


@dataclass(frozen=True)
class PublicQuestion:
    """`sentences` of its article, of which number `answer` answers; None where none does."""

    text: str
    sentences: tuple[str, ...]
    answer: int | None
    is_aside: bool


def public_questions(folder: Path, *, seed: int = 1) -> list[PublicQuestion]:
    chance = random.Random(seed)
    files = sorted(folder.glob("*.json"), key=_language)
    chosen: list[PublicQuestion] = []
    for _, of_language in groupby(files, key=_language):
        every = [question for path in of_language for question in _of_file(path, chance)]
        learned = [each for each in every if not each.is_aside]
        aside = [each for each in every if each.is_aside]
        chosen += chance.sample(learned, min(MAX_OF_LANGUAGE, len(learned)))
        chosen += chance.sample(aside, min(200, len(aside)))
    return chosen


def _language(path: Path) -> str:
    return path.stem.partition("-")[0]


def _of_file(path: Path, chance: random.Random) -> Iterator[PublicQuestion]:
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
        is_aside = KEPT_ASIDE in path.stem and crc32(str(article.get("title", "")).encode()) % 2 == 0
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            spans = [(start, end) for start, end in sentence_spans(text) if text[start:end].strip()][:MAX_SENTENCES]
            others = chance.sample(paragraphs, min(3, len(paragraphs)))
            sentences = [one_line(text[start:end]) for start, end in spans]
            sentences += [each for other in others if other != text for each in _sentences(other)][:MAX_OTHERS]
            for question in paragraph["qas"]:
                answers = question.get("answers") or []
                at = [n for n, (start, end) in enumerate(spans) if answers and start <= _start(answers) < end]
                if at or question.get("is_impossible"):
                    yield PublicQuestion(question["question"], tuple(sentences), at[0] if at else None, is_aside)


def _start(answers: list[dict[str, str]]) -> int:
    return int(answers[0]["answer_start"])


def _sentences(text: str) -> list[str]:
    return [one_line(text[start:end]) for start, end in sentence_spans(text) if text[start:end].strip()]
