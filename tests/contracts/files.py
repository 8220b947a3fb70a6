"""The small files that the contracts are tried on."""

from pathlib import Path

import pymupdf
from PIL import Image

PASSWORD = "sesame"
SMALL = (300, 200)
"""Points: what is kept of such a page is small."""


def make(folder: Path) -> dict[str, Path]:
    """Name → where it lies."""
    folder.mkdir()
    pdf(
        folder / "lease.pdf", "The rent for the workshop\nis 840 euros a month.", "Notice is given\nthree months ahead."
    )
    pdf(folder / "letter.pdf", "Dear Bob,\nthe ladder stands behind the barn.")
    pdf(folder / "secret.pdf", "The safe opens at noon.", password=PASSWORD)
    pdf(folder / "crashes.pdf", "A page that was read\nwith too little memory.")
    pdf(folder / "cancelled.pdf", "Nobody wanted this page.")
    pdf(folder / "queued.pdf", "This page waits.")
    pdf(folder / "many-pages.pdf", *(f"Page {number} of many." for number in range(1, 13)))
    table(folder / "bill.pdf")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing of use")
    picture((60, 80)).save(folder / "plan.png")
    picture((40, 20)).save(
        folder / "one-large-page.tif", save_all=True, append_images=[picture((400, 300))], compression="tiff_lzw"
    )
    return {path.name: path for path in sorted(folder.iterdir())}


def pdf(path: Path, *texts: str, password: str = "") -> Path:
    """A born-digital PDF, a small page for each text."""
    with pymupdf.open() as document:
        for text in texts:
            document.new_page(width=SMALL[0], height=SMALL[1]).insert_text((30, 60), text, fontsize=12)
        encryption = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": password, "owner_pw": password}
        document.save(path, deflate=True, **(encryption if password else {}))
    return path


ROWS = (("Item", "Amount", "Price"), ("Chairs", "4", "120.00"), ("Tables", "1", "340.50"), ("Lamps", "2", "58.20"))


def table(path: Path) -> None:
    """A page with a heading and a ruled table."""
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        page.insert_text((40, 50), "Bill for the workshop", fontsize=18)
        for number, row in enumerate(ROWS):
            for column, text in enumerate(row):
                cell = pymupdf.Rect(40 + 100 * column, 80 + 25 * number, 140 + 100 * column, 105 + 25 * number)
                page.draw_rect(cell)
                page.insert_text((cell.x0 + 6, cell.y1 - 8), text, fontsize=11)
        document.save(path, deflate=True)


def picture(size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, (200, 210, 220))
