"""An exported older checkpoint → a start for today's geometry: more characters, fewer DeepStack layers.

    python -m training.grow docintel/weights --out training/runs/start

Tokens keep their ids, and DeepStack keeps the layers that today's geometry has. New characters begin as the middle of
the known ones, with a little noise. The auxiliary heads come from `training/heads.safetensors`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor

from training.model import checkpoint
from training.model.geometry import SMALL
from training.model.network import NUM_LETTERS, Reader
from training.writing.vocabulary import FIRST_CHARACTER

EMBEDDING = "model.language_model.embed_tokens.weight"
MERGER = "model.visual.deepstack_merger_list."


def with_rows(table: Tensor, first: int, known: int, count: int) -> Tensor:
    """`count` rows: the first `known` ones as they are, the others about the middle of those from `first` on."""
    like = table[first:known].float()
    noise = torch.randn(count - known, *table.shape[1:])
    return torch.cat((table[:known], (like.mean(0) + 0.3 * like.std(0) * noise).to(table.dtype)))


def with_layers(state: dict[str, Tensor], layers: tuple[int, ...]) -> dict[str, Tensor]:
    """The mergers of today's DeepStack layers out of those of `layers`."""
    kept = {name: value for name, value in state.items() if not name.startswith(MERGER)}
    for number, layer in enumerate(SMALL.deepstack):
        old = f"{MERGER}{layers.index(layer)}."
        kept |= {MERGER + f"{number}." + name.removeprefix(old): state[name] for name in state if name.startswith(old)}
    return kept


def grow(folder: Path, heads: Path) -> Reader:
    """The model in an exported `folder` with its `heads`, in today's geometry."""
    num_tokens = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()
    state = with_layers(checkpoint.tensors(folder), checkpoint.geometry_of(folder).deepstack)
    state[EMBEDDING] = with_rows(state[EMBEDDING], FIRST_CHARACTER, num_tokens, SMALL.num_tokens)
    reader = Reader()
    checkpoint.fill(reader, state)
    letters = load_file(heads)
    for name in ("letter.weight", "letter.bias"):
        known = with_rows(letters[name][:-1], 0, num_tokens - FIRST_CHARACTER, NUM_LETTERS - 1)
        letters[name] = torch.cat((known, letters[name][-1:]))
    reader.heads.load_state_dict(letters)
    return reader


def main() -> None:
    """Grow and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--heads", type=Path, default=Path("training/heads.safetensors"))
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.manual_seed(5)
    checkpoint.save(grow(arguments.weights, arguments.heads), arguments.out)


if __name__ == "__main__":
    main()
