"""What is packed for a GPU machine without internet is all that the runtime needs there, and no more."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest

from docintel.settings import PROJECT
from scripts.bundle import EXPECTED, libraries, pack, size_of, with_needed

MIB = 2**20
ANSWERING = """
import numpy as np
import docintel, benchmarks.qwen3_vl, docintel.runtime.__main__, docintel.runtime.process.client, pytest, tests.tiny
from docintel.runtime import Generated, Request
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.weights import LoadOptions, load

model = load(LoadOptions(model="small", device="cpu", dtype="float32"))
page = np.full((64, 64, 3), 255, np.uint8)
(answer,) = Decoder(model).generate([Request("qwenvl html", (page,), min_tokens=4, max_new_tokens=4)])
assert isinstance(answer, Generated), answer
print(docintel.__file__)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the weights that come with docintel, but without the libraries, which are downloaded."""
    folder = tmp_path_factory.mktemp("bundle") / "docintel-gpu"
    pack(folder, weights="small")
    return folder


def names(python: str = "3.12", *, left_out: Iterable[str] = ()) -> set[str]:
    pins = libraries(python=python, machine="x86_64", left_out=left_out)
    return {pin.partition("==")[0] for pin in pins}


def linked(distributions: Iterable[str], folder: Path) -> None:
    """Puts what is installed here of `distributions` into `folder`, and nothing else."""
    folder.mkdir(exist_ok=True)
    for name in distributions:
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(str(found.locate_file(top)))


def test_libraries_have_the_versions_that_are_pinned() -> None:
    lines = (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("#")[0].strip() for line in lines}
    ours = set(libraries(python="3.12", machine="x86_64"))
    assert len(ours & pinned) >= 5
    assert {"transformers", "huggingface-hub", "httpx2", "httpcore2", "truststore", "pydantic-core"} <= names()
    assert names().isdisjoint({"torch", "numpy", "hf-xet", "streamlit", "chromadb"})


def test_what_the_other_machine_has_stays_out_with_what_only_that_needs() -> None:
    assert names() - names(left_out=["PyTest"]) == {"pytest", "pluggy", "iniconfig", "pygments"}


def test_the_runtime_answers_there_with_what_is_packed_and_torch(bundle: Path, tmp_path: Path) -> None:
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("DOCINTEL_", "PYTHON"))}
    subprocess.run(["bash", str(bundle / "install")], env=outside | {"PYTHON": sys.executable}, check=True)
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    linked(names(python), tmp_path / "downloaded")
    linked(with_needed(EXPECTED, {"python_version": python, "extra": ""}), tmp_path / "there")
    path = ":".join(map(str, (bundle / "site", tmp_path / "downloaded", tmp_path / "there")))
    command = [sys.executable, "-S", "-c", ANSWERING]  # without this environment's own packages
    done = subprocess.run(command, cwd=bundle, env=outside | {"PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(bundle / "site")


def test_with_weights_there_is_room_for_the_libraries(bundle: Path) -> None:
    wheels = [path for path in bundle.rglob("*") if path.is_file() and "site" not in path.parts]
    assert sum(path.stat().st_size for path in wheels) < 38 * MIB  # of 64; the libraries take 25


def test_weights_that_are_not_asked_for_stay_out(tmp_path: Path) -> None:
    pack(tmp_path / "bundle")
    (wheel,) = (tmp_path / "bundle" / "wheels").iterdir()
    packed = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in packed if "safetensors" in name]
    assert {"docintel/weights/config.json", "docintel/weights/tokenizer.json"} <= set(packed)
    assert size_of(tmp_path / "bundle") < 6 * MIB


def test_a_folder_of_weights_is_taken_along(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.safetensors").write_bytes(b"weights")
    pack(tmp_path / "bundle", weights=str(tmp_path / "mine"), with_docintel=False)
    assert (tmp_path / "bundle" / "weights" / "mine" / "model.safetensors").read_bytes() == b"weights"
