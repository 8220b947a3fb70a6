"""Pages drawn for tests, with fonts that every machine has."""

import json
import re
from pathlib import Path

from benchmarks.drawn import Drawer
from training.drawing.fonts import HELDOUT_FONTS

FONTS = Path("/usr/share/fonts/truetype/dejavu")
TEXTS = Path(__file__).parent.parent / "benchmarks/texts"


def declaration_drawer(data: Path) -> Drawer:
    """Draws with the Declaration of Human Rights, on which nothing was trained, under the names of held-out fonts."""
    for name in ("fonts", "heldout", "words"):
        (data / name).mkdir()
    regular, bold = HELDOUT_FONTS[:2]
    (data / "fonts" / regular).symlink_to(FONTS / "DejaVuSans.ttf")
    (data / "fonts" / bold).symlink_to(FONTS / "DejaVuSans-Bold.ttf")
    known = {regular: {"languages": "de ru", "missing": ""}, bold: {"languages": "", "missing": ""}}
    (data / "fonts.json").write_text(json.dumps(known))
    for language in ("de", "ru"):
        text = (TEXTS / f"{language}-declaration.txt").read_text(encoding="utf-8")
        passages = filter(None, re.split(r"[#\n]+ ?|(?<=[,;.]) ", text))
        (data / "heldout" / f"{language}.txt").write_text("\n".join(passages), encoding="utf-8")
    return Drawer(data, seed=1)
