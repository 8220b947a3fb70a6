"""An Engine out of a Generator: pages asked for, answers read, other ways tried, the rest left to the local engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Self

from docintel.engines import Engine
from docintel.engines.generative import comparing
from docintel.engines.generative.comparing import IsHard, When
from docintel.engines.generative.fallbacks import FALLBACKS, READERS, RetryStep, smaller
from docintel.engines.generative.pages import agreement_with, is_blank, page_of
from docintel.engines.generative.regions import read_regions
from docintel.errors import DocintelError, OutOfDeviceMemory, PageError
from docintel.intake.page_image import PageImage
from docintel.markup import HTML_PROMPT, LINES_PROMPT, WORDS_PROMPT, Parsed, read_spots
from docintel.model import Attempt, Page
from docintel.runtime import Generated, Generator, ProgressCallback, Request, ignore_progress
from docintel.settings import Settings

Fallback = Callable[[], Engine]
TurnOf = Callable[[PageImage], int]

VERSION = 2
"""Raised when the same pixels would be shown or asked about differently."""
MAX_HALVINGS = 2
OUTCOMES = {"end": "read", "length": "broke off", "loop": "went round in circles", "cancelled": "was cancelled"}
NOTHING = "said nothing"
DOUBTED = "disagrees with the text layer"
WORST_AGREEMENT = 0.5
SPOTTING = {"lines": LINES_PROMPT, "words": WORDS_PROMPT}
PAGE = Request(HTML_PROMPT, min_tokens=512)


@dataclass(frozen=True)
class PromptOptions:
    """How pages are shown and asked for; all of it but the priority and `compare` belongs to the fingerprint."""

    mode: Literal["page", "regions"] = "page"
    words: Literal["none", "lines", "words"] = "none"
    template: Request = PAGE
    """What is common to all questions about a page: budgets, how tokens are chosen, priority."""
    compare: When = "auto"
    """Which pages the local engine reads too, to find what the model made up or left out."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        template = Request(
            HTML_PROMPT,
            min_tokens=min(settings.read_min_tokens, settings.read_max_tokens),
            max_tokens=settings.read_max_tokens,
            max_new_tokens=settings.read_new_tokens,
        )
        return cls(
            mode=settings.read_mode, words=settings.read_words, template=template, compare=settings.compare_readings
        )


@dataclass(eq=False)
class _Reading:
    """One page on its way: what was said so far, and what of it can be used."""

    place: int
    given: PageImage
    rotation: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    parsed: Parsed | None = None
    num_halvings: int = 0
    is_wanted: bool = True

    @cached_property
    def image(self) -> PageImage:
        """Upright, as it is shown to the model."""
        return self.given.turned(self.rotation) if self.rotation else self.given

    @property
    def is_open(self) -> bool:
        return self.parsed is None and self.is_wanted

    @property
    def num_tokens(self) -> int:
        """Of the answers that have ended."""
        return sum(attempt.num_tokens for attempt in self.attempts)


