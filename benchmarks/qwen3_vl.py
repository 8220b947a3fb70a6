"""How fast Qwen3-VL reads here: docintel's slots and its plain path beside transformers' own `generate`, in one run.

    python -m benchmarks.qwen3_vl [--geometry 4B,30B-A3B] [--batch 1,8,32,64] [--tokens 128] [--json FOLDER]

No weights are needed: models of the published geometry are made with random numbers on the spot, so what is said is
nonsense, but takes as long. Pages are A4 at 150 dpi (2,016 visual tokens), each with other pixels. `--geometry small`
is the checkpoint that comes with docintel, read from its folder: what a machine without a GPU can try.

Each way has a process of its own: what a library remembers of the shapes it has seen would help the second.
Seconds a page at 1,000 tokens are those of taking the page in, and 1,000 steps at the speed measured over `--tokens`.
Slots are filled one after another while the others go on; their steps are timed once all are filled.
"""

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from docintel.runtime import Generated, Request
from docintel.runtime.budget import PatchLayout
from docintel.runtime.checkpoints import SMALL, SMALL_FOLDER
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.generation import PROGRESS_EVERY
from docintel.runtime.model.patches import extract_patches
from docintel.runtime.model.prompts import build_prompt
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadedModel, LoadOptions, load
from docintel.runtime.slots.decoder import SlotDecoder

