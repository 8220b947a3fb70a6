"""Checkpoints of Qwen3-VL on disk: which one is meant, where its files are, whether they fit.

safetensors only, no remote code. Nothing here needs torch.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ValidationError

from docintel.errors import EngineUnavailable
from docintel.runtime import thinking
from docintel.runtime.budget import PatchLayout

SMALL = "small"
SMALL_FOLDER = Path(__file__).resolve().parent.parent / "weights"
"""The checkpoint of a few million parameters that comes with docintel."""
FILES = ["*.safetensors", "*.json", "*.txt", "*.jinja"]
TEMPLATES = ("chat_template.jinja", "chat_template.json", "tokenizer_config.json")
REASONING_OPENED = re.compile(r"assistant(?:\\+n|\s)*<think>")
"""In a chat template, written out or as a string in JSON: the beginning of the answer."""
MODEL_TYPES = {"qwen3_vl", "qwen3_vl_moe"}
WORKING_BYTES = 2 * 1024**3
"""What a page's vision and prefill need beside weights and cache, at batch 1."""

PUBLISHED = {
    "Qwen/Qwen3-VL-32B-Instruct": (33.4e9, 262_144),
    "Qwen/Qwen3-VL-30B-A3B-Instruct": (31.1e9, 98_304),
    "Qwen/Qwen3-VL-8B-Instruct": (8.77e9, 147_456),
    "Qwen/Qwen3-VL-4B-Instruct": (4.44e9, 147_456),
    "Qwen/Qwen3-VL-2B-Instruct": (2.13e9, 114_688),
}
"""Parameters, and bytes of keys and values a token in half precision; the largest first."""


class TextConfig(BaseModel):
    """Of config.json, what the size of the cache follows from."""

    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int | None = None
    hidden_size: int
    head_dim: int | None = None

    @property
    def cache_bytes_per_token(self) -> int:
        """Keys and values of one token in half precision."""
        heads = self.num_key_value_heads or self.num_attention_heads
        head_dim = self.head_dim or self.hidden_size // self.num_attention_heads
        return 2 * 2 * self.num_hidden_layers * heads * head_dim


class Config(BaseModel):
    """A checkpoint's config.json."""

    model_type: str
    text_config: TextConfig


@dataclass(frozen=True)
class Checkpoint:
    """A folder of weights, and the name that a fingerprint calls it by."""

    folder: Path
    name: str

    def config(self) -> Config:
        """Raises EngineUnavailable."""
        return _read_config(self.folder)

    @property
    def num_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("*.safetensors"))


def resolve_model(model: str) -> str:
    """The name itself; where none is given, the largest size that a machine with a GPU has at hand, else `small`."""
    if model:
        return model
    return next((each for each in PUBLISHED if is_available(each)), SMALL) if has_gpu() else SMALL


def has_gpu() -> bool:
    """Whether an NVIDIA driver shows a device; torch says whether it can be used."""
    return Path("/dev/nvidia0").exists() or Path("/dev/nvidiactl").exists()


def is_available(model: str) -> bool:
    """Whether weights lie in a folder of that name, or in the hub's cache on this machine."""
    from huggingface_hub import constants

    if model == SMALL or Path(model).expanduser().is_dir():
        return True
    folder = Path(constants.HF_HUB_CACHE) / f"models--{model.replace('/', '--')}" / "snapshots"
    return any(folder.glob("*/*.safetensors"))


def is_thinking_model(model: str) -> bool:
    """Whether a model reasons before it answers: as the chat template in its folder says, else as its name does."""
    templates = [path for name in TEMPLATES if (path := Path(model).expanduser() / name).is_file()]
    if not templates:
        return thinking.is_thinking_model(model)
    return any(REASONING_OPENED.search(path.read_text(encoding="utf-8", errors="replace")) for path in templates)


def find_checkpoint(model: str, revision: str = "") -> Checkpoint:
    """By folder or hub id, fetched where it is not on this machine. Raises EngineUnavailable."""
    if model == SMALL:
        return Checkpoint(SMALL_FOLDER, f"docintel-small@{_digest(SMALL_FOLDER)}")
    folder = Path(model).expanduser()
    if folder.is_dir():
        return Checkpoint(folder, f"{folder.name}@{_digest(folder)}")
    if folder.is_absolute() or model.count("/") != 1:
        raise EngineUnavailable(f"There are no weights at {model}. Give a folder that exists, or a hub id.")
    folder = _download(model, revision or None)
    return Checkpoint(folder, f"{model}@{folder.name[:12]}")


def _digest(folder: Path) -> str:
    """A folder's weights by name and size: enough to tell one checkpoint from the next without reading gigabytes."""
    digest = sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")]):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        if path.stat().st_size < 64_000_000:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _download(model: str, revision: str | None) -> Path:
    """From this machine's hub cache, or downloaded with a progress bar. Raises EngineUnavailable."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=FILES))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError, OSError) as error:
        raise EngineUnavailable(
            f"The weights of {model} are not on this machine and could not be fetched ({first_line(error)}). Put their "
            "safetensors and json files into a folder and name it in DOCINTEL_QWEN3_VL_MODEL, or copy them into "
            f"{constants.HF_HUB_CACHE} from a machine that has them; `small` needs no download."
        ) from error


def first_line(error: BaseException) -> str:
    """What a library says, short enough for a message."""
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__


def _read_config(folder: Path) -> Config:
    try:
        given = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model_type = given["model_type"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise EngineUnavailable(f"{folder} holds no readable config.json. Put a Qwen3-VL checkpoint there.") from error
    if model_type not in MODEL_TYPES:
        raise EngineUnavailable(f"{folder} holds a model of type {model_type!r}, not a Qwen3-VL.")
    if not list(folder.glob("*.safetensors")):
        raise EngineUnavailable(
            f"{folder} holds no safetensors files. Other formats are not loaded: they can run code."
        )
    try:
        return Config.model_validate(given)
    except ValidationError as error:
        raise EngineUnavailable(f"{folder}/config.json lacks sizes of the model. Copy the checkpoint's own.") from error


def check_fit(name: str, weight_bytes: int, cache_bytes: int, context: int, *, free_bytes: int) -> None:
    """Raises EngineUnavailable where the card has no room, naming the largest model that it has room for."""
    if weight_bytes + cache_bytes + WORKING_BYTES <= free_bytes:
        return
    fits = [
        model
        for model, (parameters, token_bytes) in PUBLISHED.items()
        if 2 * parameters + token_bytes * context + WORKING_BYTES <= free_bytes
    ]
    advice = f"The largest that fits is {fits[0]}" if fits else "None of the published sizes fits"
    raise EngineUnavailable(
        f"{name} needs {weight_bytes / 1e9:.1f} GB for its weights and {cache_bytes / 1e9:.1f} GB for a context of "
        f"{context:,} tokens, the card has {free_bytes / 1e9:.1f} GB free. {advice}; a smaller context "
        "(DOCINTEL_QWEN3_VL_CONTEXT) or DOCINTEL_QWEN3_VL_DEVICE=spread may help too."
    )


def layout_of(folder: Path) -> PatchLayout:
    path = folder / "preprocessor_config.json"
    preprocessor = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    default = PatchLayout()
    size = preprocessor.get("size") or {}
    return PatchLayout(
        patch=preprocessor.get("patch_size", default.patch),
        merge=preprocessor.get("merge_size", default.merge),
        frames=preprocessor.get("temporal_patch_size", default.frames),
        mean=tuple(preprocessor.get("image_mean", default.mean)),
        std=tuple(preprocessor.get("image_std", default.std)),
        most_pixels=size.get("longest_edge", default.most_pixels),
    )
