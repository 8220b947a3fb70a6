"""Where sentences end, in any script."""

import re
from collections.abc import Iterator

_ENDS = re.compile(
    r"[。．！？｡](?:[」』）”’\"')\]]*)"  # full-width marks end a sentence without a space after them
    r"|[.!?؟۔।॥…։።၊။៕](?:[»”’\"')\]⁰¹²³⁴-⁹]*)(?=\s|$)"  # a note's mark may stand at the end
    r"|\n\s*\n"
)
_ABBREVIATIONS = frozenset(
    """abb abs acct al apr art aug av bd betr bzw ca cap cf cl co corp dec dept dez dipl dr ecc eg etc evtl
    feb fig fr gen ggf hr inc incl inkl ing jan jr jul jun kap lt ltd max mio mme mln mr mrs ms mt
    mwst nov nr no núm oct okt p par pos pp prof ps rd ref rev rs s sec sect sen sept sig sr sra st
    str tel telef ul usw v vgl vol vs z zzgl zt č čl гг г гр д др им кв корп обл оф п пр пом руб см
    ст стр т тел тыс ул""".split()
)
_MAX_IN_BRACKETS = 40
"""Characters before or after a dot."""
_LAST_TOKEN = re.compile(r"[^\s(\[«„“\"']+$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence in `text`, in order, outer white space left out; a text without ends is one."""
    spans, start = [], 0
    for end in [*_ends(text), len(text)]:
        trimmed = text[start:end]
        lead = len(trimmed) - len(trimmed.lstrip())
        if trimmed.strip():
            spans.append((start + lead, start + len(trimmed.rstrip())))
        start = end
    return spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _ends(text: str) -> Iterator[int]:
    for mark in _ENDS.finditer(text):
        if text[mark.start()] != "." or _is_full_stop(text, mark.start(), mark.end()):
            yield mark.end()


def _is_full_stop(text: str, dot: int, after: int) -> bool:
    """Whether a dot that white space follows ends a sentence: not after an abbreviation, an initial or an ordinal, nor
    in short brackets."""
    following = text[after : after + 40].lstrip()
    if not following or "\n\n" in text[after : after + 3]:
        return True
    if following[0].islower() or _is_in_brackets(text, dot):
        return False
    before = _LAST_TOKEN.search(text[max(0, dot - 40) : dot])
    token = before.group().casefold() if before else ""
    last = token.rpartition(".")[2]
    return not (last in _ABBREVIATIONS or (len(last) <= 1 and last.isalpha()) or (last.isdigit() and len(last) <= 2))


def _is_in_brackets(text: str, at: int) -> bool:
    opened = text.rfind("(", max(0, at - _MAX_IN_BRACKETS), at)
    closed = text.find(")", at, at + _MAX_IN_BRACKETS)
    return -1 < opened < closed and text.rfind(")", opened, at) < 0 and text.rfind("\n\n", opened, closed) < 0
