"""Fits the weights by which the engine tells a line's script: how it looks, and what our own letters read in it."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFont
from scipy.optimize import minimize

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.lines.letters import HEIGHT, LineLetters
from docintel.engines.local.lines.line_classifier import LineClassifier
from docintel.engines.local.lines.line_script import KNOWN, LEAST, NUM_SCRIPTS, shares_of_letters
from training.line_scripts.strips import SCRIPTS, SHARES, a_text, drawn, fonts_of, is_of, letters_of
from training.recogniser.wear import worn

LEVELS = (0.0, 0.5, 1.0, 1.3)
"""Of wear; the last is worse than any that the readers were trained on."""
FONT_SIZE = 40
FEATURES = 4

Features = NDArray[np.float64]
"""(scripts, 4): log of the look, log of how surely it reads as the script, log of how unsurely as any (for scripts that
no letters are known of), whether its letters are known."""


def fit(texts: Path, num_lines: int) -> None:
    """Prints the weights that make the lines' scripts likeliest, and the part of other lines whose script they tell."""
    eye, letters = LineClassifier(), LineLetters()
    samples = []
    for number, (script, crop) in zip(range(num_lines), _lines(texts), strict=False):
        samples.append((_features(crop, eye, letters), SCRIPTS.index(script)))
        if number % 500 == 499:
            print(f"{number + 1} lines", flush=True)
    features = np.stack([each for each, _ in samples])
    scripts = np.array([script for _, script in samples])
    half = len(samples) // 2
    found = minimize(_loss, np.array([1.0, 0, 0, 0]), args=(features[:half], scripts[:half])).x
    for name, weights in (("look alone", np.array([1.0, 0, 0, 0])), ("look and reading", found)):
        right = float(((features[half:] @ weights).argmax(axis=1) == scripts[half:]).mean())
        print(f"{name}: {right:.3f} right, weights {np.round(weights, 2)}")


def _lines(texts: Path) -> Iterator[tuple[str, Pixels]]:
    """Worn lines without end, in scripts that have letters."""
    rng = random.Random(1)
    torch.manual_seed(1)
    scripts = SCRIPTS[:NUM_SCRIPTS]
    corpora = {script: (texts / f"{script}.txt").read_text(encoding="utf-8") for script in scripts}
    fonts = {script: fonts_of(script) for script in scripts}
    while True:
        script = rng.choices(scripts, [SHARES.get(each, 1) for each in scripts])[0]
        path, text = rng.choice(fonts[script]), a_text(script, corpora[script], rng)
        if not is_of(script, text) or not letters_of(path, 0).issuperset(ord(c) for c in text if not c.isspace()):
            continue
        font = ImageFont.truetype(str(path), FONT_SIZE)
        pixels = drawn(text, font, language=None, rtl=script in {"Arab", "Hebr"}, rng=rng)
        if pixels is not None and min(pixels.shape) > 6:
            yield script, _photographed(pixels, rng.choice(LEVELS))


def _photographed(pixels: NDArray[np.uint8], level: float) -> Pixels:
    width = max(16, round(pixels.shape[1] * HEIGHT / pixels.shape[0]))
    strip = np.asarray(Image.fromarray(pixels).resize((width, HEIGHT), Image.Resampling.BOX))
    ink = torch.as_tensor(1 - strip[None, None] / 255).float()
    grey = worn(ink, torch.tensor([float(width)]), level) if level else 1 - ink
    levels = (grey[0, 0].clamp(0, 1).numpy() * 255).astype(np.uint8)
    return np.repeat(levels[:, :, None], 3, axis=2)


def _features(crop: Pixels, eye: LineClassifier, letters: LineLetters) -> Features:
    looks = eye.classify([crop]).scripts[0, :NUM_SCRIPTS].astype(np.float64)
    (line,) = letters.recognise([crop])
    features = np.zeros((NUM_SCRIPTS, FEATURES))
    features[:, 0] = np.log(LEAST + np.exp(looks))
    features[KNOWN, 1] = np.log(LEAST + line.confidence * shares_of_letters(line))[KNOWN]
    features[~KNOWN, 2] = np.log(LEAST + 1 - line.confidence)
    features[KNOWN, 3] = 1
    return features


def _loss(weights: NDArray[np.float64], features: Features, scripts: NDArray[np.int64]) -> float:
    odds = features @ weights
    odds -= odds.max(axis=1, keepdims=True)
    likely = odds - np.log(np.exp(odds).sum(axis=1, keepdims=True))
    return -float(likely[np.arange(len(scripts)), scripts].mean())
