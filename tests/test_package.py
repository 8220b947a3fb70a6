"""What is installed from a wheel is all that the code needs."""

import tomllib

from docintel.settings import PROJECT


def test_every_file_beside_the_code_is_packed_with_it() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    beside = [
        path
        for room in ("docintel", "storage")
        for path in (PROJECT / room).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}
    ]
    assert beside
    assert not [str(path.relative_to(PROJECT)) for path in beside if not any(map(path.match, patterns))]
