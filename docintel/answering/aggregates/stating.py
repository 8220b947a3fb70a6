"""What each document gives to a sum or a comparison: an amount with its currency, or a date."""

from dataclasses import dataclass
from decimal import Decimal

from docintel.answering.facts import Fact, StatedFact
from docintel.answering.facts.forms import amounts_in, currency_in, dates_in
from docintel.model import Document

_CODES = {
    "€": "EUR",
    "euro": "EUR",
    "£": "GBP",
    "us$": "USD",
    "₽": "RUB",
    "руб": "RUB",
    "₺": "TRY",
    "tl": "TRY",
    "₩": "KRW",
    "원": "KRW",
    "₹": "INR",
    "rs": "INR",
    "₴": "UAH",
    "zł": "PLN",
    "rm": "MYR",
    "s$": "SGD",
    "r$": "BRL",
    "円": "JPY",
    "元": "CNY",
    "rmb": "CNY",
}
"""Signs that stand for one currency only: those of others stay as they are written."""


@dataclass(frozen=True)
class Stated:
    """`amount` in `currency` (empty: it does not say which), or `date` (ISO 8601)."""

    document: Document
    fact: StatedFact
    amount: Decimal = Decimal(0)
    currency: str = ""
    date: str = ""


def stated(document: Document, fact: Fact, found: StatedFact) -> Stated | None:
    """None where its value can't be counted with."""
    if fact is Fact.DATE:
        dates = dates_in(found.value)
        return Stated(document, found, date=dates[0].value) if dates else None
    amounts = list(amounts_in(found.value))
    if not amounts:
        return None
    return Stated(document, found, Decimal(amounts[0].value), _currency(found))


def _currency(found: StatedFact) -> str:
    """As its value says it, else its line."""
    sign = (currency_in(found.value) or currency_in(found.quote)).strip(" .").casefold()
    return _CODES.get(sign, sign.upper())
