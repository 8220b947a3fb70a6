"""What was bought, and the sums that follow from it."""

import random
from dataclasses import dataclass

from training.facts.wording import Wording

RATES = (0.05, 0.06, 0.07, 0.08, 0.1, 0.13, 0.15, 0.19, 0.2, 0.21, 0.22, 0.23)


@dataclass(frozen=True)
class Item:
    name: str
    quantity: int
    price: float
    amount: float


@dataclass(frozen=True)
class Money:
    """`subtotal` is the items' sum, less `discount`; it holds the tax already where prices include it."""

    items: tuple[Item, ...]
    rate: float
    is_inclusive: bool
    subtotal: float
    discount: float
    net: float
    tax: float
    rounding: float
    gross: float
    parts: tuple[tuple[float, float, float], ...]
    """Rate, net and tax of each rate; most have one."""


def sampled_money(wording: Wording, rng: random.Random, *, num_items: int) -> Money:
    scale = 100 if wording.decimals == 0 else 1
    digits = wording.decimals
    size = rng.choice([3, 10, 40, 200, 900])
    items = []
    for _ in range(num_items):
        price = round(rng.uniform(0.3, 1) * size * scale * rng.choice([0.2, 0.5, 1, 1, 2]), digits)
        price = float(int(price)) + rng.choice([0, 0.5, 0.9, 0.99]) if digits and rng.random() < 0.5 else price
        quantity = rng.choice([1, 1, 1, 2, 3, rng.randint(1, 40)])
        items.append(Item(wording.word("items"), quantity, price, round(price * quantity, digits)))
    subtotal = round(sum(item.amount for item in items), digits)
    discount = round(subtotal * rng.choice([0.02, 0.05, 0.1]), digits) if rng.random() < 0.12 else 0.0
    rate = rng.choice(RATES) if rng.random() < 0.88 else 0.0
    is_inclusive = rng.random() < 0.45
    base = subtotal - discount
    net = round(base / (1 + rate), digits) if is_inclusive else round(base, digits)
    gross = round(base, digits) if is_inclusive else round(base * (1 + rate), digits)
    rounding = round(round(gross * 20) / 20 - gross, 2) if digits and rng.random() < 0.3 else 0.0
    tax = round(gross - net, digits)
    parts = [(rate, net, tax)]
    if rate and rng.random() < 0.2:
        share = rng.uniform(0.2, 0.8)
        part = (rate, round(net * share, digits), round(tax * share, digits))
        parts = [part, (rng.choice(RATES), round(net - part[1], digits), round(tax - part[2], digits))]
    sign = -1.0 if rng.random() < 0.04 else 1.0
    if sign < 0:
        items = [Item(each.name, each.quantity, each.price, -each.amount) for each in items]
        parts = [(each, -one, -two) for each, one, two in parts]
    return Money(
        tuple(items),
        rate,
        is_inclusive,
        sign * subtotal,
        sign * discount,
        sign * net,
        sign * tax,
        sign * rounding,
        sign * round(gross + rounding, digits),
        tuple(parts),
    )
