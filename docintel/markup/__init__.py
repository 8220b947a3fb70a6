"""What Qwen3-VL is asked, and how its answers are read.

Prompts and formats are those of the model's own cookbooks: `qwenvl html` and `qwenvl markdown` for a whole page, a
question for the words and lines with their boxes, one for plain text of a region. Readers are total: whatever a model
says, they return what can be used of it and never raise. What leaves them is text and geometry, never markup.
"""

from docintel.markup.html import read_html
from docintel.markup.markdown import read_markdown
from docintel.markup.parsed import WHOLE_PAGE, Parsed
from docintel.markup.plain_text import last_words, read_text
from docintel.markup.spotting import read_spots

__all__ = [
    "HTML_PROMPT",
    "LINES_PROMPT",
    "MARKDOWN_PROMPT",
    "TEXT_PROMPT",
    "WHOLE_PAGE",
    "WORDS_PROMPT",
    "Parsed",
    "last_words",
    "read_html",
    "read_markdown",
    "read_spots",
    "read_text",
]

HTML_PROMPT = "qwenvl html"
MARKDOWN_PROMPT = "qwenvl markdown"
TEXT_PROMPT = "Read all the text in the image."
_SPOTTING = (
    "Spotting all the text in the image with {}-level, and output in JSON format as "
    "[{{'bbox_2d': [x1, y1, x2, y2], 'text_content': 'text'}}, ...]."
)
LINES_PROMPT = _SPOTTING.format("line")
WORDS_PROMPT = _SPOTTING.format("word")
