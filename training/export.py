"""Trained weights → a folder that transformers opens: config, shards, tokenizer, processors' settings, chat template.

python -m training.export training/runs/d training/runs/best
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models
from transformers import GenerationConfig, PreTrainedTokenizerFast

from training.model import checkpoint
from training.model.network import Reader
from training.writing.vocabulary import CHAT_TEMPLATE, END, END_OF_TEXT, MARKUP, SPECIAL, TOKENS, UNKNOWN, ids

MAX_PIXELS = 768 * 1088
MIN_PIXELS = 32 * 256
MAX_TOKENS = 8192
MAX_NEW_TOKENS = 4000


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Characters one by one, markup in whole pieces; a coordinate's token is only ever written by the model."""
    core = Tokenizer(models.BPE(vocab=ids(), merges=[], unk_token=UNKNOWN))
    core.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    core.add_tokens([AddedToken(token, normalized=False, special=False) for token in MARKUP])
    core.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core,
        eos_token=END,
        pad_token=END_OF_TEXT,
        unk_token=UNKNOWN,
        additional_special_tokens=[token for token in SPECIAL if token not in (END, END_OF_TEXT)],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=MAX_TOKENS,
        padding_side="left",
    )


def processor_settings() -> dict[str, dict[str, object]]:
    """The image and video processors' files, by name; sizes are total pixels."""
    common: dict[str, object] = {
        "patch_size": 16,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "processor_class": "Qwen3VLProcessor",
        "size": {"longest_edge": MAX_PIXELS, "shortest_edge": MIN_PIXELS},
    }
    return {
        "preprocessor_config.json": common | {"image_processor_type": "Qwen2VLImageProcessorFast"},
        "video_preprocessor_config.json": common | {"video_processor_type": "Qwen3VLVideoProcessor"},
    }


def export(weights: Path, out: Path) -> None:
    """Write the folder; its tensors are the bfloat16 numbers that training computed with."""
    reader = Reader()
    checkpoint.load(reader, weights)
    model = reader.model.bfloat16()
    if len(TOKENS) > len(reader.embedding):
        raise ValueError("the vocabulary has grown past the embedding: the weights belong to an older one")
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        max_new_tokens=MAX_NEW_TOKENS,
        eos_token_id=[ids()[END], ids()[END_OF_TEXT]],
        pad_token_id=ids()[END_OF_TEXT],
    )
    model.save_pretrained(out, max_shard_size="15MB")
    make_tokenizer().save_pretrained(out)
    _rename_tokenizer(out / "tokenizer_config.json")
    card = Path(__file__).with_name("model_card.md").read_text(encoding="utf-8")
    (out / "README.md").write_text(card, encoding="utf-8")
    for name, settings in processor_settings().items():
        (out / name).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _rename_tokenizer(path: Path) -> None:
    """Name the class as transformers 4 and 5 both know it."""
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast", "processor_class": "Qwen3VLProcessor"}
    settings.pop("backend", None)
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    export(arguments.weights, arguments.out)


if __name__ == "__main__":
    main()
