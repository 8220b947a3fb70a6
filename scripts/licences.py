"""Writes docs/licences.md: the licences of all that is installed with docintel. Fails on one that does not fit ours.

    scripts/licences

Packages declare them: as an SPDX expression, in their own words, or as a classifier; WORDS translates.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import metadata

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from scripts.lock import LOCK, PROJECT, locked

PAGE = PROJECT / "docs" / "licences.md"
COMPATIBLE = frozenset(
    """0BSD AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 ISC LGPL-2.1-or-later
    LGPL-3.0-or-later MIT MIT-0 MIT-CMU MPL-2.0 PSF-2.0 Unlicense Zlib""".split()
) | {"Apache-2.0 WITH LLVM-exception"}
"""Of these, a work under AGPL-3.0-or-later may be made."""
WORDS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License Version 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Dual Licensed - GNU AFFERO GPL 3.0 or Artifex Commercial License": "AGPL-3.0-only OR LicenseRef-Artifex",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages write instead of SPDX, in `License` and in classifiers."""
STATED = {
    "torch": "BSD-3-Clause",
    "pymupdf-layout": "AGPL-3.0-only OR LicenseRef-Artifex",
    "pymupdf4llm": "AGPL-3.0-only OR LicenseRef-Artifex",
    "pyrage": "MIT",
}
"""For those whose metadata say nothing, or differ between builds; HEAD says why."""
ACCEPTED = {"regex": "Apache-2.0 AND CNRI-Python"}
"""Not compatible by the letter, and used all the same; HEAD says why. Another licence than this one fails."""

HEAD = """\
# Licences of what docintel uses

Made by `scripts/licences` from what the packages of `requirements.lock` declare. It fails on a licence that is unknown
or not compatible with docintel's own, AGPL-3.0-or-later; so does `tests/test_lock.py`. docintel distributes none of
these packages: pip and Debian bring them. Of libraries inside their wheels it says what the packages say.

- `torch` is BSD-3-Clause; each of its builds also declares the licences of what it bundles. Its CUDA builds bring
  NVIDIA's libraries, which are not free software, under NVIDIA's own terms. docintel works without them.
- `pymupdf-layout` and `pymupdf4llm` 2.0 are empty packages; their code is in `pymupdf`.
- `pyrage` has its licence in a file only: MIT.
- `regex` has parts of CPython's `re` under the licence of CNRI's Python 1.6. The Free Software Foundation calls that
  licence incompatible with the GPL, because it names the law of Virginia. `transformers` needs `regex` too, and it is
  used all the same.
- Debian packages (`scripts/packages.txt`): poppler-utils GPL-2 or GPL-3, run as a program of its own;
  tesseract-ocr-all Apache-2.0; libseccomp2 LGPL-2.1.

| licence | packages |
|---|---|
"""


def main() -> None:
    licences = dependencies()
    wrong = incompatible(licences)
    if wrong:
        sys.exit("scripts/licences: unknown or incompatible with AGPL-3.0-or-later:\n" + "\n".join(wrong))
    PAGE.write_text(page(licences), encoding="utf-8")
    print(f"{PAGE.relative_to(PROJECT)}: {len(licences)} packages")


def dependencies() -> dict[str, str]:
    """By name, the licence of everything that is installed with docintel; as SPDX where that is known."""
    return {name: licence(name) for name in sorted({*locked(LOCK), "torch"})}


def licence(name: str) -> str:
    if name in STATED:
        return STATED[name]
    said = metadata(name)
    classifiers = [each.split(" :: ")[-1] for each in said.get_all("Classifier") or () if each.startswith("License ::")]
    words = [*(said.get_all("License-Expression") or ()), *(said.get_all("License") or ()), *classifiers]
    return next(filter(None, map(expression, words)), "unknown")


def expression(words: str) -> str | None:
    """As SPDX has it, if it is known."""
    try:
        return str(canonicalize_license_expression(WORDS.get(words, words)))
    except InvalidLicenseExpression:
        return None


def incompatible(licences: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: {licence}"
        for name, licence in licences.items()
        if not is_compatible(licence) and ACCEPTED.get(name) != licence
    ]


def is_compatible(expression: str) -> bool:
    """Of an SPDX expression: whether all that one may choose goes with AGPL-3.0-or-later."""
    flat = re.sub(r"\(([^()]*)\)", lambda inner: "0BSD" if is_compatible(inner[1]) else "unknown", expression)
    if flat != expression:
        return is_compatible(flat)
    return any(set(choice.split(" AND ")) <= COMPATIBLE for choice in expression.split(" OR "))


def page(licences: Mapping[str, str]) -> str:
    packages = defaultdict(list)
    for name, licence in licences.items():
        packages[licence].append(name)
    return HEAD + "".join(rows(packages))


def rows(packages: Mapping[str, Iterable[str]]) -> Iterable[str]:
    return (f"| {licence} | {', '.join(names)} |\n" for licence, names in sorted(packages.items()))


if __name__ == "__main__":
    main()
