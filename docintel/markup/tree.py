"""Tags and texts → a tree, with the end tags that were forgotten."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from docintel.markup.tags import HIDDEN_TAGS, Tag, Token, Truncated

MAX_DEPTH = 40
"""Elements nested deeper are left out, their text is kept."""
IMPLIED_ENDS = {
    "li": frozenset({"li"}),
    "p": frozenset({"p", "div", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"}),
    "td": frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"}),
    "tr": frozenset({"tr", "tbody", "thead", "tfoot"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
}
"""Start tags that end an element without its end tag, as in HTML."""
SCOPES = frozenset({"table", "ul", "ol", "td", "th", "div"})
"""A missing end tag is not looked for outside of these."""


@dataclass
class Element:
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def descendants(self) -> Iterator["Element"]:
        """Every element inside, in the order of the answer."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.descendants()


@dataclass
class Tree:
    root: Element
    is_whole: bool
    """Whether the answer came to its end: it stops neither in a tag nor in an element."""


def build_tree(tokens: Iterable[Token]) -> Tree:
    open_elements = [Element("")]
    is_cut = False
    hidden = ""
    for token in tokens:
        if isinstance(token, Truncated):
            is_cut = True
        elif hidden:
            hidden = "" if isinstance(token, Tag) and token.is_closing and token.name == hidden else hidden
        elif isinstance(token, str):
            open_elements[-1].children.append(token)
        elif token.is_closing:
            _close(open_elements, token.name)
        elif token.name in HIDDEN_TAGS:
            hidden = token.name
        else:
            _begin(open_elements, token)
    return Tree(open_elements[0], is_whole=not is_cut and not hidden and all(_may_stay_open(e) for e in open_elements))


def _begin(open_elements: list[Element], tag: Tag) -> None:
    _end_forgotten(open_elements, tag.name)
    element = Element(tag.name, tag.attributes)
    if len(open_elements) <= MAX_DEPTH:
        open_elements[-1].children.append(element)
        if not tag.is_void:
            open_elements.append(element)


def _end_forgotten(open_elements: list[Element], beginning: str) -> None:
    for depth in range(len(open_elements) - 1, 0, -1):
        name = open_elements[depth].name
        if beginning in IMPLIED_ENDS.get(name, ()):
            del open_elements[depth:]
        elif name in SCOPES:
            return


def _close(open_elements: list[Element], name: str) -> None:
    """Ends the innermost element of that name with all that is open inside; one that is not open is nothing."""
    for depth in range(len(open_elements) - 1, 0, -1):
        if open_elements[depth].name == name:
            del open_elements[depth:]
            return


def _may_stay_open(element: Element) -> bool:
    """Elements whose end many leave out; `</body></html>` too."""
    return element.name in {"", "html", "body", "p", "li"} and "data-bbox" not in element.attributes
