"""What Qwen3-VL calls the parts of a page → labels."""

from docintel.model import BlockLabel

CLASSES = {
    "text": BlockLabel.TEXT,
    "paragraph": BlockLabel.TEXT,
    "title": BlockLabel.TITLE,
    "heading": BlockLabel.SECTION_HEADER,
    "section_header": BlockLabel.SECTION_HEADER,
    "table": BlockLabel.TABLE,
    "image": BlockLabel.PICTURE,
    "figure": BlockLabel.PICTURE,
    "picture": BlockLabel.PICTURE,
    "music": BlockLabel.PICTURE,
    "chart": BlockLabel.CHART,
    "formula": BlockLabel.FORMULA,
    "equation": BlockLabel.FORMULA,
    "chemical": BlockLabel.FORMULA,
    "caption": BlockLabel.CAPTION,
    "footnote": BlockLabel.FOOTNOTE,
    "header": BlockLabel.PAGE_HEADER,
    "page_header": BlockLabel.PAGE_HEADER,
    "footer": BlockLabel.PAGE_FOOTER,
    "page_footer": BlockLabel.PAGE_FOOTER,
    "page_number": BlockLabel.PAGE_FOOTER,
    "list": BlockLabel.LIST_ITEM,
    "list_item": BlockLabel.LIST_ITEM,
    "code": BlockLabel.CODE,
    "form": BlockLabel.FORM,
    "key_value": BlockLabel.KEY_VALUE,
    "stamp": BlockLabel.STAMP,
    "seal": BlockLabel.STAMP,
    "signature": BlockLabel.SIGNATURE,
    "checkbox": BlockLabel.CHECKBOX,
}

TAGS = {
    "h1": BlockLabel.TITLE,
    "h2": BlockLabel.SECTION_HEADER,
    "h3": BlockLabel.SECTION_HEADER,
    "h4": BlockLabel.SECTION_HEADER,
    "h5": BlockLabel.SECTION_HEADER,
    "h6": BlockLabel.SECTION_HEADER,
    "li": BlockLabel.LIST_ITEM,
    "table": BlockLabel.TABLE,
    "img": BlockLabel.PICTURE,
    "figure": BlockLabel.PICTURE,
    "figcaption": BlockLabel.CAPTION,
    "caption": BlockLabel.CAPTION,
    "pre": BlockLabel.CODE,
    "math": BlockLabel.FORMULA,
    "header": BlockLabel.PAGE_HEADER,
    "footer": BlockLabel.PAGE_FOOTER,
    "button": BlockLabel.FORM,
}


def label_of(name: str, classes: str) -> BlockLabel:
    """By the class, its last word (`image caption`) or its first (`formula machine_printed`); else by the tag."""
    words = classes.lower().replace("-", "_").split()
    for name_of_class in ("_".join(words), *words[-1:], *words[:1]):
        if name_of_class in CLASSES:
            return CLASSES[name_of_class]
    return TAGS.get(name, BlockLabel.TEXT)


def level_of(label: BlockLabel, name: str) -> int | None:
    """A heading's depth from 1."""
    if label is BlockLabel.TITLE:
        return 1
    if label is not BlockLabel.SECTION_HEADER:
        return None
    return int(name[1]) if name in TAGS and name[1:].isdecimal() else 2
