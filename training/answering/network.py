"""The reader of tokens in torch: what `docintel.answering.ranking.reader` computes, to be learned."""

import math

import torch
from torch import Tensor, nn

from docintel.answering.ranking.reader import HEADS, QUESTION

SIZE, INNER, LAYERS = 128, 256, 2
MAX_TOKENS = 80


class Reader(nn.Module):
    """Tokens of a question and of a candidate to a score. The parameters' names are those of the file of weights."""

    pos: Tensor

    def __init__(self, states: int, dropout: float = 0.1) -> None:
        """`states`: numbers that each token comes with."""
        super().__init__()
        self.inp = nn.Linear(states, SIZE)
        self.ex = nn.Linear(4, SIZE)
        self.seg = nn.Parameter(torch.randn(4, SIZE) * 0.02)
        self.cls = nn.Parameter(torch.randn(SIZE) * 0.02)
        self.register_buffer("pos", 0.3 * _waves(MAX_TOKENS))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(SIZE, HEADS, INNER, dropout, batch_first=True, norm_first=True)
            for _ in range(LAYERS)
        )
        self.ln = nn.LayerNorm(SIZE)
        self.out = nn.Linear(SIZE, 1)
        self.cosw = nn.Linear(2, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, asked: "Side", candidates: "Side", cosines: Tensor) -> Tensor:
        """(n,) scores of n pairs."""
        similar = nn.functional.normalize(asked.states, dim=-1) @ nn.functional.normalize(
            candidates.states, dim=-1
        ).transpose(1, 2)
        both = asked.present[:, :, None] & candidates.present[:, None]
        similar = similar.masked_fill(~both, -1.0)
        same = (asked.ids[:, :, None] == candidates.ids[:, None]) & both
        hidden = torch.cat(
            [
                self.cls.expand(len(cosines), 1, -1),
                self._tokens(asked, similar.amax(2), same.any(2), 0.0, cosines),
                self._tokens(candidates, similar.amax(1), same.any(1), 1.0, cosines),
            ],
            dim=1,
        )
        there = torch.cat([asked.present.new_ones(len(cosines), 1), asked.present, candidates.present], dim=1)
        hidden = self.dropout(hidden)
        for layer in self.layers:
            hidden = layer(hidden, src_key_padding_mask=~there)
        matched = similar.amax(2).clamp(0).sum(1) / asked.present.sum(1)
        direct = self.cosw(torch.stack([cosines, matched], dim=1))
        scores: Tensor = self.out(self.ln(hidden[:, 0])) + 8 * direct
        return scores[:, 0]

    def _tokens(self, side: "Side", similar: Tensor, same: Tensor, is_candidate: float, cosines: Tensor) -> Tensor:
        whole = cosines[:, None].expand_as(similar)
        matches = torch.stack([similar, same.float(), torch.full_like(similar, is_candidate), whole], dim=-1)
        known: Tensor = self.inp(side.states) + self.ex(matches)
        return known + self.seg[side.segments] + self.pos[: side.states.shape[1]]


class Side:
    """Texts side by side: ids (n, tokens), states (n, tokens, size), segments, and what is there at all."""

    def __init__(self, ids: list[Tensor], states: list[Tensor], segments: list[Tensor]) -> None:
        padded = nn.utils.rnn.pad_sequence
        self.ids = padded(ids, batch_first=True)
        self.states = padded(states, batch_first=True)
        self.segments = padded(segments, batch_first=True, padding_value=QUESTION)
        counts = torch.tensor([len(each) for each in ids])
        self.present = torch.arange(self.ids.shape[1]) < counts[:, None]


def _waves(count: int) -> Tensor:
    """(count, SIZE): sines and cosines of places (Vaswani et al., NIPS 2017), for texts of some tens of tokens."""
    angles = torch.arange(count)[:, None] * torch.exp(torch.arange(0, SIZE, 2) * (-math.log(500.0) / SIZE))
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
