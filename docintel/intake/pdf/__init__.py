"""PDF files: pages as MuPDF shows them, or else poppler, and the text beside the picture where it can be believed.

Imported when a PDF is opened, since MuPDF takes a second or two to load.
"""

from docintel.intake.pdf.file import count_pages, render, unlock

__all__ = ["count_pages", "render", "unlock"]
