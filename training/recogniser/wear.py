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
    out = _either(out, 0.08 * level, _shown_through)
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
    grey = _either(grey, 0.18 * level, _ruled)
    grey = _either(grey, 0.1 * level, _stained)
    grey = _either(grey, 0.12 * level, _shadowed)
    grey = grey + torch.randn_like(grey) * much * _each(grey, 0, 0.11)
    grey = _either(grey, 0.3 * level, lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
    over = 1 + much * torch.rand_like(much) * (torch.rand_like(much) < 0.2) * 0.9
    grey = _either((grey * over).clamp(0, 1), 0.15 * level, _packed)
    return torch.where(torch.rand(n, 1, 1, 1, device=ink.device) < 0.08, 1 - grey, grey)


def touched(grey: Tensor, widths: Tensor, level: float = 1.0) -> Tensor:
    """Lines of real pages, a little worn."""
    n = len(grey)
    much = 0.45 * torch.rand(n, 1, 1, 1, device=grey.device) * level
    out = _moved(grey, widths, much, padding="border")
    out = _either(out, 0.6 * level, lambda x: _blurred(x, much))
    out = _either(out, 0.15 * level, _coarse)
    out = 1 - (1 - out) * _each(out, 0.6, 1.3)
    out = out + _each(out, -0.25, 0.15) * level
    out = _either(out, 0.1 * level, _shadowed)
    out = out + torch.randn_like(out) * much * _each(out, 0, 0.1)
    out = _either(out.clamp(0, 1), 0.15 * level, _packed)
    return torch.where(torch.rand(n, 1, 1, 1, device=grey.device) < 0.02 * level, 1 - out, out)


def _moved(ink: Tensor, widths: Tensor, much: Tensor, padding: str = "zeros") -> Tensor:
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
    return F.grid_sample(ink, grid, padding_mode=padding, align_corners=False)


def _neighboured(ink: Tensor, chance: float) -> Tensor:
    """Feet of the line above, or heads of the one below."""
    other = ink.roll(1, 0)
    shift = 31
    above, below = torch.zeros_like(ink), torch.zeros_like(ink)
    above[:, :, : 40 - shift], below[:, :, shift:] = other[:, :, shift:], other[:, :, : 40 - shift]
    pick = torch.rand(len(ink), 1, 1, 1, device=ink.device)
    added = torch.where(pick < chance / 2, above, torch.where(pick < chance, below, torch.zeros_like(ink)))
    return torch.maximum(ink, added)


def _shown_through(ink: Tensor) -> Tensor:
    """With the writing of the page's other side."""
    back = F.avg_pool2d(ink.roll(2, 0).flip(3), 3, 1, 1).roll((int(torch.randint(-14, 15, ())), 37), (2, 3))
    return torch.maximum(ink, back * _each(ink, 0.08, 0.35))


def _ruled(grey: Tensor) -> Tensor:
    """On ruled paper, or on squared."""
    n, _, height, width = grey.shape
    period, phase = _each(grey, 9, 44), _each(grey, 0, 44)
    y = torch.arange(height, device=grey.device).view(1, 1, height, 1) + phase
    x = torch.arange(width, device=grey.device).view(1, 1, 1, width) + phase
    thick, dark = _each(grey, 0.8, 2.2), _each(grey, 0.08, 0.4)
    rows = ((y % period) < thick).float()
    columns = ((x % period) < thick).float() * (torch.rand(n, 1, 1, 1, device=grey.device) < 0.5)
    return grey * (1 - dark * torch.maximum(rows.expand_as(grey), columns.expand_as(grey)))


def _stained(grey: Tensor) -> Tensor:
    cells = torch.rand(len(grey), 1, 3, 9, device=grey.device)
    blots = F.interpolate(cells, size=grey.shape[2:], mode="bicubic")
    return grey * (1 - _each(grey, 0.1, 0.45) * torch.sigmoid((blots - 0.72) * _each(grey, 15, 60)))


def _shadowed(grey: Tensor) -> Tensor:
    """Across an edge of a shadow."""
    height, width = grey.shape[2:]
    y = torch.linspace(-0.5, 0.5, height, device=grey.device).view(1, 1, height, 1)
    x = torch.linspace(0, 1, width, device=grey.device).view(1, 1, 1, width)
    edge = x - _each(grey, 0.1, 0.9) + y * _each(grey, -0.3, 0.3)
    side = torch.where(torch.rand(len(grey), 1, 1, 1, device=grey.device) < 0.5, edge, -edge)
    return grey * (1 - _each(grey, 0.15, 0.6) * torch.sigmoid(side * _each(grey, 15, 200)))


def _packed(grey: Tensor) -> Tensor:
    """As JPEG keeps it: blocks of 8 × 8 pixels whose finer waves are coarser."""
    n, _, height, width = grey.shape
    wave = _waves(grey.device)
    shift = (int(torch.randint(8, ())), int(torch.randint(8, ())))
    high, wide = height // 8, width // 8
    body = grey.roll(shift, (2, 3))[:, 0, : 8 * high, : 8 * wide].reshape(n, high, 8, wide, 8).transpose(2, 3)
    steps = torch.arange(8, device=grey.device, dtype=torch.float32)
    step = (0.02 + 0.012 * (steps[:, None] + steps)) * _each(grey, 0.5, 4.0).view(n, 1, 1, 1, 1)
    packed = wave.T @ ((wave @ body @ wave.T / step).round() * step) @ wave
    out = grey.roll(shift, (2, 3))
    out[:, 0, : 8 * high, : 8 * wide] = packed.transpose(2, 3).reshape(n, 8 * high, 8 * wide)
    return out.roll((-shift[0], -shift[1]), (2, 3)).clamp(0, 1)


def _waves(device: torch.device) -> Tensor:
    """The discrete cosine transform of eight values."""
    place = torch.arange(8, device=device, dtype=torch.float32)
    wave = torch.cos((2 * place + 1) * place[:, None] * torch.pi / 16) / 2
    return torch.cat([wave[:1] / 2**0.5, wave[1:]])


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
