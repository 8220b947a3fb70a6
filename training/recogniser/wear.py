"""What photographs, scans, pens and presses do to a line, on tensors: (n, 1, 40, width), 0 for paper and 1 for ink."""

import torch
import torch.nn.functional as F
from torch import Tensor


def worn(ink: Tensor, widths: Tensor, level: float = 1.0) -> Tensor:
    """Lines as a camera sees them, grey from 0 to 1, dark on light; `widths` are those of each line's own strip.
    `level`: 0 for a clean print, 1 for the worst that is trained on; each line gets its own share of it."""
    n = len(ink)
    much = torch.rand(n, 1, 1, 1, device=ink.device).sqrt() * level
    out = _neighboured(ink, 0.3 * level)
    out = _moved(out, widths, much)
    out = _either(out, 0.15 * level, lambda x: F.max_pool2d(x, (3, 3), 1, 1))
    out = _either(out, 0.15 * level, lambda x: torch.minimum(x, x.roll(1, 3)))
    out = _either(out, 0.08 * level, _underlined)
    out = _either(out, 0.15 * level, lambda x: x * (1 - _specks(x, 0.08)))
    out = _either(out, 0.15 * level, lambda x: torch.maximum(x, _specks(x, 0.012) * 0.8))
    out = _blurred(out, much)
    out = _either(out, 0.35 * level, _coarse)
    strength = 1 - much * torch.rand_like(much) * 0.75
    base = 1 - much * torch.rand_like(much) * 0.55
    shade = F.interpolate(torch.rand(n, 1, 2, 5, device=ink.device), size=ink.shape[2:], mode="bilinear") - 0.5
    light = base * (1 + shade * much * 0.9)
    grey = light * (1 - out * strength * 0.92)
    grey = grey + torch.randn_like(grey) * much * _each(grey, 0, 0.11)
    grey = _either(grey, 0.3 * level, lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
    over = 1 + much * torch.rand_like(much) * (torch.rand_like(much) < 0.2) * 0.9
    grey = (grey * over).clamp(0, 1)
    return torch.where(torch.rand(n, 1, 1, 1, device=ink.device) < 0.08, 1 - grey, grey)


def _moved(ink: Tensor, widths: Tensor, much: Tensor) -> Tensor:
    """Slanted, leaning, bent, cut too narrow or too wide."""
    n, _, height, width = ink.shape
    x = torch.arange(width, device=ink.device, dtype=torch.float32).view(1, 1, width).expand(n, height, width)
    y = torch.arange(height, device=ink.device, dtype=torch.float32).view(1, height, 1).expand(n, height, width)
    m = much.view(n, 1, 1)
    part = x / widths.view(n, 1, 1).clamp(min=1)
    slant, lean, bow, wave, phase, tall, rise, squeeze = (
        torch.empty(n, 1, 1, device=ink.device).uniform_(low, high)
        for low, high in (
            (-0.35, 0.35),
            (-3.5, 3.5),
            (-4, 4),
            (-1.2, 1.2),
            (0, 6.3),
            (-0.22, 0.3),
            (-3, 3),
            (-0.12, 0.12),
        )
    )
    middle = (y - (height - 1) / 2) * (1 + tall * m)
    down = middle + m * (
        rise + lean * (part - 0.5) + bow * (4 * (part - 0.5) ** 2 - 0.5) + wave * torch.sin(part * 12 + phase)
    )
    across = x - slant * m * middle + squeeze * m * 40 * torch.sin(part * 3.1416)
    grid = torch.stack([(across + 0.5) / width * 2 - 1, (down + height / 2) / height * 2 - 1], dim=-1)
    return F.grid_sample(ink, grid, align_corners=False)


def _neighboured(ink: Tensor, chance: float) -> Tensor:
    """Feet of the line above, or heads of the one below."""
    other = ink.roll(1, 0)
    shift = 31
    above, below = torch.zeros_like(ink), torch.zeros_like(ink)
    above[:, :, : 40 - shift], below[:, :, shift:] = other[:, :, shift:], other[:, :, : 40 - shift]
    pick = torch.rand(len(ink), 1, 1, 1, device=ink.device)
    added = torch.where(pick < chance / 2, above, torch.where(pick < chance, below, torch.zeros_like(ink)))
    return torch.maximum(ink, added)


def _underlined(ink: Tensor) -> Tensor:
    ruled = ink.clone()
    ruled[:, :, 34:36] = 0.85
    return ruled


def _coarse(ink: Tensor) -> Tensor:
    """Seen by half as many pixels, or a third."""
    factor = 2 if torch.rand(()) < 0.6 else 3
    small = F.interpolate(ink, scale_factor=1 / factor, mode="area")
    return F.interpolate(small, size=ink.shape[2:], mode="bilinear")


def _blurred(ink: Tensor, much: Tensor) -> Tensor:
    """Out of focus or shaken: one of several kernels for a few groups of lines."""
    groups = []
    for part, share in zip(ink.chunk(8), much.chunk(8), strict=True):
        sigma = float(share.mean() * 2.6 * torch.rand(()) ** 1.5) + 0.05
        kernel = _kernel(sigma, ink.device)
        groups.append(F.conv2d(part, kernel, padding=kernel.shape[-1] // 2))
    return torch.cat(groups)


def _kernel(sigma: float, device: torch.device) -> Tensor:
    """A Gaussian, sometimes drawn out in one direction."""
    radius = 7
    line = torch.arange(-radius, radius + 1, device=device, dtype=torch.float32)
    y, x = torch.meshgrid(line, line, indexing="ij")
    angle, long = float(torch.rand(())) * 3.1416, 1 + 2 * float(torch.rand(())) * (float(torch.rand(())) < 0.4)
    cos, sin = torch.cos(torch.tensor(angle)).item(), torch.sin(torch.tensor(angle)).item()
    along, aside = x * cos + y * sin, y * cos - x * sin
    kernel = torch.exp(-0.5 * ((along / (sigma * long)) ** 2 + (aside / sigma) ** 2))
    return (kernel / kernel.sum())[None, None]


def _either(ink: Tensor, chance: float, change) -> Tensor:  # type: ignore[no-untyped-def]
    """The changed line for some of the batch."""
    return torch.where(torch.rand(len(ink), 1, 1, 1, device=ink.device) < chance, change(ink), ink)


def _each(ink: Tensor, low: float, high: float) -> Tensor:
    return torch.empty(len(ink), 1, 1, 1, device=ink.device).uniform_(low, high)


def _specks(ink: Tensor, share: float) -> Tensor:
    small = torch.rand(len(ink), 1, ink.shape[2] // 2, ink.shape[3] // 2, device=ink.device)
    return F.interpolate((small < share).float(), size=ink.shape[2:])
