"""The engine `endpoint` against `transformers serve` with the checkpoint that comes with docintel."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docintel.engines import endpoint, open_engine
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.engines.generative.chat import ChatServer
from docintel.intake.page_image import PageImage
from docintel.model import Page
from docintel.runtime import Generated, Request
from docintel.runtime.checkpoints import SMALL, SMALL_FOLDER
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.weights import LoadOptions, load
from tests.houses import settings_in
from tests.waiting import answers, until

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 180
LINES = ["Stadtwerke Königsbrück", "Der Wasserzähler wird", "am 27. Februar getauscht."]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("serve")
    command = ["-m", "tests.serving", str(SMALL_FOLDER), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(folder), "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            until(
                lambda: server.poll() is not None or answers(f"http://127.0.0.1:{port}/health"), patience_s=PATIENCE_S
            )
            assert server.poll() is None, "the server ended"
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()
            server.wait()


def printed(lines: list[str], *, size: tuple[int, int], at: int = 20) -> NDArray[np.uint8]:
    picture = Image.new("RGB", size, "white")
    font = ImageFont.truetype("DejaVuSans.ttf", 24)
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text((20, at + 40 * number), line, fill="black", font=font)
    return np.asarray(picture)


def test_it_says_what_the_model_says_in_process(url: str) -> None:
    region = printed(LINES, size=(640, 160))
    request = Request("Read all the text in the image.", (region,), min_tokens=16, max_tokens=256, max_new_tokens=120)
    with closing(ChatServer(url, model=str(SMALL_FOLDER), key="", in_flight=2, timeout_s=PATIENCE_S)) as server:
        [theirs] = server.generate([request])
    [ours] = Decoder(load(LoadOptions(model=SMALL, device="cpu", dtype="bfloat16"))).generate([request])
    assert isinstance(theirs, Generated)
    assert isinstance(ours, Generated)
    assert theirs.text == ours.text == "\n".join(LINES)


def test_a_page_is_read(url: str, tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path, endpoint_url=url, endpoint_model=str(SMALL_FOLDER), read_min_tokens=64, read_max_tokens=512
    )
    pixels = printed(LINES, size=(640, 480), at=60)
    with closing(endpoint.server(settings)) as server:
        engine = GenerativeEngine(
            "endpoint", server, lambda: open_engine("local", settings), PromptOptions.of(settings)
        )
        [page] = engine.read([PageImage(number=1, pixels=pixels, width=480, height=360)])
    assert isinstance(page, Page)
    assert "Wasserzähler wird" in " ".join(page.text.split())
    assert page.blocks[0].bbox.y0 < 0.3
    assert page.attempts[-1].outcome == "read"