class GenerativeEngine:
    """Reads with whatever generates.

    `fallback` opens the local engine, when it is first needed: its layout cuts a page into regions, and its text stands
    where the model fails, and what it reads is compared with what the model writes. `turn_of` says how many degrees
    clockwise a page is to be turned before it is shown; `is_hard`, of an upright page, whether it is one of those that
    `auto` compares.
    """

    def __init__(
        self,
        name: str,
        generator: Generator,
        fallback: Fallback,
        options: PromptOptions = PromptOptions(),
        *,
        turn_of: TurnOf = lambda _image: 0,
        is_hard: IsHard = lambda _image: False,
    ) -> None:
        self._name = name
        self._generator = generator
        self._fallback = fallback
        self._options = options
        self._turn_of = turn_of
        self._is_hard = is_hard

    @property
    def fingerprint(self) -> str:
        """Nothing of how answers are parsed: what was said is kept, and read anew by a better reader."""
        options, template = self._options, self._options.template
        budget = f"{options.mode}/{options.words}/{template.min_tokens}-{template.max_tokens}/{template.max_new_tokens}"
        sampling = f"/t{template.temperature}p{template.top_p}" if template.temperature else ""
        return f"{self._name}/{VERSION}/{self._generator.name}/{budget}{sampling}"

    def with_options(self, options: PromptOptions) -> Self:
        """The same model, asked with other options."""
        return type(self)(
            self._name, self._generator, self._fallback, options, turn_of=self._turn_of, is_hard=self._is_hard
        )

    def read(
        self, images: Sequence[PageImage], on_progress: ProgressCallback = ignore_progress
    ) -> list[Page | DocintelError]:
        readings = [_Reading(place, image) for place, image in enumerate(images)]
        if self._options.mode == "page":
            for reading in readings:
                reading.rotation = self._turn_of(reading.given)
            self._read_with_fallbacks(readings, on_progress)
        return [self._page(reading, on_progress) for reading in readings]

    def parsed(self, image: PageImage, page: Page) -> Page:
        """A kept page as today's reader of answers reads it, and compared as today's settings say; where parts were
        asked for one by one, as it is."""
        asked = comparing.models_attempts(page.attempts)
        last = asked[-1] if asked else None
        if last is None or last.block is not None or last.prompt not in READERS or last.outcome != OUTCOMES["end"]:
            return page
        upright = image.turned(page.rotation)
        anew = page_of(upright, READERS[last.prompt](last.text), asked, engine=page.engine, rotation=page.rotation)
        kept = next(filter(comparing.is_comparison, page.attempts), None)
        was_due = kept is not None or self._options.compare == "always"
        return self._compared(anew, upright, kept, is_due=was_due)

    def _compared(self, page: Page, image: PageImage, kept: Attempt | None = None, *, is_due: bool) -> Page:
        """The page with its doubts, where it is due to be compared; `kept` is what the local engine has said of it."""
        if not is_due or self._options.compare == "never" or image.words:
            return page
        if kept is None or not kept.text:
            kept = comparing.read_to_compare(image, lambda: self._local)
        return comparing.compared(page.model_copy(update={"attempts": (*page.attempts, kept)}))

    @cached_property
    def _local(self) -> Engine:
        return self._fallback()

    def _ask(
        self, requests: Sequence[Request], readings: Sequence[_Reading], on_progress: ProgressCallback
    ) -> list[Generated | DocintelError]:
        """`readings[n]` is the page that request n is about."""
        return self._generator.generate(requests, _progress_by_page(readings, on_progress))

    def _read_with_fallbacks(self, readings: list[_Reading], on_progress: ProgressCallback) -> None:
        """Step by step, each with the pages that the ones before could not read."""
        for step in FALLBACKS:
            waiting = [reading for reading in readings if reading.is_open]
            while waiting:
                self._try(waiting, step, on_progress)
                step = smaller(step)
                waiting = [each for each in waiting if each.is_open and self._can_shrink(each)]

    def _can_shrink(self, reading: _Reading) -> bool:
        """Whether the last attempt needed more memory than there is, and fewer pixels may help."""
        if reading.attempts[-1].outcome != OutOfDeviceMemory.SAID or reading.num_halvings >= MAX_HALVINGS:
            return False
        reading.num_halvings += 1
        return True

    def _try(self, readings: list[_Reading], step: RetryStep, on_progress: ProgressCallback) -> None:
        requests = [step.request(self._options.template, reading.image.pixels) for reading in readings]
        for reading, answer in zip(readings, self._ask(requests, readings, on_progress), strict=True):
            self._record(reading, step, answer)

    def _record(self, reading: _Reading, step: RetryStep, answer: Generated | DocintelError) -> None:
        if isinstance(answer, DocintelError):
            outcome = OutOfDeviceMemory.SAID if isinstance(answer, OutOfDeviceMemory) else str(answer)
            reading.attempts.append(Attempt(what=step.what, prompt=step.prompt, text="", outcome=outcome))
            return
        parsed = step.read(answer.text)
        outcome = _outcome(answer, parsed, reading.image)
        reading.attempts.append(
            Attempt(
                what=step.what,
                prompt=step.prompt,
                text=answer.text,
                outcome=outcome,
                num_tokens=answer.num_tokens,
                seconds=round(answer.seconds, 3),
            )
        )
        if outcome == OUTCOMES["end"]:
            reading.parsed = parsed

    def _page(self, reading: _Reading, on_progress: ProgressCallback) -> Page | DocintelError:
        found: Page | DocintelError | None = None
        if reading.parsed is not None:
            found = self._page_of(reading, reading.parsed, on_progress)
        elif reading.is_wanted:
            found = self._page_in_parts(reading, on_progress)
        if found is None or not reading.is_wanted:
            return PageError(f"Page {reading.given.number} was not read to its end: nobody waits for it.")
        return found

    def _page_of(self, reading: _Reading, parsed: Parsed, on_progress: ProgressCallback) -> Page:
        parsed = self._with_words(reading, parsed, on_progress)
        page = page_of(reading.image, parsed, reading.attempts, engine=self.fingerprint, rotation=reading.rotation)
        return self._compared(page, reading.image, is_due=self._is_due(reading.image))

    def _is_due(self, image: PageImage) -> bool:
        """Pages with a text layer have that to be compared with."""
        when = self._options.compare
        return when == "always" or (when == "auto" and not image.words and self._is_hard(image))

    def _page_in_parts(self, reading: _Reading, on_progress: ProgressCallback) -> Page | DocintelError:
        [basis] = self._local.read([reading.given])
        if isinstance(basis, DocintelError):
            return basis

        def ask(requests: Sequence[Request]) -> list[Generated | DocintelError]:
            return self._ask(requests, [reading] * len(requests), on_progress)

        template = self._options.template
        page = read_regions(reading.given, basis, reading.attempts, ask, template=template, engine=self.fingerprint)
        return self._compared(page, reading.given, comparing.attempt_of(basis), is_due=True)

    def _with_words(self, reading: _Reading, parsed: Parsed, on_progress: ProgressCallback) -> Parsed:
        """With words or lines and their boxes, where they are asked for and the file has none of its own."""
        prompt = SPOTTING.get(self._options.words)
        if prompt is None or reading.given.words:
            return parsed
        spotting = replace(self._options.template, text=prompt, images=(reading.image.pixels,))
        [answer] = self._ask([spotting], [reading], lambda place, _json, count: on_progress(place, "", count))
        if isinstance(answer, DocintelError):
            return parsed.model_copy(update={"notes": (*parsed.notes, f"No words could be spotted: {answer}")})
        return parsed.model_copy(update={"words": read_spots(answer.text).words})


def _progress_by_page(readings: Sequence[_Reading], on_progress: ProgressCallback) -> ProgressCallback:
    """Tells of requests as of their pages, with all tokens of a page; `readings[n]` is the page of request n."""
    counts = [0] * len(readings)

    def report(number: int, text: str, num_tokens: int) -> bool:
        reading = readings[number]
        counts[number] = num_tokens
        now = sum(count for each, count in zip(readings, counts, strict=True) if each is reading)
        reading.is_wanted = reading.is_wanted and on_progress(reading.place, text, reading.num_tokens + now)
        return reading.is_wanted

    return report


def _outcome(answer: Generated, parsed: Parsed, image: PageImage) -> str:
    if answer.end != "end":
        return OUTCOMES[answer.end]
    if not parsed.blocks and not is_blank(image):
        return NOTHING
    return DOUBTED if agreement_with(image.words, parsed.blocks) < WORST_AGREEMENT else OUTCOMES["end"]
