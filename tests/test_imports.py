"""The house's import rules (CONTRIBUTING.md draws them): what may know of what."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS: list[set[str]] = [
    {"docintel", "docintel.model", "docintel.errors", "docintel.markup", "docintel.layout", "docintel.tables"}
    | {"docintel.chunking", "docintel.text", "docintel.doubts", "docintel.damage", "docintel.corrections"},
    {
        "docintel.settings",
        "docintel.logs",
        "docintel.language",
        "docintel.display",
        "docintel.lexicon",
        "docintel.processes",
        "docintel.permissions",
        "docintel.json_files",
        "storage",
    },
    {"docintel.runtime"},
    {"docintel.library", "docintel.retrieval", "docintel.full_text", "docintel.answering", "docintel.pipeline"}
    | {"docintel.extraction"}
    | {"docintel.intake", "docintel.embedding", "docintel.export", "docintel.engines"},
    {"docintel.jobs", "docintel.index", "docintel.ingest"},
    {"docintel.watching"},
    {"docintel.workers"},
    {"docintel.home"},
    {"docintel.checking"},
    {"docintel.server"},
    {"docintel.backup"},
    {"docintel.ui", "docintel.commands", "docintel.__main__"},
    {"app", "pages"},
]
"""From the ground up: a room imports from its own floor and those below."""

TRAINING = ("text", "drawing", "writing", "model", "learning", "judging")
"""The rooms of training/, each using only those before it; the commands use them all."""

PURE = FLOORS[0] | {"docintel.library.jobs.states", "docintel.extraction.schema", "docintel.extraction.json_schema"}
PURE_LIBRARIES = {"pydantic"} | set(sys.stdlib_module_names)

HOMES = {
    "streamlit": {"app", "pages", "docintel.ui", "docintel.server"},
    "torch": {"docintel.engines", "docintel.runtime", "docintel.embedding"},
    "transformers": {"docintel.engines", "docintel.runtime", "docintel.embedding"},
    "accelerate": {"docintel.engines", "docintel.runtime", "docintel.embedding"},
    "sentence_transformers": {"docintel.embedding"},
    "chromadb": {"storage.vectors"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "pymupdf": {"docintel.intake", "docintel.engines.local", "docintel.export"},
    "pyrage": {"docintel.backup"},
    "pdf2image": {"docintel.intake", "docintel.engines.local", "docintel.export"},
}
"""Each heavy library has one home."""


def sources() -> list[Path]:
    """The product's files: everything but tests, samples, benchmarks and training."""
    return sorted(
        path
        for path in [
            ROOT / "app.py",
            *(path for room in ("pages", "docintel", "storage") for path in (ROOT / room).rglob("*.py")),
        ]
        if path.exists()
    )


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, at_start_only: bool = False) -> Iterator[str]:
    """Names of what a file imports; `at_start_only` leaves out what is imported inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = outside_functions(tree) if at_start_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (
                f"{node.module}.{alias.name}" for alias in node.names if is_module(f"{node.module}.{alias.name}")
            )


def outside_functions(tree: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        if is_type_checking(node) or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        found += [node, *outside_functions(node)]
    return found


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def room(module: str) -> str:
    """docintel.export.html → docintel.export; storage.files → storage; pages.viewer → pages."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "docintel" else parts[0]


def floor(module: str) -> int:
    found = [number for number, rooms in enumerate(FLOORS) if room(module) in rooms]
    assert found, f"{module} stands on no floor: give it one in tests/test_imports.py"
    return found[0]


def ours(name: str) -> bool:
    return name.split(".")[0] in {"docintel", "storage", "pages", "app"}


def within(module: str, homes: set[str]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_imports_point_down(path: Path) -> None:
    module = module_name(path)
    up = [name for name in imports(path) if ours(name) and floor(name) > floor(module)]
    assert not up, f"{module} imports from a floor above it: {up}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_heavy_libraries_stay_at_home(path: Path) -> None:
    module = module_name(path)
    astray = [
        name for name in imports(path) if name.split(".")[0] in HOMES and not within(module, HOMES[name.split(".")[0]])
    ]
    assert not astray, f"{module} imports {astray}, whose home is elsewhere"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_the_core_is_pure(path: Path) -> None:
    module = module_name(path)
    if room(module) not in PURE and module not in PURE:
        return
    foreign = [name for name in imports(path) if not ours(name) and name.split(".")[0] not in PURE_LIBRARIES]
    assert not foreign, f"{module} belongs to the pure core and imports {foreign}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_pages_and_storage_keep_their_distance(path: Path) -> None:
    module = module_name(path)
    names = list(imports(path))
    if room(module) in {"app", "pages"}:
        assert not [name for name in names if name.split(".")[0] == "storage" or name.startswith("docintel.engines")]
    if room(module) == "storage":
        assert not [name for name in names if name.split(".")[0] in {"docintel", "pages", "app"}]


@pytest.mark.parametrize("room", TRAINING)
def test_the_rooms_of_training_build_on_each_other(room: str) -> None:
    allowed = {f"training.{name}" for name in TRAINING[: TRAINING.index(room) + 1]}
    for path in sorted((ROOT / "training" / room).glob("*.py")):
        astray = [name for name in imports(path) if name.split(".")[0] == "training" and not within(name, allowed)]
        assert not astray, f"{module_name(path)} imports {astray}, which comes after it or is a command"


def test_no_circles() -> None:
    graph: dict[str, set[str]] = {}
    for path in sources():
        module = module_name(path)
        graph[module] = {name for name in imports(path, at_start_only=True) if ours(name) and is_module(name)} - {
            module
        }
        graph[module] = {name for name in graph[module] if not module.startswith(f"{name}.")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"circle of imports: {' → '.join(error.args[1])}")


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = "import sys, docintel.__main__; print({'torch', 'chromadb', 'streamlit', 'pymupdf'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
