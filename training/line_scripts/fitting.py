"""Fits the line-script model and writes it as ONNX: (n, 1, 32, 320) ink 0…1 → 24 script logits, 4 turn logits."""

import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BATCH, STEPS, RATE = 1024, 5000, 3e-3


def block(
    inside: int,
    outside: int,
    kernel: int | tuple[int, int] = 3,
    stride: int | tuple[int, int] = 1,
    pad: int | tuple[int, int] = 1,
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, pad, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
    )


class Net(nn.Module):
    """0.4 M parameters, 66 M multiplications a line."""

    def __init__(self, scripts: int, turns: int = 4) -> None:
        super().__init__()
        self.body = nn.Sequential(
            block(1, 24, stride=2),
            block(24, 48, stride=2),
            block(48, 64),
            block(64, 96, stride=2),
            block(96, 96),
            block(96, 96),
            block(96, 192, (4, 1), 1, 0),
            block(192, 128, (1, 3), 1, (0, 1)),
        )
        self.drop = nn.Dropout(0.2)
        self.script, self.turn = nn.Linear(256, scripts), nn.Linear(256, turns)

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.body(ink).squeeze(2)
        pooled = self.drop(torch.cat([seen.mean(2), seen.amax(2)], 1))
        return self.script(pooled), self.turn(pooled)


def worn(ink: Tensor, widths: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
    """Lines as they come from scans: turned round, stretched, slanted, thick or thin, soft, noisy, with neighbours."""
    out, turned = _moved(ink, widths, turns)
    out = _where(0.15, F.max_pool2d(out, 3, 1, 1), out)
    out = _where(0.1, torch.minimum(out, torch.roll(out, 1, 3)), out)
    neighbour = torch.roll(out.roll(1, 0), 26, 2)
    neighbour[:, :, 6:] = 0
    out = _where(0.15, torch.maximum(out, neighbour), out)
    rule = torch.zeros_like(out)
    rule[:, :, 29:31] = 0.8
    out = _where(0.06, torch.maximum(out, rule), out)
    out = _where(0.25, F.interpolate(F.avg_pool2d(out, 2), scale_factor=2, mode="bilinear"), out)
    out = _where(0.3, F.avg_pool2d(out, 3, 1, 1), out)
    out = _where(0.12, out * (1 - _specks(out, 0.06)), out)
    out = _where(0.12, torch.maximum(out, _specks(out, 0.01) * 0.8), out)
    grain = torch.randn_like(out) * _each(out, 0, 0.16)
    shade = torch.linspace(-1, 1, out.shape[3], device=out.device) * _each(out, -0.15, 0.15)
    return (out * _each(out, 0.55, 1.1) + grain + shade + _each(out, -0.05, 0.12)).clamp(0, 1), turned


def _moved(ink: Tensor, widths: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
    """Half of the lines turned round, all of them stretched, slanted and shifted a little."""
    n = len(ink)
    flip = torch.rand(n, device=ink.device) < 0.5
    sign = torch.where(flip, -1.0, 1.0)
    stretch, slant, lean, tall, shift, rise = (
        torch.empty(n, device=ink.device).uniform_(low, high)
        for low, high in ((0.75, 1.35), (-0.25, 0.25), (-0.02, 0.02), (0.85, 1.3), (-0.03, 0.01), (-0.12, 0.12))
    )
    theta = torch.zeros(n, 2, 3, device=ink.device)
    theta[:, 0, 0], theta[:, 0, 1] = sign / stretch, slant * 0.1 * sign
    # a line that is turned round ends where its strip did: its start comes back to the left edge
    theta[:, 0, 2] = torch.where(flip, (widths / 160 - 1) - 1 / stretch, -1 + 1 / stretch) + shift
    theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = lean * 10, sign * tall, rise
    grid = F.affine_grid(theta, list(ink.shape), align_corners=False)
    return F.grid_sample(ink, grid, align_corners=False), torch.where(flip, turns + 1, turns)


def _where(chance: float, changed: Tensor, ink: Tensor) -> Tensor:
    """The changed line for some of the batch."""
    return torch.where(torch.rand(len(ink), 1, 1, 1, device=ink.device) < chance, changed, ink)


def _each(ink: Tensor, low: float, high: float) -> Tensor:
    return torch.empty(len(ink), 1, 1, 1, device=ink.device).uniform_(low, high)


def _specks(ink: Tensor, share: float) -> Tensor:
    small = torch.rand(len(ink), 1, ink.shape[2] // 2, ink.shape[3] // 2, device=ink.device)
    return (F.interpolate(small, scale_factor=2) < share).float()


def fit(lines: Path, output: Path) -> None:
    """Fit to what `strips.draw_lines` wrote, a twentieth held out; the weights go to `output`."""
    data = np.load(lines)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(1)
    strips = torch.from_numpy(data["strips"])[:, None].to(device)
    scripts, turns = (torch.from_numpy(data[name].astype(np.int64)).to(device) for name in ("scripts", "turns"))
    widths = torch.from_numpy(data["widths"].astype(np.float32)).to(device)
    held = torch.arange(len(strips), device=device) % 20 == 0
    train, test = torch.where(~held)[0], torch.where(held)[0]
    net = Net(int(scripts.max()) + 1).to(device)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS, pct_start=0.1)
    started = time.monotonic()
    for step in range(STEPS):
        pick = train[torch.randint(len(train), (BATCH,), device=device)]
        ink, turned = worn(1 - strips[pick].float() / 224, widths[pick], turns[pick])
        with torch.autocast(device.type, torch.bfloat16):
            script, turn = net(ink.clamp(0, 1))
        loss = F.cross_entropy(script.float(), scripts[pick], label_smoothing=0.02) + 0.5 * F.cross_entropy(
            turn.float(), turned
        )
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        if step % 500 == 499:
            net.eval()
            with torch.no_grad():
                ink, turned = worn(1 - strips[test].float() / 224, widths[test], turns[test])
                script, turn = net(ink)
            right = [(a.argmax(1) == b).float().mean().item() for a, b in ((script, scripts[test]), (turn, turned))]
            seconds = time.monotonic() - started
            print(f"step {step + 1} script {right[0]:.4f} turn {right[1]:.4f} {seconds:.0f} s")
            net.train()
    torch.save(net.float().cpu().state_dict(), output)


def export(state: Path, output: Path, *, scripts: int = 24) -> None:
    """Write `fit`'s weights as ONNX; needs the packages onnx and onnxscript."""
    net = Net(scripts)
    net.load_state_dict(torch.load(state, weights_only=True))
    net.eval()
    lines = torch.zeros(2, 1, 32, 320)
    dynamic = ({0: torch.export.Dim("lines", min=1, max=4096)},)
    torch.onnx.export(
        net,
        (lines,),
        str(output),
        input_names=["ink"],
        output_names=["script", "turn"],
        dynamic_shapes=dynamic,
        external_data=False,
        dynamo=True,
    )
    _without_traces(output)


def _without_traces(path: Path) -> None:
    """The exporter notes at each node where in the source it came from, with the folders of the machine."""
    import onnx

    model = onnx.load(path)
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)
