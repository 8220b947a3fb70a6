"""docintel.runtime on an NVIDIA GPU; skipped where there is none.

pytest --noconftest tests/test_on_a_gpu.py    # scripts/bundle packs what it needs, for a machine without internet
"""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from docintel.errors import EngineLoading, OutOfDeviceMemory
from docintel.runtime import Generated, Request
from docintel.runtime.__main__ import DEVICE_LOST
from docintel.runtime.budget import PatchLayout
from docintel.runtime.checkpoints import SMALL_FOLDER
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.patches import extract_patches
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadOptions, load
from docintel.runtime.process.client import RemoteGenerator
from docintel.runtime.slots.cache import BLOCK
from docintel.runtime.slots.decoder import SlotDecoder
from docintel.runtime.slots.ops import Heads, Rotation, TorchOps
from tests.tiny import tiny_model

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
GB = 10**9


def written(text: str, height: int = 96) -> NDArray[np.uint8]:
    """Black words on white, large enough to be read."""
    image = Image.new("RGB", (640, height), "white")
    ImageDraw.Draw(image).text((20, height // 2 - 16), text, fill="black", font_size=28)
    return np.asarray(image)


WORDS = ["Receipt no. 4711", "Total 125.40 EUR", "Oslo, 3 May 1952", "the quick brown fox", "jumps over", "Seite 12"]


def requests(count: int) -> list[Request]:
    """Of differing sizes, so that shorter ones are padded."""
    ask = "Read all the text in the image."
    return [
        Request(ask, (written(WORDS[n % len(WORDS)], 96 + 32 * (n % 3)),), min_tokens=4, max_new_tokens=64)
        for n in range(count)
    ]


def said(decoder: Decoder, asked: list[Request]) -> list[str]:
    answers = decoder.generate(asked)
    assert all(isinstance(each, Generated) for each in answers), answers
    return [each.text for each in answers if isinstance(each, Generated)]


def decoder(dtype: str, device: str = "cuda", model: str = "small") -> Decoder:
    return Decoder(load(LoadOptions(model=model, device=device, dtype=dtype)), vision_cache=VisionCache(memory_bytes=0))


def test_the_small_model_reads_words_on_the_gpu() -> None:
    assert said(decoder("bfloat16"), requests(6)) == WORDS


def test_the_gpu_says_what_the_cpu_says_and_a_batch_what_each_says_alone() -> None:
    asked = requests(9)
    on_gpu = decoder("float32")
    assert said(on_gpu, asked) == [said(on_gpu, [each])[0] for each in asked]
    assert said(on_gpu, asked) == said(decoder("float32", "cpu"), asked)


@pytest.mark.parametrize("use_graphs", [False, True])
def test_slots_say_what_the_plain_path_says(use_graphs: bool) -> None:
    asked = requests(9)
    loaded = load(LoadOptions(model="small", device="cuda", dtype="float32"))
    slots = SlotDecoder(loaded, context=512, num_slots=4, use_graphs=use_graphs)
    answers = slots.generate(asked)
    assert [each.text for each in answers] == said(decoder("float32"), asked)  # type: ignore[union-attr]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("heads", [Heads(6, 2, 64), Heads(32, 8, 128), Heads(32, 4, 128)])
def test_kernels_compute_what_torch_does(heads: Heads, dtype: torch.dtype) -> None:
    from docintel.runtime.slots.kernels import TritonOps

    lengths = [1, BLOCK, BLOCK + 1, 700]
    blocks = torch.randperm(len(lengths) * 11, device="cuda").int().view(len(lengths), 11)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, device="cuda").to(dtype)

    qkv = normal(len(lengths), (heads.queries + 2 * heads.keys) * heads.dim)
    norms = (normal(heads.dim), normal(heads.dim))
    rotation = Rotation(normal(len(lengths), heads.dim), normal(len(lengths), heads.dim))
    cache = [normal(blocks.numel(), heads.keys, BLOCK, heads.dim) for _ in range(2)]
    held = torch.tensor(lengths, device="cuda", dtype=torch.int32)
    results = []
    for ops in (TritonOps(), TorchOps()):
        own = (cache[0].clone(), cache[1].clone())
        attended = ops.attend(qkv, norms, rotation, own, blocks, held, heads, 1e-6)
        results.append((attended, *own, *ops.add_norm(qkv, qkv.flip(0), qkv[0].contiguous(), 1e-6), ops.gate(qkv)))
    tolerance = 1e-4 if dtype == torch.float32 else 3e-2
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("size", [(512, 768), (1754, 1240), (300, 200)])
def test_patches_cut_on_the_gpu_are_those_of_the_cpu(size: tuple[int, int]) -> None:
    """A CPU resizes bytes, rows first; a GPU numbers, rounded once: edges differ by a few levels of 255
    (and noise, which pages are not, by up to 21)."""
    image = np.asarray(Image.fromarray(written("Total 125.40 EUR")).resize(size[::-1]))
    both = [
        extract_patches(image, PatchLayout(), min_tokens=256, max_tokens=816, device=torch.device(device))[0].cpu()
        for device in ("cuda", "cpu")
    ]
    levels = ((both[0] - both[1]).abs() * 127.5).round()
    assert levels.max() <= 8
    assert levels.mean() < 0.1


@pytest.fixture
def cap() -> Iterator[None]:
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def reserved_for(reader: Decoder, count: int) -> int:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    said(reader, requests(count))
    return torch.cuda.max_memory_reserved()


@pytest.mark.usefixtures("cap")
def test_a_batch_that_finds_no_memory_is_read_in_halves(caplog: pytest.LogCaptureFixture) -> None:
    reader = decoder("float32")
    asked = requests(256)
    alone = said(reader, asked[:6])
    few, many = reserved_for(reader, 16), reserved_for(reader, 256)
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction((few + many) / 2 / torch.cuda.mem_get_info()[1])
    with caplog.at_level(logging.WARNING, "docintel.runtime.model.decoder"):
        assert said(reader, asked)[:6] == alone
    assert "trying halves" in caplog.text


@pytest.mark.usefixtures("cap")
def test_one_request_that_finds_no_memory_says_what_helps_and_the_next_is_read() -> None:
    reader = decoder("float32")
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 50e6) / torch.cuda.mem_get_info()[1])
    large = np.full((2_048, 2_048, 3), 255, dtype=np.uint8)
    (answer,) = reader.generate([Request("qwenvl html", (large,), max_tokens=4_096, max_new_tokens=4)])
    assert isinstance(answer, OutOfDeviceMemory)
    torch.cuda.set_per_process_memory_fraction(1.0)
    assert said(reader, requests(1)) == WORDS[:1]


