"""Brings a fitted cross-encoder into docintel: python -m training.cross_encoder PACKED --weights NPZ --scores NPY …

PACKED is the folder that `training.cross_encoder.questions` wrote; NPZ and NPY are of `training.cross_encoder.fitting`.
Writes the network, its word pieces and the ranker of what was read.
"""

import argparse
import lzma
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from docintel.answering.ranking.cross_encoder import PIECES, WEIGHTS
from docintel.embedding import open_embedder
from docintel.settings import Settings
from training.cross_encoder.blocks import widened
from training.cross_encoder.exporting import export
from training.cross_encoder.network import CrossEncoder
from training.cross_encoder.packing import LAST_GROUP, Packed
from training.cross_encoder.questions import own_questions
from training.cross_encoder.reranking import first_shares, fit_reranker, reread


def together(paths: Sequence[Path]) -> NDArray[np.float32]:
    """Scores of all candidates; a file has NaN for those that it has none of."""
    found: NDArray[np.float32] = np.load(paths[0])
    for path in paths[1:]:
        found = np.where(np.isnan(found), np.load(path), found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", type=Path)
    parser.add_argument("--weights", type=Path, help="the network's; without them only the ranker is fitted")
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="of every fold")
    parser.add_argument("--networks", type=int, default=4, help="of the ranker")
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    if options.weights:
        state = widened(options.weights)
        layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
        with np.load(options.packed / "start.npz") as arrays:
            network = CrossEncoder(torch.from_numpy(arrays["words"]), layers=layers)
        network.load_state_dict(state)
        export(network.eval(), WEIGHTS)
        PIECES.write_bytes(lzma.compress((options.packed / "tokenizer.json").read_bytes(), preset=9))
    own = own_questions(options.packed / "own.pkl")
    packed, scores = Packed.load(options.packed / "data.npz"), together(options.scores)
    each_scores = [scores[first:end] for _, first, end, group in packed.questions if 0 < group <= LAST_GROUP]
    every = reread(own, first_shares(own, options.packed / "shares.npz"), each_scores)
    model = open_embedder(Settings(embedding_model="embedded")).model
    fit_reranker(every, model=model, networks=options.networks, epochs=options.epochs)


if __name__ == "__main__":
    main()
