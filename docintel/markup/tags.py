"""A tokenizer for HTML that a model wrote: tags and the texts between them.

Not a parser of the web's HTML: a model writes a few tags, forgets to close them, stops in the middle of one, and quotes
pages on which `a < b` or `<name>` is printed. Only what is known as a tag is one; everything else is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docintel.markup.plain_text import unescaped

KNOWN_TAGS = frozenset(
    "a abbr annotation article aside b blockquote body br button caption center cite code col colgroup dd del details "
    "dfn div dl dt em figcaption figure font footer form frac h1 h2 h3 h4 h5 h6 head header hr html i iframe img input "
    "ins kbd label legend li link main mark math meta mfrac mi mn mo mover mrow ms mspace msqrt mstyle msub msubsup "
    "msup mtable mtd mtext mtr munder nav object ol option p path pre q rp rt ruby s samp script section select "
    "semantics small span strike strong style sub summary sup svg table tbody td textarea tfoot th thead time title tr "
    "tt u ul var video".split()
)
HIDDEN_TAGS = frozenset({"script", "style", "head", "title", "iframe", "object", "svg", "select", "video"})
"""What stands inside these is never text of the page."""
VOID_TAGS = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "path"})
NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})(?=[\s/>]|\Z)")
START_OF_NAME = re.compile(r"</?[a-zA-Z]{0,15}\Z")
COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)|<[!?][a-zA-Z\[][^<>]{0,200}(?:>|\Z)", re.DOTALL)
OF_TABLES = ("<td", "<th", "<tr", "</td", "&")
"""What rows of empty cells consist of; `&` of `&nbsp;`."""
ATTRIBUTE = re.compile(r"""([a-zA-Z][a-zA-Z0-9_-]{0,40})\s{0,9}=\s{0,9}("[^"]*"|'[^']*'|[^\s"'>]+)""")


@dataclass(frozen=True)
class Tag:
    name: str
    attributes: dict[str, str]
    is_closing: bool = False

    @property
    def is_void(self) -> bool:
        return self.name in VOID_TAGS


@dataclass(frozen=True)
class Truncated:
    """The output ends inside a tag."""


Token = Tag | Truncated | str


def has_table_tags(html: str) -> bool:
    """Whether tags of rows or cells, or entities, are in a piece of an answer."""
    return any(tag in html for tag in OF_TABLES)


def tokenize(html: str) -> Iterator[Token]:
    """Tags and the texts between them, entities read; comments and declarations are left out."""
    html = COMMENT.sub("", html)
    text_from = at = 0
    while (at := html.find("<", at)) >= 0:
        named = NAME.match(html, at)
        if named is None or named[1].lower() not in KNOWN_TAGS:
            if START_OF_NAME.match(html, at):  # nothing follows it
                break
            at += 1
            continue
        end = _end_of_tag(html, named.end())
        if html[text_from:at]:
            yield unescaped(html[text_from:at])
        if end is None:
            yield Truncated()
            return
        yield _tag(html[at : end + 1], named[1].lower())
        text_from = at = end + 1
    rest = html[text_from:] if at < 0 else html[text_from:at]
    if rest:
        yield unescaped(rest)
    if at >= 0:
        yield Truncated()


def _end_of_tag(html: str, start: int) -> int | None:
    """Where the `>` stands that ends the tag, quotes minded unless a tag begins inside them; None: nowhere."""
    quote = ""
    in_quotes = 0
    for at in range(start, len(html)):
        character = html[at]
        if character == ">":
            if not quote:
                return at
            in_quotes = in_quotes or at
        elif character == "<":
            return in_quotes or at - 1
        elif character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
    return in_quotes or None


def _tag(text: str, name: str) -> Tag:
    is_closing = text.startswith("</")
    attributes = {} if is_closing else {key.lower(): unescaped(value.strip("\"'")) for key, value in _attributes(text)}
    return Tag(name, attributes, is_closing)


def _attributes(text: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in ATTRIBUTE.finditer(text)]
