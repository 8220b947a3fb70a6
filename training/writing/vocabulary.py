"""The small model's tokens: Qwen3-VL's special tokens, one for each piece of markup and each coordinate, characters.

A page's answer is mostly characters, so that reading stays letter by letter; what is markup costs few tokens:
an opening tag with its `data-bbox="` is one token, and so is each coordinate with what follows it (`12 ` or `12">`).
Coordinates are even numbers 0…1000: half the vocabulary, an error of at most one thousandth of the page.
"""

from __future__ import annotations

from functools import cache

from training.text.charset import CHARACTERS

END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL: tuple[str, ...] = (
    END_OF_TEXT, START, END, "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
    "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>",
    "<|video_pad|>",
)  # fmt: skip
UNKNOWN = "<|unknown|>"

BOXED: tuple[str, ...] = ("text", "table", "image", "page_header", "page_footer", "key_value", "caption")
_SPANS = ("", ' colspan="2"', ' colspan="3"', ' rowspan="2"')
MARKUP: tuple[str, ...] = (
    "<html><body>", "</body></html>",
    *(f'<div class="{name}" data-bbox="' for name in BOXED), "</div>",
    '<h1 data-bbox="', "</h1>", '<h2 data-bbox="', "</h2>",
    "<ul>", '<li data-bbox="', "</li>", "</ul>",
    "<table>", "</table></div>",
    *(f"{before}<{tag}{span}>" for tag in ("td", "th") for span in _SPANS for before in ("<tr>", "</td>", "</th>")),
    "</td></tr>", "</th></tr>", "&amp;", "&lt;", "&gt;",
)  # fmt: skip
STEP = 2
NUM_COORDINATES = 1000 // STEP + 1
COORDINATES: tuple[str, ...] = (
    *(f"{STEP * n} " for n in range(NUM_COORDINATES)),
    *(f'{STEP * n}">' for n in range(NUM_COORDINATES)),
)
TOKENS: tuple[str, ...] = (*SPECIAL, UNKNOWN, *MARKUP, *COORDINATES, *CHARACTERS)
NUM_TOKENS = -(-len(TOKENS) // 64) * 64
"""Rows of the embedding: the tokens, rounded up to a multiple of 64 for the matrix units."""

FIRST_COORDINATE = TOKENS.index("0 ")
FIRST_CHARACTER = FIRST_COORDINATE + len(COORDINATES)
ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

PAGE_PROMPT = "qwenvl html"
REGION_PROMPT = "Read all the text in the image."
CHAT_TEMPLATE = (
    "{%- if messages[0].role == 'system' -%}{{- '<|im_start|>system\n' -}}"
    "{%- if messages[0].content is string -%}{{- messages[0].content -}}{%- else -%}"
    "{%- for part in messages[0].content -%}{%- if 'text' in part -%}{{- part.text -}}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{- '<|im_end|>\n' -}}{%- endif -%}"
    "{%- for message in messages -%}{%- if message.role != 'system' -%}"
    "{{- '<|im_start|>' + message.role + '\n' -}}"
    "{%- if message.content is string -%}{{- message.content -}}{%- else -%}"
    "{%- for part in message.content -%}"
    "{%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}"
    "{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}"
    "{%- elif part.type == 'video' or 'video' in part -%}{{- '<|vision_start|><|video_pad|><|vision_end|>' -}}"
    "{%- elif 'text' in part -%}{{- part.text -}}{%- endif -%}{%- endfor -%}{%- endif -%}"
    "{{- '<|im_end|>\n' -}}{%- endif -%}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}"
)
"""One user message of an image and a text, rendered as Qwen3-VL's own template renders it."""


@cache
def ids() -> dict[str, int]:
    """Token → id."""
    return {token: index for index, token in enumerate(TOKENS)}


def text_ids(text: str) -> list[int]:
    """Ids of plain text, a character each; special tokens inside are recognised."""
    table, found, start = ids(), [], 0
    while start < len(text):
        special = next((token for token in SPECIAL if text.startswith(token, start)), None)
        token = special or text[start]
        found.append(table.get(token, table[UNKNOWN]))
        start += len(token)
    return found


def prompt_ids(prompt: str, num_visual: int) -> list[int]:
    """The whole prompt of one image and one text, up to where the answer starts."""
    image = "<|vision_start|>" + "<|image_pad|>" * num_visual + "<|vision_end|>"
    return text_ids(f"{START}user\n{image}{prompt}{END}\n{START}assistant\n")


def box_ids(box: tuple[float, float, float, float]) -> list[int]:
    """Four coordinate tokens of a box in fractions of the page; the last one closes the tag."""
    steps = [min(max(round(1000 * value / STEP), 0), NUM_COORDINATES - 1) for value in box]
    return [FIRST_COORDINATE + step for step in steps[:3]] + [FIRST_COORDINATE + NUM_COORDINATES + steps[3]]


def decode(token_ids: list[int]) -> str:
    """The text of an answer, up to its end token."""
    pieces = []
    for index in token_ids:
        if index in (ids()[END], ids()[END_OF_TEXT]) or index >= len(TOKENS):
            break
        pieces.append(TOKENS[index])
    return "".join(pieces)
