"""docintel.runtime.checkpoints and weights: what is loaded, what is refused, and what is said about it."""

import shutil
from pathlib import Path

import pytest

from docintel.errors import EngineUnavailable
from docintel.runtime.checkpoints import check_fit, find_checkpoint
from docintel.runtime.model.weights import LoadOptions, load


def test_weights_that_do_not_fit_are_refused_with_the_size_that_does() -> None:
    with pytest.raises(EngineUnavailable, match="Qwen3-VL-8B-Instruct") as message:
        check_fit("Qwen3-VL-32B", 66_800_000_000, 4_000_000_000, 16_384, free_bytes=24_000_000_000)
    assert "66.8 GB" in str(message.value)
    check_fit("Qwen3-VL-4B", 8_900_000_000, 2_400_000_000, 16_384, free_bytes=24_000_000_000)


@pytest.mark.parametrize("model", ["/nowhere/at/all", "no-such-folder", "a/b/c"])
def test_weights_that_are_nowhere_are_told(model: str) -> None:
    with pytest.raises(EngineUnavailable, match="There are no weights at"):
        find_checkpoint(model)


def test_offline_the_error_names_where_weights_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineUnavailable, match="DOCINTEL_QWEN3_VL_MODEL"):
        find_checkpoint("docintel-tests/no-such-model")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", "{", "no readable config.json"),
        ("config.json", '{"model_type": "llama"}', "not a Qwen3-VL"),
        ("chat_template.jinja", "", "chat template"),
    ],
)
def test_a_folder_that_is_no_checkpoint_is_told(
    tiny: Path, tmp_path: Path, name: str, content: str, message: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny, folder)
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(EngineUnavailable, match=message):
        load(LoadOptions(model=str(folder), device="cpu"))


def test_other_formats_than_safetensors_are_not_loaded(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny, folder)
    for path in folder.glob("*.safetensors"):
        path.rename(path.with_suffix(".bin"))
    with pytest.raises(EngineUnavailable, match="no safetensors"):
        load(LoadOptions(model=str(folder), device="cpu"))


@pytest.mark.parametrize("device", ["tpu9", "cuda:99"])
def test_a_device_that_is_not_there_is_told(tiny: Path, device: str) -> None:
    with pytest.raises(EngineUnavailable):
        load(LoadOptions(model=str(tiny), device=device))
