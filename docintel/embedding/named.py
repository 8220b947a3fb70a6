"""Models that the setting `embedding_model` names: a folder, or a hub id.

A hub id is taken from the local Hugging Face cache, and fetched into it once where the network may be used
(`HF_HUB_OFFLINE` is respected).
"""

import logging
import os
import re
from hashlib import sha256
from pathlib import Path

from docintel.embedding.source import ModelSource
from docintel.errors import EngineUnavailable

log = logging.getLogger(__name__)

_MULTILINGUAL = re.compile(
    r"qwen3-embedding|bge-m3|multilingual|labse|gte-qwen2|jina-embeddings-v[34]|embeddinggemma", re.I
)
_E5 = re.compile(r"(^|[/-])e5-|multilingual-e5", re.I)
_FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model", "README.md"]
_EDGE_BYTES = 1 << 20


def named(name: str) -> ModelSource:
    """Raises EngineUnavailable where it is not to be had."""
    local = Path(name).expanduser()
    folder = local if local.is_dir() else _from_hub(name)
    e5 = bool(_E5.search(name))
    return ModelSource(
        name=local.resolve().name if local.is_dir() else name,
        folder=folder,
        revision=_revision(folder),
        languages=None if _MULTILINGUAL.search(name) else _card_languages(folder),
        query_prompt="query: " if e5 else None,
        passage_prompt="passage: " if e5 else None,
    )


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as error:
        raise EngineUnavailable(
            f"There is no folder {name!r}, and it is not the name of a model on the hub."
        ) from error
    except LocalEntryNotFoundError:
        return _fetched(name)


def _fetched(name: str) -> Path:
    """The hub's files of a model, weights as safetensors where it has them."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise EngineUnavailable(_how_to_get(name, "the network is switched off (HF_HUB_OFFLINE)"))
    try:
        files = HfApi().list_repo_files(name)
        safe = any(file.endswith(".safetensors") for file in files)
        return Path(snapshot_download(name, allow_patterns=_FETCHED if safe else [*_FETCHED, "pytorch_model*.bin"]))
    except (HfHubHTTPError, OSError) as error:
        raise EngineUnavailable(_how_to_get(name, "it could not be fetched")) from error


def _how_to_get(name: str, why: str) -> str:
    return (
        f"The search model {name!r} is not on this machine, and {why}. Copy its folder here and set "
        "DOCINTEL_EMBEDDING_MODEL to the folder, or unset it to use the embedded model."
    )


def _revision(folder: Path) -> str:
    """The hub's commit where the folder is a snapshot of it, else a digest of its weights' sizes and edges."""
    if folder.parent.name == "snapshots":
        return folder.name[:12]
    digest = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.suffix in (".safetensors", ".bin", ".json")):
        digest.update(f"{file.relative_to(folder)} {file.stat().st_size}".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_EDGE_BYTES))
            stream.seek(max(0, file.stat().st_size - _EDGE_BYTES))
            digest.update(stream.read(_EDGE_BYTES))
    return digest.hexdigest()[:12]


def _card_languages(folder: Path) -> frozenset[str] | None:
    """Languages that a model card names; English where it names none, all where it says multilingual."""
    from huggingface_hub.repocard import metadata_load
    from yaml import YAMLError

    card = folder / "README.md"
    try:
        header = (metadata_load(card) if card.is_file() else None) or {}
    except (YAMLError, ValueError) as error:
        log.warning("%s is taken for English: its model card cannot be read (%s)", folder.name, error)
        header = {}
    named = header.get("language")
    listed = named if isinstance(named, list) else [named]
    codes = {"no" if code is False else str(code) for code in listed if code is not None}  # YAML's `no` is False
    return None if "multilingual" in codes else frozenset(codes or {"en"})