def started(home: Path, model: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "docintel.runtime"], stdin=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"home": str(home), "qwen3_vl_model": model}) + "\n")
    process.stdin.flush()
    return process


def test_the_model_process_answers_from_the_gpu(tmp_path: Path) -> None:
    process = started(tmp_path, "small")
    try:
        answers = RemoteGenerator(tmp_path, timeout_s=120).generate(requests(6))
        assert [each.text for each in answers if isinstance(each, Generated)] == WORDS
    finally:
        process.communicate("", timeout=60)


def test_a_process_that_loses_its_device_ends_so_that_another_can_start(tmp_path: Path) -> None:
    """A tokenizer that knows more tokens than the model has rows for: the GPU itself fails."""
    folder = tiny_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["text_config"]["vocab_size"] = 600
    Qwen3VLForConditionalGeneration(Qwen3VLConfig(**config)).save_pretrained(folder)
    process = started(tmp_path, str(folder))
    remote = RemoteGenerator(tmp_path, timeout_s=120)
    assert remote.name
    with pytest.raises(EngineLoading):
        RemoteGenerator(tmp_path, timeout_s=5).generate([Request("Zażółć gęślą jaźń, ёж, ῥόδον", max_new_tokens=4)])
    process.communicate(timeout=60)
    assert process.returncode == DEVICE_LOST


def test_a_model_larger_than_what_the_card_has_free_is_spread_over_the_next_card_or_into_cpu_memory(
    tmp_path: Path,
) -> None:
    config = json.loads((SMALL_FOLDER / "config.json").read_text(encoding="utf-8"))
    config["text_config"] |= {"num_hidden_layers": 24, "intermediate_size": 8_192, "hidden_size": 2_048}
    config["vision_config"] |= {"out_hidden_size": 2_048}
    folder = tiny_model(tmp_path)
    with torch.device("cuda"):
        model = Qwen3VLForConditionalGeneration(Qwen3VLConfig(**config)).bfloat16()
    model.save_pretrained(folder)
    size = sum(each.numel() * each.element_size() for each in model.parameters())
    del model
    asked = [Request("qwenvl html", (written("words"),), min_tokens=4, max_new_tokens=6)]
    whole = said(decoder("bfloat16", model=str(folder)), asked)
    torch.cuda.empty_cache()
    ballast = torch.empty(torch.cuda.mem_get_info()[0] - int(0.6 * size), dtype=torch.uint8, device="cuda")
    loaded = load(LoadOptions(model=str(folder), device="spread", dtype="bfloat16"))
    assert len(set(loaded.model.hf_device_map.values())) > 1
    del ballast
    assert said(Decoder(loaded), asked) == whole
