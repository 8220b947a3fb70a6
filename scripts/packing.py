"""What a wheel holds beside the packages: app.py, pages/ and what they need, which a checkout keeps at its top.

They become the data folder docintel/app/. An editable install has none of it: there the checkout's own files are used.
"""

from pathlib import Path

from setuptools.command.build_py import build_py

FOLDER = Path("docintel", "app")
APP = ("app.py", "pages/*.py", ".streamlit/config.toml")


class BuildWithApp(build_py):  # type: ignore[misc] # setuptools brings no types
    """The command `build_py`, named in pyproject.toml."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source in app_files():
            target = Path(self.build_lib) / FOLDER / source
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target))

    def get_source_files(self) -> list[str]:
        """What a source distribution holds, so that a wheel can be built from it."""
        return [*super().get_source_files(), *map(str, app_files()), "scripts/packing.py"]


def app_files() -> list[Path]:
    """Relative to the checkout, where setuptools runs. Of samples/, all but what makes them."""
    samples = [path for path in Path("samples").iterdir() if path.is_file() and path.suffix != ".py"]
    return sorted([*samples, *(path for pattern in APP for path in Path().glob(pattern))])
