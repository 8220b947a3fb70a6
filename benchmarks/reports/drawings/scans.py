"""Scans: signs of measure, codes among other letters, two receipts on one sheet."""

from PIL import Image

from benchmarks.reports.drawings.sheets import Placed, down, paper, printed, scanned

MEASURES = [
    ("Cadmium", "1.7 µg/l", "≤ 5 µg/l"),
    ("Nickel", "0.12 mg/l ± 0.03", "≤ 1 mg/l"),
    ("Coil", "33 kΩ", "≥ 22 kΩ"),
    ("Heat", "8.5 °C", "< 15 °C"),
]


def measures() -> bytes:
    image = paper()
    printed(image, [(72, 80, "Well 27: what was found")], file="LiberationSerif-Bold.ttf", size=15)
    texts: list[Placed] = []
    for number, row in enumerate(MEASURES):
        texts += [(x, 115 + 22 * number, text) for x, text in zip((72, 200, 340), row, strict=True)]
    printed(image, texts, file="LiberationSerif-Regular.ttf", size=12)
    below = ["The fee is ₹640 a sample. The tank holds 24 m³ on a floor of 11 m²."]
    printed(image, down(below, top=225), file="DejaVuSerif.ttf", size=11)
    return scanned(image)


def raised_marks() -> bytes:
    image = paper()
    printed(image, [(72, 80, "Accounts of the hall")], file="LiberationSerif-Bold.ttf", size=15)
    rows = [("Rent received", "5,310", "1"), ("Repairs", "2,470", "2"), ("Heating", "860", "")]
    for number, (what, amount, mark) in enumerate(rows):
        y = 115 + 22 * number
        printed(image, [(72, y, what), (260, y, amount)], file="LiberationSerif-Regular.ttf", size=12)
        printed(image, [(260 + 6 * len(amount) - 2, y - 4.5, mark)], file="LiberationSerif-Regular.ttf", size=7)
    printed(
        image, down(["1 With the kitchen.   2 Roof and gutters."], top=210), file="LiberationSerif-Regular.ttf", size=9
    )
    return scanned(image)


def codes() -> bytes:
    image = paper()
    russian = [
        "Кабель HDMI подключите к порту USB-C. Код изделия KX-2081-B.",
        "Счёт IBAN: DE44 5001 0517 5407 3249 31, сумма 240 CHF.",
    ]
    greek = ["Η συσκευή Nova T5 λειτουργεί με USB και τάση 230 V.", "Ο κωδικός της παραγγελίας είναι MB-4410-E."]
    printed(image, down(russian, top=90, step=24), file="LiberationSerif-Regular.ttf", size=12)
    printed(image, down(greek, top=170, step=24), file="LiberationSerif-Regular.ttf", size=12)
    return scanned(image)


def bill() -> bytes:
    """A Swiss bill: few words, many capitals that Cyrillic has too."""
    image = paper()
    texts: list[Placed] = [(72, 80, "Rechnung 2207"), (72, 120, "1"), (110, 120, "Baumschnitt"), (280, 120, "6 Std.")]
    texts += [
        (350, 120, "CHF 95.00"),
        (450, 120, "CHF 570.00"),
        (72, 140, "2"),
        (110, 140, "Transport"),
        (280, 140, "1"),
    ]
    texts += [(350, 140, "CHF 88.40"), (450, 140, "CHF 88.40"), (350, 165, "Total"), (450, 165, "CHF 658.40")]
    texts += [(72, 220, "Konto"), (72, 234, "CH31 8123 9000 0012 4568 9"), (72, 248, "Berta Hofer, 3011 Bern")]
    printed(image, texts, file="LiberationSans-Regular.ttf", size=10)
    return scanned(image)


def slip(lines: list[str]) -> Image.Image:
    image = paper(200, 160)
    printed(image, down(lines, left=16, top=28, step=14), file="LiberationMono-Regular.ttf", size=10)
    return image


def two_slips() -> bytes:
    image = paper()
    upright = slip(["MILLER BAKERY", "4 Hill Road", "", "Rolls      2.20", "Cake       6.50", "TOTAL      8.70"])
    turned = slip(["NORTH CHEMIST", "7 Dock Street", "", "Bandage    3.15", "Cough drops 2.80", "TOTAL      5.95"])
    image.paste(upright, (150, 150))
    image.paste(turned.rotate(90, expand=True), (900, 1100))
    return scanned(image)


DRAWINGS = {
    "scan-measures": measures,
    "scan-raised-marks": raised_marks,
    "scan-codes": codes,
    "scan-bill": bill,
    "scan-two-slips": two_slips,
}
