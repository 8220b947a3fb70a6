"""Which recogniser reads which line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from docintel.engines.local.geometry import Pixels, Quad, crop, part, size
from docintel.engines.local.lines import letters
from docintel.engines.local.lines.letters import LineLetters
from docintel.engines.local.lines.line_classifier import SCRIPT_CODES, LineClassifier, LineScores
from docintel.engines.local.lines.line_script import scripts_of_lines
from docintel.engines.local.lines.mending.alike import (
    LIKE_LATIN,
    latin_readings,
    may_hold_latin,
    with_latin_letters,
    with_latin_words,
    with_native_twins,
    with_native_words,
)
from docintel.engines.local.lines.mending.counted import with_counted_digits
from docintel.engines.local.lines.mending.numbers import GARBLES_DIGITS, are_latin, with_numbers
from docintel.engines.local.lines.mending.orthography import normalised_spelling
from docintel.engines.local.lines.mending.raised import with_raised_digits
from docintel.engines.local.lines.mending.signs import with_signs
from docintel.engines.local.lines.mending.voting import NO_UNITS, SURE_CODE, may_be_code, measures, voted, whole
from docintel.engines.local.lines.rapid import LINE_HEIGHT, Rapid, line_crop
from docintel.engines.local.lines.remembered import Remembered
from docintel.engines.local.lines.tesseract import Tesseract, preparation
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.engines.local.scripts import SCRIPTS, scripts_of
from docintel.language import language_of

SAMPLE_LETTERS = 180
"""Letters that are read to find a page's language."""
SURER = 0.1
"""Confidence by which our own letters must be surer than Tesseract to be taken: they know no doubt of words."""
SURER_IN = {"Arab": 0.2}
"""The same by script: Tesseract knows what dots a word must have."""
SURER_THAN_RAPID = 0.03
"""The same against RapidOCR."""
MIN_WIDTH = 1.25
"""Heights; words less wide are not looked at for their script."""
MIN_WORD_CONFIDENCE = 0.7
"""Words of other scripts that Tesseract reads with less confidence are looked at again: they may be Latin."""
MIN_LATIN_CONFIDENCE = 0.88
"""Latin lines that Tesseract reads with less confidence are read by RapidOCR too."""
SIGNED = frozenset({"Latn", "Cyrl", "Grek"})
"""Scripts whose lines are looked through for signs of measure: in others, letters are too much like them."""
RAPID_LANGUAGES = frozenset(SCRIPTS["Latn"].languages) - {"vi"}
"""Languages whose letters RapidOCR's recogniser can write."""


VIETNAMESE = re.compile("[ĂăĐđƠơƯư\u1ea0-\u1ef9]")
"""Letters that RapidOCR leaves out."""


