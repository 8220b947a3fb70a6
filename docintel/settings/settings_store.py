"""Settings that were changed in the app: a small file in the home, below what the machine itself says."""

from collections.abc import Mapping
from pathlib import Path

from docintel import json_files
from docintel.errors import DocintelError, UsageError

FILE = json_files.SETTINGS
ADVICE = "Run `docintel check --repair`, restore the file from a backup, or delete it to go back to the defaults."

CHANGEABLE = (
    "engine",
    "languages",
    "read_mode",
    "read_words",
    "compare_readings",
    "read_min_tokens",
    "read_max_tokens",
    "read_new_tokens",
    "qwen3_vl_model",
    "qwen3_vl_revision",
    "qwen3_vl_device",
    "qwen3_vl_dtype",
    "qwen3_vl_context",
    "qwen3_vl_batch",
    "endpoint_url",
    "endpoint_model",
    "endpoint_in_flight",
    "endpoint_timeout_s",
    "jobs",
    "workers",
    "dpi",
    "page_timeout_s",
    "stop_after_failures",
)
"""What may be changed in the app. Keys, who is an administrator, and limits against hostile files may not."""


def read(home: Path) -> dict[str, object]:
    """What is kept; nothing of it has been checked. Raises UsageError where the file cannot be read."""
    path = home / FILE
    try:
        found = json_files.read(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}. {ADVICE}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} holds no settings. {ADVICE}")
    return {name: value for name, value in found.items() if name in CHANGEABLE}


def write(home: Path, values: Mapping[str, object]) -> None:
    """Whole or not at all, readable by the file's owner only. Raises DocintelError."""
    try:
        json_files.write(home / FILE, dict(values))
    except OSError as error:
        raise DocintelError(
            f"The settings could not be kept in {home} ({error.strerror}). Nothing was changed; make room there, or "
            "let this program write there."
        ) from error


def _reason(error: OSError | ValueError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it is not the JSON that docintel writes"
