"""The ladder: how a page is asked for again when an answer goes round in circles, breaks off or says nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from docintel.markup import HTML_PROMPT, MARKDOWN_PROMPT, Parsed, read_html, read_markdown
from docintel.runtime import Request


@dataclass(frozen=True)
class RetryStep:
    """One way to ask for a page."""

    what: str
    prompt: str = HTML_PROMPT
    read: Callable[[str], Parsed] = read_html
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    """Another one where an answer is drawn again."""
    scale: float = 1.0
    """Of the visual tokens that the page would have."""

    def request(self, template: Request, pixels: NDArray[np.uint8]) -> Request:
        """Asks for a page as `template` says, but for what this way changes."""
        return replace(
            template,
            text=self.prompt,
            images=(pixels,),
            scale=self.scale,
            temperature=max(template.temperature, self.temperature),
            top_p=min(template.top_p, self.top_p),
            seed=self.seed,
        )


FIRST = RetryStep("html")
FALLBACKS = (
    FIRST,
    RetryStep("html, temperature 0.1", temperature=0.1, seed=1),
    RetryStep("html, temperature 0.3", temperature=0.3, top_p=0.95, seed=2),
    RetryStep("html, other size", scale=0.7),
    RetryStep("markdown", prompt=MARKDOWN_PROMPT, read=read_markdown),
)
"""Then come regions, and at last the local engine."""

READERS = {HTML_PROMPT: read_html, MARKDOWN_PROMPT: read_markdown}


def smaller(step: RetryStep) -> RetryStep:
    """The same with half the pixels: for a GPU that has no more memory."""
    return replace(step, what=f"{step.what.partition(', half')[0]}, half the pixels", scale=step.scale / 2)
