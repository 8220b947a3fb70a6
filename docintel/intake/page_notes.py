"""What intake notes on pages of a PDF, for readers, and for what is made of the original later."""

MIRRORED = "The page is mirrored in its file; it is shown the right way round."
BY_POPPLER = "Rendered by poppler, since MuPDF could not render this page."
COVERED = "Text lies under something opaque on this page: nobody can see it there, so it was not read."
FALSE_TEXT = "The text in the file is not what is painted on this page: the page was read from its picture."
