"""What a model reasons before it answers: no part of the answer, never shown and never cited.

The chat templates of the Thinking checkpoints open the reasoning in the prompt, so that what the model generates begins
in the middle of it.
"""

OPENS, CLOSES = "<think>", "</think>"
MAX_TOKENS = 16_384
"""Tokens that reasoning may take beside those of the answer, as far as the context goes."""


def is_thinking_model(model: str) -> bool:
    """By its name; the published ones say so there."""
    return "thinking" in model.casefold()


def opens_reasoning(prompt: str) -> bool:
    """Whether a prompt ends in the beginning of the reasoning."""
    return prompt.rstrip().endswith(OPENS)


def strip_reasoning(text: str, *, is_open: bool) -> str:
    """What follows the reasoning, nothing while that goes on; all where there is none.

    `is_open`: the reasoning had begun before the model generated anything.
    """
    if is_open or text.lstrip().startswith(OPENS):
        return text.partition(CLOSES)[2].lstrip()
    return text
