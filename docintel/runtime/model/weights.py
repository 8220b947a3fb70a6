"""Weights of Qwen3-VL: where they are, whether they fit, and loading them. safetensors only, no remote code."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from docintel.errors import EngineUnavailable
from docintel.runtime.budget import PatchLayout
from docintel.runtime.checkpoints import (
    SMALL,
    Checkpoint,
    Config,
    check_fit,
    find_checkpoint,
    first_line,
    layout_of,
    resolve_model,
)

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Qwen3VL = Any
"""transformers' Qwen3VLForConditionalGeneration, or its mixture of experts: not typed well enough to be checked."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadOptions:
    """How weights are to be loaded."""

    model: str = SMALL
    """`small`, a folder, a hub id, or empty: what is there."""
    revision: str = ""
    device: str = "auto"
    """auto, cuda, cuda:1, cpu; `spread` puts layers over all cards and, where they are full, into CPU memory."""
    dtype: str = "auto"
    """auto: bfloat16 on a GPU that has it, float32 on a CPU; or float32, float16, bfloat16."""
    attention: str = "sdpa"
    """An attention of transformers: sdpa, eager, flash_attention_2."""
    context: int = 16_384
    """Tokens of prompt and answer that must fit beside the weights."""


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to answer, what it was loaded from, and where it lies."""

    model: Qwen3VL
    tokenizer: "PreTrainedTokenizerBase"
    layout: PatchLayout
    name: str
    device: torch.device
    dtype: torch.dtype

    @property
    def end_ids(self) -> frozenset[int]:
        """Tokens that end an answer."""
        ends = self.model.generation_config.eos_token_id
        return frozenset([ends] if isinstance(ends, int) else ends or [self.tokenizer.eos_token_id])


def load(options: LoadOptions) -> LoadedModel:
    """Raises EngineUnavailable, which says what is missing and what to do."""
    checkpoint = find_checkpoint(resolve_model(options.model), options.revision)
    config = checkpoint.config()
    device = device_of(options.device)
    dtype = dtype_of(options.dtype, device)
    if device.type == "cuda" and options.device != "spread":
        _check_fit(checkpoint, config, options.context, free_bytes=torch.cuda.mem_get_info(device)[0])
    folder = checkpoint.folder
    model = _load_model(folder, config, device, dtype, options)
    return LoadedModel(model, _load_tokenizer(folder), layout_of(folder), checkpoint.name, device, dtype)


def device_of(wanted: str) -> torch.device:
    """Raises EngineUnavailable."""
    if wanted in {"auto", "spread"}:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise EngineUnavailable(
            f"There is no device {wanted!r}. Choose auto, cpu, cuda, cuda:1 … or spread."
        ) from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailable("No GPU is seen by torch. Install its driver, or set DOCINTEL_QWEN3_VL_DEVICE=cpu.")
    return device


def dtype_of(wanted: str, device: torch.device) -> torch.dtype:
    """Raises EngineUnavailable."""
    if wanted == "auto":
        if device.type == "cpu":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    dtype = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}.get(wanted)
    if dtype is None:
        raise EngineUnavailable(f"There is no dtype {wanted!r}. Choose auto, bfloat16, float16 or float32.")
    return dtype


def _check_fit(checkpoint: Checkpoint, config: Config, context: int, *, free_bytes: int) -> None:
    cache_bytes = config.text_config.cache_bytes_per_token * context
    check_fit(checkpoint.name, checkpoint.num_bytes, cache_bytes, context, free_bytes=free_bytes)


def _load_model(
    folder: Path, config: Config, device: torch.device, dtype: torch.dtype, options: LoadOptions
) -> Qwen3VL:
    from transformers import Qwen3VLForConditionalGeneration, Qwen3VLMoeForConditionalGeneration

    is_moe = config.model_type == "qwen3_vl_moe"
    opener: Callable[..., Qwen3VL] = (
        Qwen3VLMoeForConditionalGeneration if is_moe else Qwen3VLForConditionalGeneration
    ).from_pretrained
    try:
        model = opener(
            folder,
            dtype=dtype,
            attn_implementation=options.attention,
            device_map="auto" if options.device == "spread" else {"": device},
            use_safetensors=True,
            local_files_only=True,
        )
    except torch.OutOfMemoryError as error:
        raise EngineUnavailable(
            f"The weights in {folder} do not fit on {device}. Choose a smaller model, or "
            "DOCINTEL_QWEN3_VL_DEVICE=spread."
        ) from error
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise EngineUnavailable(f"The weights in {folder} could not be loaded: {first_line(error)}") from error
    return model.eval().requires_grad_(False)


def _load_tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise EngineUnavailable(f"The tokenizer in {folder} could not be loaded: {first_line(error)}") from error
    if not tokenizer.chat_template:
        raise EngineUnavailable(f"{folder} has no chat template. Copy chat_template.jinja of the checkpoint there.")
    return tokenizer
