"""docintel.runtime.model.decoder: answers as plain `generate` gives them, batches, what is remembered of images."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from docintel.errors import OutOfDeviceMemory, PageError
from docintel.runtime import Generated
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.patches import extract_patches
from docintel.runtime.model.prompts import build_prompt
from docintel.runtime.model.vision import VisionCache
from tests.tiny import asking, loaded, tiny_model


@pytest.fixture(scope="module")
def decoder(tiny: Path) -> Decoder:
    return Decoder(loaded(tiny), context=2_048)


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mixture of eight experts."""
    return tiny_model(tmp_path_factory.mktemp("mixture"), experts=8)


@pytest.mark.parametrize("name", ["tiny", "mixture"])
def test_an_answer_is_that_of_plain_generate(name: str, request: pytest.FixtureRequest) -> None:
    model = loaded(request.getfixturevalue(name))
    asked = asking("qwenvl html", (96, 128))
    cut, grid = extract_patches(asked.images[0], model.layout, min_tokens=4, max_tokens=64, device=torch.device("cpu"))
    prompt = build_prompt(asked.text, [grid], model.tokenizer, merge=2, image_id=model.model.config.image_token_id)
    ids = prompt.ids[None]
    generated = model.model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        mm_token_type_ids=(ids == model.model.config.image_token_id).int(),
        pixel_values=cut,
        image_grid_thw=torch.tensor([[1, *grid]]),
        max_new_tokens=asked.max_new_tokens,
        do_sample=False,
    )
    [ours] = Decoder(model, context=2_048).generate([asked])
    assert isinstance(ours, Generated)
    assert ours.text == model.tokenizer.decode(generated[0, ids.shape[1] :], skip_special_tokens=True)


@pytest.mark.parametrize("name", ["tiny", "mixture"])
def test_a_mixed_batch_says_what_each_says_alone(name: str, request: pytest.FixtureRequest) -> None:
    decoder = Decoder(loaded(request.getfixturevalue(name)), context=2_048)
    requests = [
        asking("qwenvl html", (96, 128)),
        asking("Read all the text in the image.", (32, 256), seed=5, most=9),
        asking("What do these say?", (64, 64), (128, 96), seed=7),
        asking("No image at all.", most=5),
        replace(asking("Drawn.", (64, 64), seed=11), temperature=0.8, top_p=0.9, seed=4),
    ]
    alone = [decoder.generate([each])[0] for each in requests]
    together = decoder.generate(requests)
    assert [each.text for each in together] == [each.text for each in alone]  # type: ignore[union-attr]
    assert [each.end for each in together] == [each.end for each in alone]  # type: ignore[union-attr]


def test_the_same_seed_draws_the_same_and_another_does_not(decoder: Decoder) -> None:
    request = replace(asking("Drawn.", (64, 64)), temperature=1.5)
    same = [decoder.generate([request])[0].text for _ in range(2)]  # type: ignore[union-attr]
    [other] = decoder.generate([replace(request, seed=1)])
    assert same[0] == same[1] != other.text  # type: ignore[union-attr]


def test_one_request_that_cannot_be_asked_fails_alone(decoder: Decoder) -> None:
    answers = decoder.generate([asking("x", (5, 5_000)), asking("y", (64, 64)), asking("long " * 3_000)])
    assert isinstance(answers[0], PageError)
    assert isinstance(answers[1], Generated)
    assert isinstance(answers[2], PageError)
    assert "DOCINTEL_QWEN3_VL_CONTEXT" in str(answers[2])


def test_an_answer_that_nobody_wants_ends(decoder: Decoder) -> None:
    request = asking("x", (64, 64), most=500)
    told: list[int] = []

    def heard(_number: int, _text: str, count: int) -> bool:
        told.append(count)
        return count < 48

    [answer] = decoder.generate([request], heard)
    assert isinstance(answer, Generated)
    if answer.end == "cancelled":
        assert answer.num_tokens == 48
    assert told == sorted(told)


def test_too_large_a_batch_is_halved(tiny: Path) -> None:
    model = loaded(tiny)
    sizes: list[int] = []

    def full(_module: torch.nn.Module, _args: object, kwargs: dict[str, torch.Tensor]) -> None:
        sizes.append(len(kwargs["inputs_embeds"]))
        if len(kwargs["inputs_embeds"]) > 2:
            raise torch.OutOfMemoryError("full")

    model.model.model.language_model.register_forward_pre_hook(full, with_kwargs=True)
    answers = Decoder(model).generate([asking("x", (64, 64), seed=n, most=3) for n in range(5)])
    assert all(isinstance(answer, Generated) for answer in answers)
    assert max(sizes) == 5


def test_a_request_that_is_too_large_alone_says_so(tiny: Path) -> None:
    model = loaded(tiny)

    def full(_module: torch.nn.Module, _args: object) -> None:
        raise torch.OutOfMemoryError("full")

    model.model.model.visual.register_forward_pre_hook(full)
    [answer] = Decoder(model).generate([asking("x", (64, 64))])
    assert isinstance(answer, OutOfDeviceMemory)


def test_what_was_seen_once_is_not_looked_at_again(tiny: Path, tmp_path: Path) -> None:
    model = loaded(tiny)
    folder = tmp_path / "vision"
    first = Decoder(model, vision_cache=VisionCache(folder=folder, disk_bytes=10**8))
    [answer] = first.generate([asking("x", (64, 96))])
    kept = VisionCache(folder=folder, disk_bytes=10**8)
    [again] = Decoder(model, vision_cache=kept).generate([asking("x", (64, 96))])
    assert (kept.num_hits, kept.num_misses) == (1, 0)
    assert again.text == answer.text  # type: ignore[union-attr]


def test_the_vision_cache_stays_within_its_budgets(tiny: Path, tmp_path: Path) -> None:
    model = loaded(tiny)
    cache = VisionCache(memory_bytes=20_000, folder=tmp_path, disk_bytes=20_000)
    decoder = Decoder(model, vision_cache=cache)
    for seed in range(6):
        decoder.generate([asking("x", (96, 96), seed=seed, most=1)])
    assert 0 < sum(path.stat().st_size for path in tmp_path.iterdir()) <= 20_000
    assert 0 < cache.used_bytes <= 20_000


def test_a_damaged_file_of_the_vision_cache_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "abc.safetensors").write_bytes(b"not a tensor")
    assert VisionCache(folder=tmp_path, disk_bytes=10**6).get("abc", torch.device("cpu")) is None
    assert not (tmp_path / "abc.safetensors").exists()
