"""What a model thinks before it answers: no part of the answer, never shown and never cited.

The chat templates of the Thinking checkpoints open the reasoning in the prompt, so that what the model says begins in
the middle of it.
"""

OPENS, CLOSES = "<think>", "</think>"
ROOM = 16_384
"""Tokens that reasoning may take beside those of the answer, as far as the context goes."""


def thinks(model: str) -> bool:
    """Whether a model of that name is a Thinking one; the published ones say so in their names."""
    return "thinking" in model.casefold()


def is_opened(prompt: str) -> bool:
    """Whether a prompt ends in the beginning of the reasoning."""
    return prompt.rstrip().endswith(OPENS)


def answer_in(said: str, *, is_open: bool) -> str:
    """What follows the reasoning, nothing while that goes on; all where there is none.

    `is_open`: the reasoning had begun before the model said anything.
    """
    if is_open or said.lstrip().startswith(OPENS):
        return said.partition(CLOSES)[2].lstrip()
    return said
