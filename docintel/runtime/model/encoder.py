"""Requests → prompts: images go through the vision tower, text becomes tokens."""

import numpy as np
import torch
from numpy.typing import NDArray

from docintel.errors import PageError
from docintel.runtime import Request, thinking
from docintel.runtime.model.generation import Generation, Vocabulary
from docintel.runtime.model.patches import extract_patches, grid_of
from docintel.runtime.model.prompts import build_prompt
from docintel.runtime.model.vision import NamedImage, VisionCache, VisionFeatures, image_key
from docintel.runtime.model.weights import LoadedModel

BASE_TOKENS, TOKENS_PER_VISUAL = 512, 6
"""An answer may have so many tokens, and so many more for each visual token: no page says more."""


class Encoder:
    """Turns requests into generations that are ready to begin."""

    def __init__(self, loaded: LoadedModel, vision_cache: VisionCache, *, context: int) -> None:
        """`context`: tokens of prompt and answer, at most the model's own."""
        self._loaded = loaded
        self._vision = vision_cache
        config = loaded.model.config
        self.image_id = int(config.image_token_id)
        self.context = min(context, int(config.text_config.max_position_embeddings))
        self.vocabulary = Vocabulary(loaded.tokenizer, loaded.end_ids)

    def encode(self, index: int, request: Request) -> Generation:
        """Raises PageError where it cannot be asked."""
        images = tuple(self._named(image, request) for image in request.images)
        prompt = build_prompt(
            request.text,
            [each.grid for each in images],
            self._loaded.tokenizer,
            merge=self._loaded.layout.merge,
            image_id=self.image_id,
        )
        free = self.context - len(prompt.ids)
        if free < 1:
            raise PageError(
                f"The question and its images are {len(prompt.ids):,} tokens, the model takes {self.context:,}. Give "
                "fewer or smaller images (DOCINTEL_QWEN3_VL_CONTEXT is the limit)."
            )
        num_visual = int((prompt.ids == self.image_id).sum())
        plausible = BASE_TOKENS + TOKENS_PER_VISUAL * num_visual if request.images else free
        reasoning = thinking.MAX_TOKENS if prompt.opens_reasoning else 0
        max_tokens = min(reasoning + min(request.max_new_tokens, plausible), free)
        return Generation(index, request, prompt, images, max_tokens, self.vocabulary)

    def look(self, generation: Generation, *, begin: int = 0) -> list[VisionFeatures]:
        """What the model sees in the images that have tokens from the prompt's `begin`-th on."""
        num_left = int((generation.prompt.ids[begin:] == self.image_id).sum())
        features: list[VisionFeatures] = []
        for image, seen in reversed(list(zip(generation.request.images, generation.images, strict=True))):
            if num_left > 0:
                features.insert(0, self._features(image, seen.key, generation.request))
                num_left -= features[0].num_tokens
        return features

    def _named(self, image: NDArray[np.uint8], request: Request) -> NamedImage:
        grid = grid_of(
            image,
            self._loaded.layout,
            min_tokens=request.min_tokens,
            max_tokens=request.max_tokens,
            scale=request.scale,
        )
        return NamedImage(image_key(image, request.min_tokens, request.max_tokens, request.scale), grid)

    def _features(self, image: NDArray[np.uint8], key: str, request: Request) -> VisionFeatures:
        """What the vision tower makes of an image, from the cache where it has seen it before."""
        cached = self._vision.get(key, self._loaded.device)
        if cached is not None:
            return cached
        patches, grid = extract_patches(
            image,
            self._loaded.layout,
            min_tokens=request.min_tokens,
            max_tokens=request.max_tokens,
            scale=request.scale,
            device=self._loaded.device,
        )
        sizes = torch.tensor([[1, *grid]], device=self._loaded.device)
        output = self._loaded.model.model.get_image_features(patches.to(self._loaded.dtype), sizes, return_dict=True)
        features = VisionFeatures(
            key, grid, output.pooler_output[0], tuple(each[0] for each in output.deepstack_features)
        )
        self._vision.put(features)
        return features
