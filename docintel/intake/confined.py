"""The sandbox of processes that open files from outside."""

from pathlib import Path

from docintel.errors import UsageError
from docintel.processes import sandbox as means
from docintel.processes.sandbox import Sandbox
from docintel.settings import Settings

PROGRAMS = ("pdfinfo", "pdftoppm")


def describe(settings: Settings) -> str:
    """What confines processes that open files, in a line."""
    return "switched off (DOCINTEL_SANDBOX)" if settings.sandbox == "off" else means.description()


def problem(settings: Settings) -> str:
    """What of it is not there, and what that means; empty where all is."""
    if settings.sandbox == "off":
        return "Files are decoded without a sandbox: DOCINTEL_SANDBOX is off."
    return " ".join(f"Files are decoded without {name}: {why}." for name, why in means.missing().items())


def require(settings: Settings) -> None:
    """Raises UsageError where the settings say that nothing is read without a whole sandbox, and there is none."""
    if settings.sandbox == "required" and means.missing():
        raise UsageError(f"{problem(settings)} DOCINTEL_SANDBOX=required forbids that.")


def sandbox(settings: Settings, *readable: Path, writable: Path | None = None) -> Sandbox | None:
    """Of a process that decodes what lies at `readable`, and may replace the content of the file `writable`.

    None where the settings want no sandbox. Raises UsageError as `require` does.
    """
    require(settings)
    if settings.sandbox == "off":
        return None
    return Sandbox(
        readable=readable,
        writable=(writable,) if writable else (),
        file_bytes=settings.max_file_bytes if writable else 0,
        programs=PROGRAMS,
    )
