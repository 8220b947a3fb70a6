"""A Qwen3-VL of two layers with random weights, in a folder as `save_pretrained` writes it; and what it is asked."""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import (
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLMoeConfig,
    Qwen3VLMoeForConditionalGeneration,
)

from docintel.runtime import Request
from docintel.runtime.checkpoints import SMALL_FOLDER
from docintel.runtime.model.weights import LoadedModel, LoadOptions, load

BESIDE_THE_WEIGHTS = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "preprocessor_config.json")


def tiny_model(folder: Path, *, experts: int = 0) -> Path:
    """Made in `folder`, with the tokenizer of the checkpoint that comes with docintel; the same each time. With
    `experts` a mixture of them, two for each token, as the 30B-A3B is."""
    config = json.loads((SMALL_FOLDER / "config.json").read_text(encoding="utf-8"))
    config["text_config"] |= {"num_hidden_layers": 2, "intermediate_size": 64, "hidden_size": 64}
    config["vision_config"] |= {"depth": 2, "hidden_size": 64, "intermediate_size": 64, "out_hidden_size": 64}
    config["vision_config"]["deepstack_visual_indexes"] = [0, 1]
    torch.manual_seed(3)
    if experts:
        config["text_config"] |= {"num_experts": experts, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
        for part, kind in (
            (config, "moe"),
            (config["text_config"], "moe_text"),
            (config["vision_config"], "moe_vision"),
        ):
            part["model_type"] = f"qwen3_vl_{kind}"
    model = (
        Qwen3VLMoeForConditionalGeneration(Qwen3VLMoeConfig(**config))
        if experts
        else Qwen3VLForConditionalGeneration(Qwen3VLConfig(**config))
    )
    model.generation_config.eos_token_id = [2, 0]
    model.save_pretrained(folder)
    for name in BESIDE_THE_WEIGHTS:
        shutil.copy(SMALL_FOLDER / name, folder)
    return folder


def loaded(folder: Path) -> LoadedModel:
    """As it is loaded for tests: on the CPU, in float32."""
    return load(LoadOptions(model=str(folder), device="cpu", dtype="float32"))


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def asking(text: str = "qwenvl html", *sizes: tuple[int, int], seed: int = 0, most: int = 24) -> Request:
    """A request with an image of noise for each of `sizes` (height, width)."""
    images = tuple(noise(*size, seed=seed + number) for number, size in enumerate(sizes))
    return Request(text, images, min_tokens=4, max_tokens=64, max_new_tokens=most, stops_loops=False)
