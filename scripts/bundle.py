"""Packs what docintel.runtime and its benchmark need on a GPU machine without internet.

    scripts/bundle FOLDER [--weights small|FOLDER] [--python 3.12] [--machine x86_64] [--without NAME,NAME]

torch and numpy are expected there, and Pillow for the tests. The libraries are of the versions that are installed here;
`--without` names those that the other machine has, or `docintel` itself.
"""

import argparse
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
SOURCE_FILES = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE", "app.py")
SOURCE_FOLDERS = ("docintel", "storage", "pages", "samples", "scripts", ".streamlit")
"""What a wheel is built from."""
WEIGHTS = "model*.safetensors*"
NOT_THERE = ("line_letters.onnx", "cross_encoder.onnx", "word_pieces.json.xz")
"""What the engine `local` and answers read with, which do not run there."""

LIBRARIES = ("transformers", "accelerate", "pydantic", "pydantic-settings", "platformdirs", "pytest")
"""What the runtime and its tests import, beside what these need themselves."""
EXPECTED = ("torch", "numpy", "pillow")
NEVER_IMPORTED = ("hf-xet", "typer")
"""What transformers and huggingface_hub need for downloads and on a terminal only."""
GLIBC_MINORS = (28, 27, 26, 24, 17)
"""Of 2.x: pip takes wheels for exactly those that it is told."""

BESIDE = ("benchmarks/qwen3_vl.py", "tests/__init__.py", "tests/tiny.py", "tests/test_on_a_gpu.py")
INSTALL = """#!/usr/bin/env bash
# Installs the wheels into site/, beside the packages of the Python that has torch ($PYTHON, else python3).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
"${PYTHON:-python3}" -m pip --quiet install --root-user-action=ignore --no-index --no-deps --upgrade \\
  --target site wheels/*.whl
echo "Installed. Go on with: cd $PWD && export PYTHONPATH=$PWD/site"
"""


def main() -> None:
    options = parsed(sys.argv[1:])
    if options.folder.exists() and any(options.folder.iterdir()):
        sys.exit(f"scripts/bundle: {options.folder} is not empty. Name a new folder.")
    if options.weights not in (None, "small") and not Path(options.weights).is_dir():
        sys.exit(f"scripts/bundle: there is no folder {options.weights}. Name one with weights, or `small`.")
    pack(options.folder, weights=options.weights, with_docintel="docintel" not in options.without)
    names = libraries(python=options.python, machine=options.machine, left_out=options.without)
    download(names, options.folder / "wheels", python=options.python, machine=options.machine)
    print(f"{options.folder}: {size_of(options.folder) / 2**20:.1f} MiB; there: bash {options.folder.name}/install")


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bundle", description="For a GPU machine without internet.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", help="`small` (those that come with docintel), or a folder; left out: none")
    parser.add_argument("--python", default=f"{sys.version_info[0]}.{sys.version_info[1]}", help="the version there")
    parser.add_argument("--machine", default=platform.machine(), help="the processor there: x86_64 or aarch64")
    parser.add_argument("--without", type=lambda text: text.split(","), default=[], help="names, separated by commas")
    return parser.parse_args(arguments)


def pack(folder: Path, *, weights: str | None = None, with_docintel: bool = True) -> None:
    """All but the libraries."""
    (folder / "wheels").mkdir(parents=True, exist_ok=True)
    if with_docintel:
        build_wheel(folder / "wheels", left_out=NOT_THERE if weights == "small" else (*NOT_THERE, WEIGHTS))
    if weights and weights != "small":
        shutil.copytree(weights, folder / "weights" / Path(weights).resolve().name)
    for name in BESIDE:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    (folder / "install").write_text(INSTALL, encoding="utf-8")


def build_wheel(folder: Path, *, left_out: Iterable[str] = ()) -> Path:
    """docintel's wheel, made in `folder` without files of the names `left_out`.

    From a copy: setuptools leaves a folder build/ behind, from which the next wheel would take what is gone.
    """
    with tempfile.TemporaryDirectory() as name:
        source = Path(name)
        for file in SOURCE_FILES:
            shutil.copy(PROJECT / file, source)
        for part in SOURCE_FOLDERS:
            shutil.copytree(PROJECT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", *left_out))
        pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder), name)
    return next(folder.glob("docintel-*.whl"))


def libraries(*, python: str, machine: str, left_out: Iterable[str] = ()) -> list[str]:
    """`name==version` of LIBRARIES and all that they need there, but for what is expected or `left_out`."""
    target = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": machine, "extra": ""}
    names = with_needed(LIBRARIES, target, skipped=(*EXPECTED, *NEVER_IMPORTED, *left_out))
    return [f"{name}=={version(name)}" for name in sorted(names)]


def with_needed(names: Iterable[str], target: dict[str, str], *, skipped: Iterable[str] = ()) -> set[str]:
    """The distributions `names` and those that they need, as the metadata of what is installed here says."""
    seen = {canonicalize_name(name) for name in skipped}
    waiting, taken = list(names), set[str]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        taken.add(name)
        needed = map(Requirement, requires(name) or ())
        waiting += [each.name for each in needed if each.marker is None or each.marker.evaluate(target)]
    return taken


def download(names: Sequence[str], folder: Path, *, python: str, machine: str) -> None:
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS] + [f"manylinux2014_{machine}"]
    there = ["--implementation", "cp", "--python-version", python]
    there += [part for each in platforms for part in ("--platform", each)]
    pip("download", "--no-deps", "--only-binary=:all:", *there, "--dest", str(folder), *names)


def pip(*arguments: str) -> None:
    """Its own words stand above the error where it fails."""
    command = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments]
    if subprocess.run(command).returncode:
        sys.exit(f"scripts/bundle: pip {arguments[0]} failed; what it said stands above")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
