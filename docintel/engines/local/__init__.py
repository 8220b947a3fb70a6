"""The CPU engine: RapidOCR finds the lines, the script of each chooses its recogniser, PyMuPDF finds the layout.

No download, no network, one thread: pages are read side by side in processes.
"""

from docintel.engines.local.engine import LocalEngine
from docintel.settings import Settings

__all__ = ["LocalEngine", "describe", "open_engine"]


def open_engine(settings: Settings) -> LocalEngine:
    """Raises EngineUnavailable where a part is not installed."""
    return LocalEngine(languages=settings.languages)


def describe(settings: Settings) -> str:
    """Raises EngineUnavailable."""
    return open_engine(settings).fingerprint
