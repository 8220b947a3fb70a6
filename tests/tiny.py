"""A Qwen3-VL of two layers with random weights, in a folder as `save_pretrained` writes it."""

import json
import shutil
from pathlib import Path

import torch
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from docintel.runtime.checkpoints import SMALL_FOLDER

BESIDE_THE_WEIGHTS = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "preprocessor_config.json")


def tiny_model(folder: Path) -> Path:
    """Made in `folder`, with the tokenizer of the checkpoint that comes with docintel; the same each time."""
    config = json.loads((SMALL_FOLDER / "config.json").read_text(encoding="utf-8"))
    config["text_config"] |= {"num_hidden_layers": 2, "intermediate_size": 64, "hidden_size": 64}
    config["vision_config"] |= {"depth": 2, "hidden_size": 64, "intermediate_size": 64, "out_hidden_size": 64}
    config["vision_config"]["deepstack_visual_indexes"] = [0, 1]
    torch.manual_seed(3)
    model = Qwen3VLForConditionalGeneration(Qwen3VLConfig(**config))
    model.generation_config.eos_token_id = [2, 0]
    model.save_pretrained(folder)
    for name in BESIDE_THE_WEIGHTS:
        shutil.copy(SMALL_FOLDER / name, folder)
    return folder
