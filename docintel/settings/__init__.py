"""Settings: read once at the edge from DOCINTEL_* and a .env file, then passed down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from docintel.errors import UsageError
from docintel.settings import places, settings_store
from docintel.settings.places import PROJECT

Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda values: _listed(values))]
"""In the environment separated by commas."""
Codes = Listed
"""ISO 639-1 codes."""

__all__ = ["PROJECT", "Settings", "places", "settings_store"]


class Settings(BaseSettings):
    """Every setting is DOCINTEL_ and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="DOCINTEL_", env_file=places.ENV_FILE, extra="ignore", frozen=True)

    home: Path = places.HOME
    """Where everything is kept: files, cache, database, index."""
    engine: str = "auto"
    """auto, local, qwen3-vl, endpoint, fake."""
    qwen3_vl_model: str = ""
    """Weights: a folder, a hub id such as Qwen/Qwen3-VL-4B-Instruct, or `small`, which come with docintel. Empty: on a
    machine with a GPU the largest in the hub's cache, else `small`."""
    qwen3_vl_revision: str = ""
    """Of a hub id; empty: the newest."""
    qwen3_vl_device: str = "auto"
    """auto, cpu, cuda, cuda:1 …; `spread` uses all cards, and CPU memory where they are full."""
    qwen3_vl_dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    qwen3_vl_attention: str = "sdpa"
    """An attention of transformers: sdpa, eager, flash_attention_2."""
    qwen3_vl_context: int = Field(default=16_384, ge=1_024)
    """Tokens of one question and its answer, images among them."""
    qwen3_vl_batch: int = Field(default=8, ge=1)
    """Requests answered together."""
    qwen3_vl_continuous: bool = True
    """A request begins as soon as another one has ended. Off: batch by batch, through transformers' own modules."""
    qwen3_vl_vision_bytes: int = Field(default=2 * 1024**3, ge=0)
    """Memory for what the vision tower made of images, so that they need not be looked at again."""
    qwen3_vl_vision_disk_bytes: int = Field(default=0, ge=0)
    """Room for the same in the home, over restarts; deleting a document empties it."""
    endpoint_url: str = ""
    """An OpenAI-compatible server, such as http://gpu-host:8000/v1."""
    endpoint_model: str = ""
    """The model's name there; empty: the first that the server lists."""
    endpoint_key: str = Field(default="", repr=False)
    endpoint_in_flight: int = Field(default=8, ge=1)
    """Requests sent side by side."""
    endpoint_timeout_s: float = Field(default=300.0, gt=0)
    read_mode: Literal["page", "regions"] = "page"
    """How qwen3-vl and endpoint read: the whole page at once, or each part that the layout shows."""
    read_words: Literal["none", "lines", "words"] = "none"
    """Boxes that they are asked for beside the blocks."""
    read_min_tokens: int = Field(default=512, ge=4)
    """Visual tokens of a page, each 32×32 pixels: smaller pages are scaled up, larger ones down."""
    read_max_tokens: int = Field(default=2_048, ge=4)
    """4,096 for dense pages."""
    compare_readings: Literal["auto", "always", "never"] = "auto"
    """Which pages the local engine reads too, so that what qwen3-vl and endpoint make up or leave out is noticed. auto:
    pages that are photographed, written by hand, small or blurred."""
    read_new_tokens: int = Field(default=8_192, ge=16)
    """Longest answer about a page."""
    languages: Codes = ()
    """ISO 639-1 codes of what will be read; none: seen on each page."""
    jobs: int = Field(default=0, ge=0)
    """Pages read side by side, by all workers together; 0: one a core."""
    workers: int = Field(default=1, ge=1)
    """Worker processes that the app keeps alive; they share `jobs` among them, each reading one page at least."""
    stop_after_failures: int = Field(default=100, ge=0)
    """So many documents failed in a row, over all workers, pause the queue; 0: never."""
    min_free_bytes: int = Field(default=1_000_000_000, ge=0)
    """Room to be left on the disk where `home` lies: what would take it waits."""
    embedding_model: str = "embedded"
    """`embedded` (multilingual, installed with docintel), `english` (that of earlier releases, too), a hub id or a
    folder."""
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
    model_timeout_s: float = Field(default=1_200.0, gt=0)
    """A page with qwen3-vl or endpoint: waiting for its turn and all attempts."""
    reader_memory_bytes: int = Field(default=4 * 1024**3, gt=0)
    """Address space of one reading process above what it has at start."""
    reader_file_bytes: int = Field(default=1024**3, gt=0)
    """Largest file that one reading process may write where it has no sandbox; in one it writes none."""
    sandbox: Literal["auto", "required", "off"] = "auto"
    """Of the processes that decode files. auto: as far as the kernel has the means; required: nothing is read where one
    of them is missing."""
    log_format: Literal["text", "json"] = "text"
    """Lines on stderr as text, or each a JSON object; never a document's text."""
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    admins: Listed = ()
    """E-mail addresses of those who, signed in, see and may do everything; where there are some, all must sign in."""
    allowed_hosts: Listed = ()
    """Addresses under which the app is served beside its own, such as a reverse proxy's: `name`, `name:port`, or
    `*.example.org` for all below it."""
    user_bytes: int = Field(default=0, ge=0)
    """Bytes of files that one user may have stored; 0: as many as there is room for."""
    user_pages_queued: int = Field(default=0, ge=0)
    """While one user has so many pages waiting, no more of that user's files are taken; 0: any number."""
    user_questions_per_minute: int = Field(default=0, ge=0)
    """Questions that one user may ask a minute; 0: any number."""
    audit_days: int = Field(default=0, ge=0)
    """So long are entries of the audit trail kept; 0: for ever."""
    bin_days: int = Field(default=30, ge=0)
    """So long do deleted documents stay in the bin; 0: until it is emptied."""
    conversation_days: int = Field(default=0, ge=0)
    """So long is a conversation kept after its last question; 0: for ever."""
    password_file: Path | None = None
    """Its first line is the password that whoever opens the app must know, or that password's argon2id hash."""
    watch_roots: Listed = ()
    """Folders under which the app may watch others, and move files to; none: it watches none."""
    metrics_token: str = Field(default="", repr=False)
    """Who sends it (`Authorization: Bearer …`) may read /metrics; without one, only this machine may."""

    @field_validator("password_file", mode="before")
    @classmethod
    def _named(cls, path: object) -> object:
        return path or None

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @classmethod
    def load(cls, **changes: Any) -> Self:
        """The settings of this machine, with `changes` on top and what was changed in the app below.

        Raises UsageError that names what is wrong.
        """
        named = cls.of_machine(**changes)
        above = named.model_fields_set | cls.fixed()
        below = {name: value for name, value in settings_store.read(named.home).items() if name not in above}
        try:
            return cls._checked(below | changes) if below else named
        except UsageError as error:
            raise UsageError(f"{named.home / settings_store.FILE}: {error} {settings_store.ADVICE}") from error

    @classmethod
    def of_machine(cls, **changes: Any) -> Self:
        """Without what was changed in the app. Raises UsageError that names what is wrong."""
        return cls._checked(changes)

    @classmethod
    def fixed(cls) -> frozenset[str]:
        """Names of what the environment or .env says: what is kept in a home doesn't change it. Raises UsageError.

        A server's address is fixed with its key: nobody in the app sends the key elsewhere.
        """
        said = cls._checked({}).model_fields_set
        return frozenset(said | ({"endpoint_url"} if "endpoint_key" in said else set()))

    def keep(self, changes: Mapping[str, Any]) -> None:
        """Keeps what was changed in the app for the next `load`; what is set to its default is kept no longer.

        Raises DocintelError; then nothing has been kept.
        """
        wanted = {name: value for name, value in changes.items() if name in settings_store.CHANGEABLE}
        checked = type(self)._checked({"home": self.home, **settings_store.read(self.home), **wanted})
        values = checked.model_dump(
            mode="json", include={*settings_store.read(self.home), *wanted}, exclude_defaults=True
        )
        settings_store.write(self.home, values)

    @classmethod
    def _checked(cls, values: Mapping[str, Any]) -> Self:
        try:
            return cls(**values)
        except (ValidationError, SettingsError) as error:
            raise UsageError(f"A setting cannot be used: {_first_problem(error)}.") from error

    @property
    def vision_folder(self) -> Path:
        """What the vision tower made of images, where that is kept over restarts; can be made again."""
        return self.home / "vision"

    def without_secrets(self) -> Self:
        """For processes that need none: what is not shown, such as keys, is as if it had not been set."""
        fields = type(self).model_fields
        secret = {name: field.get_default() for name, field in fields.items() if not field.repr}
        return self.model_copy(update=secret)

    def is_admin(self, user_id: str) -> bool:
        return user_id in {each.lower() for each in self.admins}


def _listed(values: object) -> object:
    return tuple(each.strip() for each in values.split(",") if each.strip()) if isinstance(values, str) else values


def _first_problem(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    problem = error.errors()[0]
    name = "_".join(str(part) for part in problem["loc"][:1]).upper()
    return f"DOCINTEL_{name} is {problem['input']!r}: {problem['msg'].lower()}"
