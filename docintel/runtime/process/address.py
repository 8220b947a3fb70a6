"""Where a home's model process listens, and how it is."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

ADDRESS_FILE = "engine.json"


@dataclass(frozen=True)
class Address:
    """Where a model process listens, and the key that it asks for."""

    path: str
    key: str
    pid: int

    def write(self, home: Path) -> None:
        """Whole or not at all, readable by its owner only."""
        part = home / f"{ADDRESS_FILE}.part"
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        part.rename(home / ADDRESS_FILE)

    @classmethod
    def read(cls, home: Path) -> "Address | None":
        """None where none is written, or it cannot be read."""
        try:
            return cls(**json.loads((home / ADDRESS_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


@dataclass(frozen=True)
class ModelStatus:
    """How the model process is, for the pages."""

    state: str
    name: str
    about: str
    """Device, dtype, attention, memory: what a person wants to know of it; or why it failed."""
    num_waiting: int = 0
    num_running: int = 0
    num_answered: int = 0
    tokens_per_second: float = 0.0
    vision_hits: int = 0
    vision_misses: int = 0
