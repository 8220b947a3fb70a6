"""A question taken apart, with what it names told from what it asks of that."""

from dataclasses import dataclass

from docintel.answering.dialogue.parts import END, Part, Role, Span, parts_of, spans_of
from docintel.answering.question import AnswerKind, kind_of


@dataclass(frozen=True)
class Asked:
    """A question taken apart."""

    text: str
    language: str
    parts: tuple[Part, ...]
    spans: tuple[Span, ...]
    end: str
    """Its punctuation."""

    @classmethod
    def of(cls, text: str, language: str, *, end: str | None = None) -> "Asked":
        parts = parts_of(text, language)
        return cls(
            text, language, parts, tuple(spans_of(text, parts, language)), punctuation_of(text) if end is None else end
        )

    def has(self, *roles: Role) -> bool:
        return any(part.role in roles for part in self.parts)

    @property
    def attributes(self) -> list[Span]:
        return [span for span in self.spans if span.is_attribute]

    @property
    def subjects(self) -> list[Span]:
        return [span for span in self.spans if not span.is_attribute and not span.is_number]

    @property
    def kind(self) -> AnswerKind | None:
        return kind_of(" ".join(part.text for part in self.parts if part.role is Role.QUESTION))

    @property
    def num_words(self) -> int:
        return sum(part.role in (Role.CONTENT, Role.NUMBER, Role.VERB) for part in self.parts)


def punctuation_of(text: str) -> str:
    found = END.search(text)
    return found[0] if found else ""


def bare_question(question: str) -> str:
    return END.sub("", question.strip()).lstrip("¿¡ ")
