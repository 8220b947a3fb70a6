"""What the cross-encoder is fitted with: weights in four bits, product quantization, the loss, packed sequences."""

import numpy as np
import pytest
import torch

from training.cross_encoder.blocks import BLOCK, blocks_of, four_bits
from training.cross_encoder.fitting import loss_of
from training.cross_encoder.network import CrossEncoder
from training.cross_encoder.quantizing import PARTS, quantized

QUESTION = torch.tensor([0, 0, 0, 1, 1])


def test_weights_in_four_bits_stay_what_they_are_when_they_are_rounded_again() -> None:
    weight = np.random.default_rng(1).normal(size=(6, 4 * BLOCK)).astype(np.float32)
    seen = blocks_of(weight).widened()
    scale = np.abs(weight).reshape(6, 4, BLOCK).max(-1) / 8
    assert (np.abs(seen - weight).reshape(6, 4, BLOCK) <= 1.01 * scale[..., None]).all()
    assert blocks_of(seen).widened() == pytest.approx(seen, abs=1e-6)
    assert (four_bits(torch.zeros(2, BLOCK))[0] == 8).all()


def test_an_embedding_is_put_together_from_the_nearest_vectors() -> None:
    few = np.random.default_rng(2).normal(size=(300, PARTS * 4)).astype(np.float32)
    error = ((quantized(few).widened() - few) ** 2).mean() / few.var()
    assert error < 0.05  # 256 vectors for 300 points


def test_the_loss_is_of_what_is_right_or_of_none() -> None:
    right = torch.tensor([True, False, False, False, False])
    scores = torch.tensor([2.0, 1.0, -1.0, -3.0, 0.5])
    first = -torch.log(scores[0].exp() / (1 + scores[:3].exp().sum()))
    second = -torch.log(1 / (1 + scores[3:].exp().sum()))
    assert float(loss_of(scores, right, QUESTION)) == pytest.approx(float((first + second) / 2), rel=1e-5)


def test_sequences_that_are_packed_do_not_see_each_other() -> None:
    torch.manual_seed(0)
    codes = torch.randint(0, 256, (50, PARTS)).to(torch.uint8)
    network = CrossEncoder(codes, layers=1).eval()
    torch.nn.init.normal_(network.codebook)
    one, other = torch.randint(0, 50, (9,)), torch.randint(0, 50, (14,))
    with torch.no_grad():
        both = network(torch.cat([one, other]), torch.tensor([0, 9, 23], dtype=torch.int32), 14)
        alone = [network(each, torch.tensor([0, len(each)], dtype=torch.int32), len(each)) for each in (one, other)]
    assert both.tolist() == pytest.approx(torch.cat(alone).tolist(), abs=1e-5)