class Recogniser:
    def __init__(
        self, rapid: Rapid, tesseract: Tesseract, classifier: LineClassifier, line_letters: LineLetters
    ) -> None:
        self._classifier = classifier
        self._letters = line_letters
        self._rapid = rapid
        self._tesseract = tesseract
        self._with_rapid = Remembered(self._read_by_rapid)
        self._with_letters = Remembered(self._read_by_letters)

    def read(
        self, pixels: Pixels, quads: Sequence[Quad], scores: LineScores, *, languages: tuple[str, ...] = ()
    ) -> list[ReadLine]:
        """What each line says, in the order of `quads`. Raises EngineUnavailable where a language is not installed."""
        scripts = self._scripts(pixels, quads, scores)
        read = self._latin_readings(scripts, pixels, quads)
        for script in sorted(set(scripts)):
            members = [n for n, of_line in enumerate(scripts) if of_line == script and n not in read]
            lines = self._read_script(script, pixels, [quads[i] for i in members], languages)
            read |= zip(members, lines, strict=True)
        return [read[index] for index in range(len(quads))]

    def _scripts(self, pixels: Pixels, quads: Sequence[Quad], scores: LineScores) -> list[str]:
        def some(indices: Sequence[int]) -> list[Quad]:
            return [quads[index] for index in indices]

        return scripts_of_lines(
            quads,
            scores.scripts,
            in_letters=lambda indices: self._with_letters(pixels, some(indices)),
            in_han=lambda indices: self._with_rapid(pixels, some(indices)),
        )

    def _latin_readings(self, scripts: Sequence[str], pixels: Pixels, quads: Sequence[Quad]) -> dict[int, ReadLine]:
        """What lines say that look as if they were in a script with letters like Latin ones, and are Latin."""
        members = [index for index, script in enumerate(scripts) if script in LIKE_LATIN]
        found = latin_readings(pixels, [quads[index] for index in members], self._english, self._with_rapid)
        return {n: self._finished(line, pixels, quads[n]) for n, line in zip(members, found, strict=True) if line}

    def _read_script(
        self, script: str, pixels: Pixels, quads: Sequence[Quad], languages: tuple[str, ...]
    ) -> list[ReadLine]:
        if script == "Hani":
            return self._with_rapid(pixels, quads)
        language = self._language(script, pixels, quads, languages)
        model = SCRIPTS[script].languages.get(language, SCRIPTS[script].model)
        lines = [normalised_spelling(line, language) for line in self._with_tesseract(model, pixels, quads)]
        if script in GARBLES_DIGITS and are_latin(lines):
            readers = (self._english, self._with_rapid)
            lines = [with_numbers(line, pixels, quad, readers) for quad, line in zip(quads, lines, strict=True)]
        tesseract = lines
        is_rapids = script == "Latn" and (language in RAPID_LANGUAGES or language not in SCRIPTS["Latn"].languages)
        if script == "Latn":
            lines = [self._with_native_words(pixels, quad, line) for quad, line in zip(quads, lines, strict=True)]
            tesseract = lines
        if is_rapids:
            lines = whole(self._second_opinions(pixels, quads, lines), pixels, quads, self._with_letters)
        margins = [
            SURER_IN.get(script, SURER) if line is theirs else SURER_THAN_RAPID
            for line, theirs in zip(lines, tesseract, strict=True)
        ]
        if is_rapids or script in LIKE_LATIN:
            lines = self._voted(pixels, quads, lines, tesseract)
        if script in LIKE_LATIN:
            lines = measures(lines, pixels, quads, self._with_rapid, self._with_letters, script=script)
        before = lines
        lines = self._letter_by_letter(script, pixels, quads, lines, margins)
        ours = [line.text != other.text for line, other in zip(lines, before, strict=True)]
        if script != "Latn":
            lines = [self._with_latin_words(pixels, quad, line) for quad, line in zip(quads, lines, strict=True)]
        if script in LIKE_LATIN:
            readers = (self._english, self._with_rapid)
            doubtful = [index for index, line in enumerate(lines) if may_hold_latin(line)]
            own = self._with_letters(pixels, [quads[index] for index in doubtful])
            for index, letter_by_letter in zip(doubtful, own, strict=True):
                lines[index] = with_latin_letters(lines[index], letter_by_letter)
            for index in doubtful:
                lines[index] = with_latin_words(lines[index], pixels, quads[index], *readers)
            places = [quads[index] for index in doubtful]
            codes = voted(
                [lines[index] for index in doubtful], pixels, places, readers, ask=may_be_code, sure=SURE_CODE
            )
            for index, line in zip(doubtful, codes, strict=True):
                lines[index] = line
        if script in SIGNED:
            lines = [self._finished(line, pixels, quad) for quad, line in zip(quads, lines, strict=True)]
        return [letters.calibrated(line) if is_ours else line for line, is_ours in zip(lines, ours, strict=True)]

    def _finished(self, line: ReadLine, pixels: Pixels, quad: Quad) -> ReadLine:
        """The line with its signs of measure, its digits counted, and those that are raised."""
        line = with_signs(line, pixels, quad, self._with_rapid_raised)
        return with_raised_digits(with_counted_digits(line, pixels, quad, self._with_rapid), pixels, quad)

    def _with_native_words(self, pixels: Pixels, quad: Quad, line: ReadLine) -> ReadLine:
        models = {script: partial(self._with_tesseract, SCRIPTS[script].model) for script in LIKE_LATIN}
        return with_native_words(line, pixels, quad, self._script_of, models)

    def _script_of(self, pixels: Pixels, place: Quad) -> str:
        looked = self._classifier.classify([crop(pixels, place, height=LINE_HEIGHT)]).scripts[0]
        return SCRIPT_CODES[int(looked.argmax())]

    def _with_latin_words(self, pixels: Pixels, quad: Quad, line: ReadLine) -> ReadLine:
        """The line with the words read anew that look Latin: names and addresses, garbled by other scripts' models."""
        words: list[ReadWord] = []
        sure = [word for word in line.words if word.confidence >= MIN_WORD_CONFIDENCE]
        for doubtful, run in groupby(line.words, key=lambda word: word.confidence < MIN_WORD_CONFIDENCE):
            these = tuple(run)
            words += (self._latin(pixels, quad, these, sure) if doubtful else None) or these
        if tuple(words) == line.words:
            return line
        return replace(line, text=" ".join(word.text for word in words), words=tuple(words))

    def _latin(
        self, pixels: Pixels, quad: Quad, words: Sequence[ReadWord], sure: Sequence[ReadWord]
    ) -> tuple[ReadWord, ...] | None:
        """Words next to each other as Latin ones; None where they don't look so or aren't read with more confidence."""
        start, end = _extent(words, sure, margin=0.15 / _length(quad))
        place = part(quad, start, end)
        if end <= start or _length(place) < MIN_WIDTH:
            return None
        if self._script_of(pixels, place) != "Latn":
            return None
        (latin,) = self._english(pixels, [place])
        if latin.confidence <= max(word.confidence for word in words):
            return None
        return tuple(
            replace(word, start=start + word.start * (end - start), end=start + word.end * (end - start))
            for word in latin.words
        )

    def _language(self, script: str, pixels: Pixels, quads: Sequence[Quad], languages: tuple[str, ...]) -> str:
        """Read from a few of the longest lines; not at all where the script or the user leaves no choice."""
        choices = list(SCRIPTS[script].languages)
        named = [code for code in choices if code in languages]
        if len(named or choices) == 1:
            return (named or choices)[0]
        text = ""
        for quad in sorted(quads, key=lambda quad: -size(quad)[0]):
            text += " " + self._with_tesseract(SCRIPTS[script].model, pixels, [quad])[0].text
            if scripts_of(text)[script] >= SAMPLE_LETTERS:
                break
        return language_of(text, among=named) or choices[0]

    def _with_tesseract(self, model: str, pixels: Pixels, quads: Sequence[Quad]) -> list[ReadLine]:
        height = preparation(model).height
        return self._tesseract.recognise([crop(pixels, quad, height=height) for quad in quads], model)

    def _read_by_rapid(self, pixels: Pixels, quads: Sequence[Quad]) -> list[ReadLine]:
        return self._rapid.recognise([line_crop(pixels, quad) for quad in quads])

    def _read_by_letters(self, pixels: Pixels, quads: Sequence[Quad]) -> list[ReadLine]:
        return self._letters.recognise([crop(pixels, quad, height=letters.HEIGHT) for quad in quads])

    def _letter_by_letter(
        self, script: str, pixels: Pixels, quads: Sequence[Quad], lines: list[ReadLine], margins: Sequence[float]
    ) -> list[ReadLine]:
        """The lines, doubtful ones as our own letters say where those are surer by each line's margin."""
        if script not in letters.SCRIPTS:
            return lines
        doubtful = [index for index, line in enumerate(lines) if line.confidence + margins[index] < 1]
        others = self._with_letters(pixels, [quads[index] for index in doubtful])
        chosen = dict(enumerate(lines))
        for index, other in zip(doubtful, others, strict=True):
            other = with_native_twins(other, script) if script in LIKE_LATIN else other
            foreign = {*scripts_of(other.text)} - {script, "Latn"} or letters.has_others_digits(other.text, script)
            is_surer = other.confidence > lines[index].confidence + margins[index]
            kept = replace(lines[index], by_hand=other.by_hand)
            chosen[index] = other if is_surer and not foreign else kept
        return [chosen[index] for index in range(len(lines))]

    def _english(self, pixels: Pixels, quads: Sequence[Quad]) -> list[ReadLine]:
        return self._with_tesseract("eng", pixels, quads)

    def _with_rapid_raised(self, pixels: Pixels, quads: Sequence[Quad]) -> list[ReadLine]:
        lines = self._with_rapid(pixels, quads)
        return [with_raised_digits(line, pixels, quad) for line, quad in zip(lines, quads, strict=True)]

    def _voted(
        self, pixels: Pixels, quads: Sequence[Quad], lines: list[ReadLine], tesseract: Sequence[ReadLine]
    ) -> list[ReadLine]:
        """The lines, words that Tesseract doubts in its own as others read them."""
        own = [index for index, line in enumerate(lines) if line is tesseract[index]]
        readers = (self._with_letters, self._with_rapid)
        found = voted([lines[index] for index in own], pixels, [quads[index] for index in own], readers)
        chosen = dict(enumerate(lines)) | dict(zip(own, found, strict=True))
        return [chosen[index] for index in range(len(lines))]

    def _second_opinions(self, pixels: Pixels, quads: Sequence[Quad], lines: list[ReadLine]) -> list[ReadLine]:
        doubtful = [index for index, line in enumerate(lines) if line.confidence < MIN_LATIN_CONFIDENCE]
        others = self._with_rapid(pixels, [quads[index] for index in doubtful])
        chosen = dict(enumerate(lines))
        for index, other in zip(doubtful, others, strict=True):
            chosen[index] = better(lines[index], other)
        return [chosen[index] for index in range(len(lines))]


def _extent(words: Sequence[ReadWord], sure: Sequence[ReadWord], *, margin: float) -> tuple[float, float]:
    """Where doubtful words stand on their line: their boxes, which are doubtful too, cut off at words that are sure."""
    start, end = min(word.start for word in words), max(word.end for word in words)
    first = min(words, key=lambda word: word.start)
    before = max((word.end for word in sure if word.end <= (first.start + first.end) / 2), default=0.0)
    after = min((word.start for word in sure if word.start > start), default=1.0)
    return max(start - margin, before), min(end + margin, after)


def better(tesseract: ReadLine, rapid: ReadLine) -> ReadLine:
    """RapidOCR is surer of itself than Tesseract, right or wrong; its Chinese on a Latin line is always wrong."""
    foreign = {*scripts_of(rapid.text.translate(NO_UNITS)), *scripts_of(tesseract.text)} - {"Latn"}
    return tesseract if foreign or rapid.confidence < 0.5 or VIETNAMESE.search(tesseract.text) else rapid


def _length(quad: Quad) -> float:
    across, down = size(quad)
    return across / max(down, 1.0)
