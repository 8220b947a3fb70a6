"""scripts/lock, setup, licences, sbom: what is installed is what was locked, under licences that fit docintel's own."""

import re
import shutil
import subprocess
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docintel.settings import PROJECT
from scripts.licences import PAGE, dependencies, incompatible, is_compatible, page
from scripts.lock import LOCK, REQUIREMENTS, TARGETS, Wheel, hashed, locked, marker, needed, plain_lines
from scripts.sbom import installed, lay_out, with_dependencies

SETUP_FILES = (
    "pyproject.toml",
    "requirements.txt",
    "requirements.lock",
    "scripts/setup",
    "scripts/packages.txt",
    "tests/requirements.txt",
    "tests/serve.txt",
)
RECORDING_PIP = """
import sys
from pathlib import Path
with Path("pip.log").open("a") as log:
    print(*sys.argv[1:], file=log)
"""


def test_the_lock_has_every_pin_of_the_requirements() -> None:
    pins = {canonicalize_name(pin.name): pin for pin in map(Requirement, plain_lines(REQUIREMENTS))}
    versions = locked(LOCK)
    assert pins.keys() - versions.keys() == {"torch"}
    assert [str(pins[name]) for name in pins.keys() - {"torch"} if versions[name] not in pins[name].specifier] == []
    assert hashed(versions) == versions.keys()


def test_the_lock_is_whole_and_every_line_has_a_hash() -> None:
    text = LOCK.read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.startswith("#")]
    assert lines
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+(; [^-]+)?( +--hash=sha256:[0-9a-f]{64})+", line) for line in lines)
    assert all(f"{target.line}\n" in text for target in TARGETS)
    assert set(locked(LOCK)) >= hashed(installed())


def test_what_is_installed_here_is_what_is_locked() -> None:
    assert {name: version(name) for name in locked(LOCK)} == locked(LOCK)


def wheel(name: str, *needs: str) -> Wheel:
    return Wheel(name, "1.5", "0" * 64, tuple(map(Requirement, needs)))


def test_what_a_target_needs_is_followed_through_markers_and_extras() -> None:
    wheels = {
        each.name: each
        for each in (
            wheel("app", "web[fast]>=1", "old; python_version < '3.12'", "arm; platform_machine == 'aarch64'"),
            wheel("web", "loop; extra == 'fast'", "docs; extra == 'docs'"),
            wheel("loop"),
        )
    }
    first, arm, later = TARGETS[:3]
    wanted = [Requirement("app")]
    assert needed(wanted, wheels, first) == {"app", "web", "loop", "old"}
    assert needed(wanted, wheels, arm) == {"app", "web", "loop", "old", "arm"}
    assert needed(wanted, wheels, later) == {"app", "web", "loop"}


def test_a_version_that_does_not_fit_a_target_ends_the_locking() -> None:
    wheels = {each.name: each for each in (wheel("app", "web>=2; python_version >= '3.13'"), wheel("web"))}
    assert needed([Requirement("app")], wheels, TARGETS[0]) == {"app"}
    with pytest.raises(SystemExit, match=r"web 1\.5 is not web>=2"):
        needed([Requirement("app")], wheels, TARGETS[-1])


def test_what_only_some_targets_need_has_a_marker_for_them() -> None:
    assert marker(list(TARGETS)) == ""
    line = Requirement(f"backport==1{marker([TARGETS[0]])}")
    assert line.marker is not None
    assert [target for target in TARGETS if line.marker.evaluate(target.environment)] == [TARGETS[0]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What scripts/setup needs, with an environment whose pip only writes down what it is asked."""
    for name in SETUP_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    environment = tmp_path / ".venv"
    venv.create(environment, with_pip=False, symlinks=True)
    packages = sysconfig.get_path("purelib", "venv", {"base": str(environment), "platbase": str(environment)})
    Path(packages, "pip.py").write_text(RECORDING_PIP, encoding="utf-8")
    return tmp_path


def set_up(checkout: Path) -> tuple[list[str], str]:
    """What pip was asked, a line a call, and what was said."""
    done = subprocess.run(["bash", "scripts/setup"], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return (checkout / "pip.log").read_text(encoding="utf-8").splitlines(), done.stderr


def test_setup_installs_what_is_locked_by_hash_then_torch_then_docintel_without_downloads(checkout: Path) -> None:
    calls, said = set_up(checkout)
    assert [call.partition("ignore ")[2] for call in calls] == [
        "--require-hashes --no-deps --only-binary=:all: -r requirements.lock",
        "-r requirements.txt",
        "--no-deps --no-build-isolation --editable .",
    ]
    assert "without comparing hashes" not in said
    assert set_up(checkout)[0] == calls, "a second time there is nothing to do"
    with (checkout / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    assert len(set_up(checkout)[0]) == 2 * len(calls)


def test_setup_elsewhere_takes_the_plain_requirements_and_says_so(checkout: Path) -> None:
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace("CPython", "PyPy"), encoding="utf-8")
    calls, said = set_up(checkout)
    assert [call.partition("ignore ")[2] for call in calls] == ["-r requirements.txt", "--no-deps --editable ."]
    assert "without comparing hashes" in said


def test_every_licence_goes_with_ours_and_the_page_lists_it() -> None:
    licences = dependencies()
    assert incompatible(licences) == []
    assert PAGE.read_text(encoding="utf-8") == page(licences)


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("AGPL-3.0-only OR LicenseRef-Artifex", True),
        ("MIT AND (GPL-2.0-only OR SSPL-1.0)", False),
        ("MIT AND CNRI-Python", False),
        ("unknown", False),
    ],
)
def test_an_expression_fits_if_all_of_one_choice_does(expression: str, fits: bool) -> None:
    assert is_compatible(expression) is fits
    assert bool(incompatible({"some": expression})) is not fits


def test_the_sbom_describes_what_runs_and_nothing_of_the_tests(tmp_path: Path) -> None:
    lay_out(tmp_path)
    names = {path.name.partition("-")[0] for path in tmp_path.rglob("*.dist-info")}
    found = {canonicalize_name(name) for name in names}
    assert found == installed()
    assert found.isdisjoint({"pytest", "ruff", "playwright"})
    assert '"streamlit==' in with_dependencies(PROJECT / "pyproject.toml")
