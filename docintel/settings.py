"""Settings: read once at the edge from DOCINTEL_* and a .env file, then passed down."""

import os
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from docintel.errors import UsageError

Codes = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda codes: _listed(codes))]
"""ISO 639-1 codes; in the environment separated by commas."""

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting is DOCINTEL_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="DOCINTEL_", env_file=PROJECT / ".env", extra="ignore", frozen=True)

    home: Path = PROJECT / "data"
    """Where everything is kept: files, cache, database, index."""
    engine: str = "auto"
    """auto, local, fake."""
    languages: Codes = ()
    """ISO 639-1 codes of what will be read; none: seen on each page."""
    jobs: int = Field(default=0, ge=0)
    """Pages read side by side; 0: one a core."""
    embedding_model: str = "embedded"
    """`embedded` (English MiniLM that is installed with docintel), a hub id or a folder."""
    embedding_languages: Codes = ()
    """ISO 639-1 codes that the embedding model knows; none: taken from what is known of the model."""
    max_file_bytes: int = Field(default=2 * 1024**3, gt=0)
    max_pages: int = Field(default=5_000, gt=0)
    max_pixels: int = Field(default=40_000_000, gt=0)
    """Pixels of one rendered page; a larger page is rendered at a lower resolution."""
    dpi: int = Field(default=200, ge=36, le=1200)
    """Resolution at which PDF pages are rendered."""
    open_timeout_s: float = Field(default=60.0, gt=0)
    page_timeout_s: float = Field(default=180.0, gt=0)
    reader_memory_bytes: int = Field(default=4 * 1024**3, gt=0)
    """Address space of one reading process above what it has at start."""

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @classmethod
    def load(cls, **changes: Any) -> Self:
        """The settings of this machine, with `changes` on top. Raises UsageError that names what is wrong."""
        try:
            return cls(**changes)
        except (ValidationError, SettingsError) as error:
            raise UsageError(f"A setting cannot be used: {_first_problem(error)}.") from error

    @property
    def num_readers(self) -> int:
        return self.jobs or len(os.sched_getaffinity(0))


def _listed(codes: object) -> object:
    return tuple(code.strip() for code in codes.split(",") if code.strip()) if isinstance(codes, str) else codes


def _first_problem(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    problem = error.errors()[0]
    name = "_".join(str(part) for part in problem["loc"][:1]).upper()
    return f"DOCINTEL_{name} is {problem['input']!r}: {problem['msg'].lower()}"