A4_AT_150_DPI = (1_754, 1_240)
ANSWER_TOKENS = 1_000
PAGE_TOKENS = 2_304
"""A page's prompt, and what its last block of keys and values is rounded up to."""
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
VISION = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16, "indexes": [5, 11, 17]}
LARGER_VISION = {"depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16, "indexes": [8, 16, 24]}
GEOMETRIES: dict[str, dict[str, Any]] = {
    "2B": {"layers": 28, "hidden": 2048, "ffn": 6144, "heads": 16, "kv_heads": 8, "tied": True, "vision": VISION},
    "4B": {"layers": 36, "hidden": 2560, "ffn": 9728, "heads": 32, "kv_heads": 8, "tied": True, "vision": VISION},
    "8B": {"layers": 36, "hidden": 4096, "ffn": 12288, "heads": 32, "kv_heads": 8, "vision": LARGER_VISION},
    "30B-A3B": {
        "layers": 48,
        "hidden": 2048,
        "ffn": 6144,
        "heads": 32,
        "kv_heads": 4,
        "experts": {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768},
        "vision": LARGER_VISION,
    },
}


@dataclass(frozen=True)
class Measured:
    geometry: str
    how: str
    batch: int
    vision_ms: float
    """A page, of the batch."""
    prefill_ms: float
    """A page: the decoder takes in the prompt."""
    step_ms: float
    peak_gb: float

    @property
    def tokens_per_second(self) -> float:
        return 1_000 * self.batch / self.step_ms

    @property
    def pages_per_second(self) -> float:
        taking_in = self.batch * (self.vision_ms + self.prefill_ms)
        return 1_000 * self.batch / (taking_in + ANSWER_TOKENS * self.step_ms)


def made(geometry: str, device: torch.device) -> tuple[LoadedModel, str]:
    """A model of that geometry, and what is to be said of its loading."""
    if geometry == "small":
        return _loaded(SMALL, device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    shape = GEOMETRIES[geometry]
    kind = "Qwen3VLMoe" if "experts" in shape else "Qwen3VL"
    config = getattr(transformers, f"{kind}Config")(**_config(shape))
    config._attn_implementation = "sdpa"
    with torch.device(device):
        before = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        model = getattr(transformers, f"{kind}ForConditionalGeneration")(config)
        torch.set_default_dtype(before)
    with tempfile.TemporaryDirectory() as name:
        needed = sum(each.numel() * each.element_size() for each in model.parameters())
        if shutil.disk_usage(name).free > 1.2 * needed:
            model.save_pretrained(name)
            for file in TOKENIZER_FILES:
                shutil.copy(SMALL_FOLDER / file, name)
            _write_pixel_budget(Path(name) / "preprocessor_config.json")
            del model
            return _loaded(name, device)
    tokenizer = transformers.AutoTokenizer.from_pretrained(SMALL_FOLDER)
    loaded = LoadedModel(
        model.eval().requires_grad_(False), tokenizer, PatchLayout(), f"random-{geometry}", device, dtype
    )
    return loaded, f"{needed / 1e9:.1f} GB, made in memory: the disk has no room to load it from"


def _write_pixel_budget(path: Path) -> None:
    """The published one, in place of the small checkpoint's."""
    config = json.loads((SMALL_FOLDER / path.name).read_text(encoding="utf-8"))
    config["size"] = {"shortest_edge": 65_536, "longest_edge": 16_777_216}
    path.write_text(json.dumps(config), encoding="utf-8")


def _loaded(model: str, device: torch.device) -> tuple[LoadedModel, str]:
    began = time.perf_counter()
    loaded = load(LoadOptions(model=model, device=str(device)))
    size = sum(each.numel() * each.element_size() for each in loaded.model.parameters()) / 1e9
    seconds = time.perf_counter() - began
    return loaded, f"{size:.1f} GB loaded in {seconds:.1f} s (its files are in the page cache)"


def _config(shape: dict[str, Any]) -> dict[str, Any]:
    """The published numbers; special tokens are those of the tokenizer that comes with docintel."""
    vision = {key: value for key, value in shape["vision"].items() if key != "indexes"}
    special = json.loads((SMALL_FOLDER / "config.json").read_text(encoding="utf-8"))
    return {
        **{key: special[key] for key in special if key.endswith("_token_id")},
        "tie_word_embeddings": shape.get("tied", False),
        "text_config": {
            "vocab_size": 151_936,
            "num_hidden_layers": shape["layers"],
            "hidden_size": shape["hidden"],
            "intermediate_size": shape["ffn"],
            "num_attention_heads": shape["heads"],
            "num_key_value_heads": shape["kv_heads"],
            "head_dim": 128,
            "max_position_embeddings": 262_144,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 5_000_000.0,
                "mrope_section": [24, 20, 20],
                "mrope_interleaved": True,
            },
            "tie_word_embeddings": shape.get("tied", False),
            **shape.get("experts", {}),
        },
        "vision_config": {
            **vision,
            "out_hidden_size": shape["hidden"],
            "deepstack_visual_indexes": shape["vision"]["indexes"],
            "num_position_embeddings": 2_304,
        },
    }


def pages(count: int, size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    return [np.random.default_rng(n).integers(0, 256, (*size, 3), dtype=np.uint8) for n in range(count)]


def measured(how: str, geometry: str, loaded: LoadedModel, batch: int, tokens: int, size: tuple[int, int]) -> Measured:
    images = pages(batch, size)
    loaded.model.generation_config.eos_token_id = -1  # random weights would end whenever they like
    if how == "slots":
        return _slots(geometry, loaded, images, tokens)
    run = HOW[how]
    run(loaded, images[:1], 4)  # warm
    _reset(loaded.device)
    vision, first = run(loaded, images, 1)
    _, whole = run(loaded, images, tokens + 1)
    step = (whole - first) / tokens
    peak = torch.cuda.max_memory_allocated() / 1e9 if loaded.device.type == "cuda" else 0.0
    return Measured(geometry, how, batch, vision / batch, max(first - vision, 0.0) / batch, step, peak)


def _requests(images: Sequence[NDArray[np.uint8]], tokens: int) -> list[Request]:
    return [Request("qwenvl html", (each,), max_new_tokens=tokens, stops_loops=False) for each in images]


def _ours(loaded: LoadedModel, images: Sequence[NDArray[np.uint8]], tokens: int) -> tuple[float, float]:
    """Milliseconds: seeing the images, and the whole. A new vision cache each time: nothing is remembered."""
    decoder = Decoder(loaded, vision_cache=VisionCache(), context=16_384)
    requests = _requests(images, tokens)
    vision = _timed(loaded.device, lambda: [_features(loaded, each) for each in images])
    whole = _timed(loaded.device, lambda: _checked(decoder.generate(requests)))
    return vision, whole


def _slots(geometry: str, loaded: LoadedModel, images: Sequence[NDArray[np.uint8]], tokens: int) -> Measured:
    count = len(images)
    reading = SlotReading(count, tokens)
    decoder = SlotDecoder(
        loaded,
        vision_cache=VisionCache(),
        num_slots=count,
        cache_tokens=count * (PAGE_TOKENS + reading.most_tokens),
        reuse_prefixes=False,
    )
    decoder.generate(_requests(images[:1], 4))  # warm
    _reset(loaded.device)
    vision = _timed(loaded.device, lambda: [_features(loaded, each) for each in images])
    first = _timed(loaded.device, lambda: _checked(decoder.generate(_requests(images, 1))))
    _checked(decoder.generate(_requests(images, reading.most_tokens), reading.heard))
    peak = torch.cuda.max_memory_allocated() / 1e9 if loaded.device.type == "cuda" else 0.0
    prefill = max(first - vision, 0.0) / count
    return Measured(geometry, "slots", count, vision / count, prefill, reading.step_ms, peak)


class SlotReading:
    """Watches slots that are filled one after another: times the steps from when the last has begun."""

    def __init__(self, num_slots: int, num_steps: int) -> None:
        self._last = num_slots - 1
        self._num_steps = -(-num_steps // PROGRESS_EVERY) * PROGRESS_EVERY
        self._began = self._ended = 0.0

    @property
    def most_tokens(self) -> int:
        """Nobody ends before the last has been timed."""
        return self._last + self._num_steps + 3 * PROGRESS_EVERY

    def heard(self, index: int, _text: str, num_tokens: int) -> bool:
        if index == self._last and num_tokens == PROGRESS_EVERY:
            self._began = time.perf_counter()
        if index == self._last and num_tokens == PROGRESS_EVERY + self._num_steps:
            self._ended = time.perf_counter()
        return not self._ended

    @property
    def step_ms(self) -> float:
        return 1_000 * (self._ended - self._began) / self._num_steps


def _plain(loaded: LoadedModel, images: Sequence[NDArray[np.uint8]], tokens: int) -> tuple[float, float]:
    layout, device = loaded.layout, loaded.device
    vision = _timed(device, lambda: [_features(loaded, each) for each in images])

    def whole() -> None:
        cut = [extract_patches(each, layout, min_tokens=256, max_tokens=2_048, device=device) for each in images]
        image_id = loaded.model.config.image_token_id
        prompts = [
            build_prompt("qwenvl html", [g], loaded.tokenizer, merge=layout.merge, image_id=image_id) for _, g in cut
        ]
        ids = torch.stack([prompt.ids for prompt in prompts]).to(device)
        loaded.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            mm_token_type_ids=(ids == image_id).int(),
            pixel_values=torch.cat([each for each, _ in cut]).to(loaded.dtype),
            image_grid_thw=torch.tensor([[1, *grid] for _, grid in cut], device=device),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=False,
        )

    with torch.inference_mode():
        return vision, _timed(device, whole)


@torch.inference_mode()
def _features(loaded: LoadedModel, image: NDArray[np.uint8]) -> None:
    cut, grid = extract_patches(image, loaded.layout, min_tokens=256, max_tokens=2_048, device=loaded.device)
    loaded.model.model.get_image_features(cut.to(loaded.dtype), torch.tensor([[1, *grid]], device=loaded.device))


def _checked(answers: Sequence[object]) -> None:
    failed = [answer for answer in answers if not isinstance(answer, Generated)]
    if failed:
        raise RuntimeError(f"{len(failed)} requests failed: {failed[0]}")


def _timed(device: torch.device, run: Callable[[], object]) -> float:
    _wait(device)
    began = time.perf_counter()
    run()
    _wait(device)
    return 1_000 * (time.perf_counter() - began)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _reset(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


HOW = {"plain": _ours, "generate": _plain}
WAYS = ("slots", *HOW)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--geometry", default="4B,30B-A3B")
    parser.add_argument("--batch", default="1,8,32,64")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--how", choices=WAYS, help="one way only; without it each runs in a process of its own")
    options = parser.parse_args()
    if not options.how:
        for how in WAYS:
            subprocess.run([sys.executable, "-m", "benchmarks.qwen3_vl", *sys.argv[1:], "--how", how], check=True)
        return
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    card = torch.cuda.get_device_name() if device.type == "cuda" else platform.processor() or "CPU"
    print(f"\n{options.how} on {card}, torch {torch.__version__}, transformers {transformers.__version__}")
    found: list[Measured] = []
    for geometry in options.geometry.split(","):
        loaded, loading = made(geometry, device)
        print(f"{geometry}: {loading}")
        print("batch vision ms prefill ms  step ms   tok/s  pages/s     GB")
        size = A4_AT_150_DPI if geometry != "small" else (1_088, 768)
        for batch in map(int, options.batch.split(",")):
            each = measured(options.how, geometry, loaded, batch, options.tokens, size)
            found.append(each)
            print(
                f"{batch:>5} {each.vision_ms:>9.1f} {each.prefill_ms:>10.1f} {each.step_ms:>8.1f} "
                f"{each.tokens_per_second:>7.0f} {each.pages_per_second:>8.3f} {each.peak_gb:>6.1f}",
                flush=True,
            )
        del loaded
        _reset(device)
    if options.json:
        rows = [asdict(each) | {"pages_per_second": each.pages_per_second} for each in found]
        options.json.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"card": card, "rows": rows}, indent=2)
        (options.json / f"{options.how}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
