"""The network: E5's encoder over question, candidate and what is around it, all in one sequence, and a score.

Sequences are packed one behind the other, without padding: what each token attends to is told by where sequences begin.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.cross_encoder.blocks import BLOCK, four_bits
from training.cross_encoder.quantizing import PARTS, VECTORS

MAX_TOKENS = 512
"""Of a sequence."""
EPSILON = 1e-12


class Rounded(nn.Linear):
    """A linear layer whose weights are seen in four bits once `bits` is set; gradients pass as if they were not
    (Bengio et al., 2013)."""

    bits: int = 0

    def forward(self, values: Tensor) -> Tensor:
        return functional.linear(values, self.rounded() if self.bits else self.weight, self.bias)

    def rounded(self) -> Tensor:
        codes, scales = four_bits(self.weight)
        seen = ((codes - 8).view(len(codes), -1, BLOCK) * scales[..., None]).flatten(1)
        return torch.as_tensor(self.weight + (seen - self.weight).detach())


class Layer(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.ao = (Rounded(width, width) for _ in range(4))
        self.fi, self.fo = Rounded(width, hidden), Rounded(hidden, width)
        self.aln, self.oln = nn.LayerNorm(width, EPSILON), nn.LayerNorm(width, EPSILON)

    def forward(self, tokens: Tensor, starts: Tensor, longest: int, dropout: float) -> Tensor:
        q, k, v = (part(tokens).view(len(tokens), self.heads, -1) for part in (self.q, self.k, self.v))
        found = self.ao(attended(q, k, v, starts, longest).flatten(1))
        tokens = self.aln(tokens + functional.dropout(found, dropout, self.training)).to(found.dtype)
        inner = self.fo(functional.gelu(self.fi(tokens)))
        return torch.as_tensor(self.oln(tokens + functional.dropout(inner, dropout, self.training))).to(inner.dtype)


def attended(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, longest: int) -> Tensor:
    """(tokens, heads, size) each; `starts`: (sequences + 1,) where each begins, and the end."""
    if q.is_cuda:
        from torch.nn.attention.varlen import varlen_attn

        q16, k16, v16 = (each.to(torch.bfloat16) for each in (q, k, v))
        found = varlen_attn(q16, k16, v16, starts, starts, longest, longest)
        return torch.as_tensor(found).to(q.dtype)
    out = torch.empty_like(q)
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        mine, keys, values = (each[start:end].transpose(0, 1)[None] for each in (q, k, v))
        out[start:end] = functional.scaled_dot_product_attention(mine, keys, values)[0].transpose(0, 1)
    return out


class CrossEncoder(nn.Module):
    """`codes`: (pieces, PARTS) which vectors of the codebook a word piece's embedding is put together from."""

    codes: Tensor

    def __init__(self, codes: Tensor, *, layers: int, width: int = 384, heads: int = 12, hidden: int = 1536) -> None:
        super().__init__()
        self.register_buffer("codes", codes, persistent=False)
        self.codebook = nn.Parameter(torch.zeros(PARTS * VECTORS, width // PARTS))
        self.positions = nn.Parameter(torch.zeros(MAX_TOKENS, width))
        self.norm = nn.LayerNorm(width, EPSILON)
        self.layers = nn.ModuleList(Layer(width, heads, hidden) for _ in range(layers))
        self.dense, self.score = nn.Linear(width, width), nn.Linear(width, 1)
        self.dropout = 0.1

    def forward(self, tokens: Tensor, starts: Tensor, longest: int) -> Tensor:
        """(tokens,), (sequences + 1,) → (sequences,) scores; 0 is as likely as no answer."""
        lengths = starts.diff()
        order = torch.arange(len(tokens), device=tokens.device)
        position = order - torch.repeat_interleave(starts[:-1].long(), lengths, output_size=len(tokens))
        values = self.norm(self.words(tokens) + self.positions[position])
        values = functional.dropout(values, self.dropout, self.training)
        for layer in self.layers:
            values = layer(values, starts, longest, self.dropout)
        sequence = torch.repeat_interleave(
            torch.arange(len(lengths), device=tokens.device), lengths, output_size=len(tokens)
        )
        sums = torch.zeros(len(lengths), values.shape[1], device=tokens.device, dtype=torch.float32)
        means = sums.index_add(0, sequence, values.float()) / lengths.clamp(min=1)[:, None]
        return torch.as_tensor(self.score(torch.tanh(self.dense(means)))[:, 0])

    def words(self, tokens: Tensor) -> Tensor:
        """(n,) → (n, width)"""
        places = self.codes[tokens].long() + VECTORS * torch.arange(PARTS, device=tokens.device)
        return functional.embedding(places, self.codebook).flatten(1)

    def start_from(self, weights: Mapping[str, Tensor], taken: list[int]) -> None:
        """From E5's weights; `taken`: which of its layers."""
        own = self.state_dict()
        own["codebook"] = weights["codebook"].flatten(0, 1)
        own["positions"] = weights["positions"] + weights["type"]
        own["norm.weight"], own["norm.bias"] = weights["norm.weight"], weights["norm.bias"]
        for number, source in enumerate(taken):
            for name in own:
                if name.startswith(f"layers.{number}."):
                    own[name] = weights[name.replace(f"layers.{number}.", f"{source}.", 1)]
        nn.init.normal_(own["dense.weight"], std=1 / math.sqrt(own["dense.weight"].shape[1]))
        self.load_state_dict(own)

    def round_to(self, bits: int) -> None:
        for module in self.modules():
            if isinstance(module, Rounded):
                module.bits = bits
