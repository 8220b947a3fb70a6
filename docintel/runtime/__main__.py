"""The model process: `python -m docintel.runtime`. Its settings are one line of JSON on stdin, which stays open.

When stdin ends, so has whoever started it, and it ends too. It is given pixels and questions, never files.
"""

import logging
import os
import sys
import threading

import torch

from docintel.permissions import keep_private
from docintel.processes import module_process
from docintel.runtime import Generator
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadedModel, LoadOptions, load
from docintel.runtime.process.request_queue import RequestQueue
from docintel.runtime.process.serving import ModelServer
from docintel.runtime.slots.decoder import SlotDecoder
from docintel.settings import Settings

log = logging.getLogger(__name__)

SMALL_PARAMETERS = 100_000_000
"""Below, a step is shorter than the waking of threads: one is faster, and leaves the other cores alone."""
DEVICE_LOST = 70
"""Exit status after which nothing but a new process helps."""


def main() -> None:
    keep_private()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = module_process.read_settings()
    server = open_server(settings)
    threading.Thread(target=server.serve, name="listener", daemon=True).start()
    while os.read(sys.stdin.fileno(), 1024):
        continue
    server.close()


def open_server(settings: Settings) -> ModelServer:
    """Listens at once; the weights are loaded meanwhile."""
    vision = VisionCache(
        memory_bytes=settings.qwen3_vl_vision_bytes,
        folder=settings.vision_folder if settings.qwen3_vl_vision_disk_bytes else None,
        disk_bytes=settings.qwen3_vl_vision_disk_bytes,
    )
    options = load_options(settings)
    described: list[str] = []

    def open_decoder() -> Generator:
        loaded = load(options)
        if loaded.device.type == "cpu" and loaded.model.num_parameters() < SMALL_PARAMETERS:
            torch.set_num_threads(1)
        decoder = decoder_for(loaded, vision, settings)
        described.append(f"{loaded.device}, {str(loaded.dtype).removeprefix('torch.')}, {options.attention} attention")
        if isinstance(decoder, SlotDecoder):
            described.append(f", {decoder.num_slots} slots, {decoder.num_cache_tokens:,} tokens in memory")
        return decoder

    queue = RequestQueue(open_decoder, batch_size=settings.qwen3_vl_batch, on_fatal=lambda: os._exit(DEVICE_LOST))
    return ModelServer(queue, vision, lambda: "".join(described), home=settings.home)


def decoder_for(loaded: LoadedModel, vision: VisionCache, settings: Settings) -> Generator:
    """The slots, where they can be had: layers that are spread over devices go batch by batch, and so does a GPU that
    has no room for them, or kernels that cannot be compiled."""
    context = settings.qwen3_vl_context
    if settings.qwen3_vl_continuous and settings.qwen3_vl_device != "spread":
        try:
            return SlotDecoder(loaded, vision_cache=vision, context=context, num_slots=settings.qwen3_vl_batch)
        except Exception:
            log.exception("the slots cannot be had; requests are answered batch by batch")
    return Decoder(loaded, vision_cache=vision, context=context)


def load_options(settings: Settings) -> LoadOptions:
    return LoadOptions(
        model=settings.qwen3_vl_model,
        revision=settings.qwen3_vl_revision,
        device=settings.qwen3_vl_device,
        dtype=settings.qwen3_vl_dtype,
        attention=settings.qwen3_vl_attention,
        context=settings.qwen3_vl_context,
    )


if __name__ == "__main__":
    main()
