"""An Engine out of a Generator: pages asked for, answers read, other ways tried, the rest left to the local engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

from docintel.engines import Engine, PageImage
from docintel.engines.generative.pages import agreement_with, is_blank, page_of
from docintel.engines.generative.regions import read_regions
from docintel.engines.generative.rungs import LADDER, READERS, Rung, smaller
from docintel.errors import DocintelError, OutOfDeviceMemory
from docintel.markup import LINES_PROMPT, WORDS_PROMPT, Parsed, read_spots
from docintel.model import Attempt, Page
from docintel.runtime import Generated, Generator, Heard, Request, everything
from docintel.settings import Settings

Fallback = Callable[[], Engine]

MOST_HALVINGS = 2
OUTCOMES = {"end": "read", "length": "broke off", "loop": "went round in circles", "cancelled": "was cancelled"}
NOTHING = "said nothing"
DOUBTED = "disagrees with the text layer"
WORST_AGREEMENT = 0.5
SPOTTING = {"lines": LINES_PROMPT, "words": WORDS_PROMPT}


@dataclass(frozen=True)
class Manner:
    """How pages are shown and asked for; all of it but `priority` belongs to the fingerprint."""

    mode: Literal["page", "regions"] = "page"
    words: Literal["none", "lines", "words"] = "none"
    min_tokens: int = 512
    max_tokens: int = 2_048
    max_new_tokens: int = 8_192
    temperature: float = 0.0
    top_p: float = 1.0
    priority: int = 0
    """The higher, the sooner."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            mode=settings.read_mode,
            words=settings.read_words,
            min_tokens=settings.read_min_tokens,
            max_tokens=settings.read_max_tokens,
            max_new_tokens=settings.read_new_tokens,
        )

    def request(self, image: PageImage, rung: Rung) -> Request:
        return Request(
            text=rung.prompt,
            images=(image.pixels,),
            min_tokens=min(self.min_tokens, self._budget(rung)),
            max_tokens=self._budget(rung),
            max_new_tokens=self.max_new_tokens,
            temperature=max(self.temperature, rung.temperature),
            top_p=min(self.top_p, rung.top_p),
            priority=self.priority,
        )

    def _budget(self, rung: Rung) -> int:
        return max(int(self.max_tokens * rung.scale), 4)


@dataclass
class _Reading:
    """One page on its way: what was said so far, and what of it can be used."""

    image: PageImage
    attempts: list[Attempt] = field(default_factory=list)
    parsed: Parsed | None = None
    failure: DocintelError | None = None
    num_halvings: int = 0

    @property
    def is_open(self) -> bool:
        return self.parsed is None and self.failure is None


class GenerativeEngine:
    """Reads with whatever generates.

    `fallback` opens the local engine: its layout cuts a page into regions, and its text stands where the model fails.
    """

    def __init__(self, name: str, generator: Generator, fallback: Fallback, manner: Manner = Manner()) -> None:
        self._name = name
        self._generator = generator
        self._fallback = fallback
        self._manner = manner

    @property
    def fingerprint(self) -> str:
        """Nothing of how answers are parsed: what was said is kept, and read anew by a better reader."""
        manner = self._manner
        asked = f"{manner.mode}/{manner.words}/{manner.min_tokens}-{manner.max_tokens}/{manner.max_new_tokens}"
        drawn = f"/t{manner.temperature}p{manner.top_p}" if manner.temperature else ""
        return f"{self._name}/{self._generator.name}/{asked}{drawn}"

    def asked(self, manner: Manner) -> Self:
        """The same model, asked in another manner."""
        return type(self)(self._name, self._generator, self._fallback, manner)

    def read(self, images: Sequence[PageImage], heard: Heard = everything) -> list[Page | DocintelError]:
        readings = [_Reading(image) for image in images]
        if self._manner.mode == "page":
            self._climb(readings, heard)
        return [self._page(reading) for reading in readings]

    def parsed(self, image: PageImage, page: Page) -> Page:
        """A kept page as today's reader of answers reads it; as it is, where parts were asked for one by one."""
        last = page.attempts[-1] if page.attempts else None
        if last is None or last.block is not None or last.prompt not in READERS or last.outcome != OUTCOMES["end"]:
            return page
        return page_of(image, READERS[last.prompt](last.text), page.attempts, engine=page.engine)

    def _climb(self, readings: list[_Reading], heard: Heard) -> None:
        """Rung by rung, each with the pages that the ones before could not read."""
        for rung in LADDER:
            waiting = [reading for reading in readings if reading.is_open]
            while waiting:
                self._try(waiting, rung, heard)
                rung = smaller(rung)
                waiting = [each for each in waiting if each.is_open and self._ran_out(each)]

    def _ran_out(self, reading: _Reading) -> bool:
        """Whether the last attempt needed more memory than there is, and fewer pixels may help."""
        if reading.attempts[-1].outcome != OutOfDeviceMemory.SAID or reading.num_halvings >= MOST_HALVINGS:
            return False
        reading.num_halvings += 1
        return True

    def _try(self, readings: list[_Reading], rung: Rung, heard: Heard) -> None:
        requests = [self._manner.request(reading.image, rung) for reading in readings]
        for reading, answer in zip(readings, self._generator.generate(requests, heard), strict=True):
            self._take(reading, rung, answer)

    def _take(self, reading: _Reading, rung: Rung, answer: Generated | DocintelError) -> None:
        if isinstance(answer, DocintelError):
            said = OutOfDeviceMemory.SAID if isinstance(answer, OutOfDeviceMemory) else str(answer)
            reading.attempts.append(Attempt(what=rung.what, prompt=rung.prompt, text="", outcome=said))
            return
        parsed = rung.read(answer.text)
        outcome = _outcome(answer, parsed, reading.image)
        reading.attempts.append(
            Attempt(
                what=rung.what,
                prompt=rung.prompt,
                text=answer.text,
                outcome=outcome,
                num_tokens=answer.num_tokens,
                seconds=round(answer.seconds, 3),
            )
        )
        if outcome == OUTCOMES["end"]:
            reading.parsed = parsed

    def _page(self, reading: _Reading) -> Page | DocintelError:
        if reading.parsed is not None:
            parsed = self._with_words(reading, reading.parsed)
            return page_of(reading.image, parsed, reading.attempts, engine=self.fingerprint)
        [basis] = self._fallback().read([reading.image])
        if isinstance(basis, DocintelError):
            return basis
        return read_regions(reading.image, basis, reading.attempts, self._generator, engine=self.fingerprint)

    def _with_words(self, reading: _Reading, parsed: Parsed) -> Parsed:
        """With words or lines and their boxes, where they are asked for and the file has none of its own."""
        prompt = SPOTTING.get(self._manner.words)
        if prompt is None or reading.image.words:
            return parsed
        [answer] = self._generator.generate([self._manner.request(reading.image, Rung("spotting", prompt=prompt))])
        if isinstance(answer, DocintelError):
            return parsed.model_copy(update={"notes": (*parsed.notes, f"No words could be spotted: {answer}")})
        return parsed.model_copy(update={"words": read_spots(answer.text).words})


def _outcome(answer: Generated, parsed: Parsed, image: PageImage) -> str:
    if answer.end != "end":
        return OUTCOMES[answer.end]
    if not parsed.blocks and not is_blank(image):
        return NOTHING
    return DOUBTED if agreement_with(image.words, parsed.blocks) < WORST_AGREEMENT else OUTCOMES["end"]
