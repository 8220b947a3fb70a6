"""Lays out what scripts/sbom describes: docintel with what is installed for it, without what only its tests need.

python -m scripts.sbom FOLDER
"""

import json
import sys
import sysconfig
import venv
from importlib.metadata import PackagePath, distribution, files
from pathlib import Path

from packaging.markers import default_environment

from scripts.bundle import with_needed
from scripts.lock import LOCK, PROJECT, REQUIREMENTS, locked, plain_lines


def main() -> None:
    folder = Path(sys.argv[1])
    (folder / "pyproject.toml").write_text(with_dependencies(PROJECT / "pyproject.toml"), encoding="utf-8")
    lay_out(folder / "installed")


def with_dependencies(pyproject: Path) -> str:
    """Its text, with what requirements.txt says in place of the word that this is elsewhere."""
    text = pyproject.read_text(encoding="utf-8")
    return text.replace('dynamic = ["dependencies"]', f"dependencies = {json.dumps(plain_lines(REQUIREMENTS))}")


def lay_out(folder: Path) -> None:
    """A virtual environment that has the metadata of the packages, linked, and none of their code."""
    venv.create(folder, with_pip=False)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    for name in sorted(installed()):
        source = metadata_folder(name)
        (packages / source.name).symlink_to(source)


def installed() -> set[str]:
    """Names of what is locked, and of torch with what its build needs."""
    here = {name: str(value) for name, value in default_environment().items()}
    return {*locked(LOCK), *with_needed(["torch"], here | {"extra": ""})}


def metadata_folder(name: str) -> Path:
    found: list[PackagePath] = [file for file in files(name) or () if file.match("*.dist-info/METADATA")]
    return Path(str(distribution(name).locate_file(found[0]))).resolve().parent


if __name__ == "__main__":
    main()
