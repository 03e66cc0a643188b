"""Puts people, things, shadows and reflections into a picture. Pictures are H,W,3 float32 0..255, alphas H,W 0..1."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.trainer.stock import Cutout, Image

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Placed:
    """A cut-out brought to the size of the picture: colours H,W,3 0..255 and alpha H,W 0..1."""

    colours: Floats
    alpha: Floats
    foot: float  # lowest row of the cut-out, may lie below the picture


def sharpest_level(cutout: Cutout, height: float) -> Image:
    """The smallest level that is still at least as high as it will be drawn."""
    fitting = [level for level in cutout.levels if level.shape[0] >= height]
    return fitting[-1] if fitting else cutout.levels[0]


def recoloured(level: Image, rng: Generator) -> Image:
    """Other clothes, another lamp: gamma, brightness and tint of a BGRA picture; its alpha stays."""
    tint = rng.uniform(0.85, 1.15, 3) * rng.uniform(0.6, 1.35)
    levels = 255 * (np.arange(256) / 255) ** rng.uniform(0.7, 1.4)
    table = np.concatenate([np.clip(levels[:, None] * tint, 0, 255), np.arange(256)[:, None]], 1)
    if rng.random() < 0.2:
        level = np.ascontiguousarray(level[..., [*rng.permutation(3), 3]])
    return np.asarray(cv2.LUT(level, table.astype(np.uint8)[None]), np.uint8)


def place(cutout: Cutout, size: tuple[int, int], rng: Generator, height: float) -> Placed:
    """Draws the cut-out so many rows high, recoloured, turned, mirrored and moved at random;
    `size` is (width, height)."""
    width, rows = size
    level = recoloured(sharpest_level(cutout, height), rng)
    scale = height / level.shape[0]
    if cutout.cut:
        top = rows - height + rng.uniform(0, 0.4) * height
    elif height > 1.15 * rows:
        top = rng.uniform(-0.15, 0.5) * rows
    else:
        top = rng.uniform(-0.1 * height, rows - 0.9 * height)
    middle = rng.uniform(-0.05, 1.05) * width
    matrix = np.array(cv2.getRotationMatrix2D((level.shape[1] / 2, level.shape[0] / 2), rng.normal(0, 4), scale))
    if rng.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, level.shape[1]], [0, 1, 0], [0, 0, 1]], np.float64)
    matrix[:, 2] += (middle - level.shape[1] / 2, top + height / 2 - level.shape[0] / 2)
    drawn = np.asarray(cv2.warpAffine(level, matrix, size), np.float32)
    return Placed(drawn[..., :3], drawn[..., 3] / np.float32(255), top + height)


def camouflaged(placed: Placed, picture: Floats, rng: Generator) -> Placed:
    """Part of the figure (a shirt, trousers) takes on the mean colour, and sometimes the texture, of what is behind."""
    total = placed.alpha.sum()
    if total < 20:
        return placed
    behind = (picture * placed.alpha[..., None]).sum((0, 1)) / total
    own = (placed.colours * placed.alpha[..., None]).sum((0, 1)) / total
    alike = (placed.colours - own) * rng.uniform(0.1, 0.6) + behind
    if rng.random() < 0.3:
        alike = 0.6 * cv2.GaussianBlur(picture, (0, 0), 2) + 0.4 * alike
    rows = np.arange(picture.shape[0], dtype=np.float32)[:, None, None]
    top = placed.foot - rng.uniform(0, 1) * 2 * max(placed.foot - rows[placed.alpha.any(1)].min(), 1)
    part = 1 / (1 + np.exp((top - rows) * rng.choice([-1, 1]) / 2)) * rng.uniform(0.5, 1)
    colours = np.clip(placed.colours + part * (alike - placed.colours), 0, 255)
    return Placed(colours.astype(np.float32), placed.alpha, placed.foot)


def flattened(placed: Placed, rng: Generator) -> Placed:
    """Clothes without folds: the colours blurred away, or one colour that changes slowly down the figure."""
    height = placed.alpha.shape[0]
    if rng.random() < 0.5:
        colours = softened(placed.colours, rng.uniform(0.02, 0.1) * height)
    else:
        ends = rng.uniform(0, 255, 3) + np.linspace(0, 1, height)[:, None] * rng.normal(0, 30, 3)
        colours = np.broadcast_to(np.clip(ends, 0, 255)[:, None], placed.colours.shape).astype(np.float32)
    return Placed(colours, placed.alpha, placed.foot)


def plain(size: tuple[int, int], rng: Generator) -> Floats:
    """A place without detail: soft patches of colour, H,W,3."""
    coarse = rng.uniform(20, 235, 3) + rng.normal(0, rng.uniform(2, 50), (*rng.integers(2, 10, 2), 3))
    grown = cv2.resize(np.clip(coarse, 0, 255).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.clip(np.asarray(grown, np.float32), 0, 255)


def paste(picture: Floats, placed: Placed) -> Floats:
    alpha = placed.alpha[..., None]
    return picture + alpha * (placed.colours - picture)


def moved(picture: Floats, matrix: NDArray[np.float64]) -> Floats:
    """H,W or H,W,3, with 0 where nothing comes from."""
    return np.asarray(cv2.warpAffine(picture, matrix, picture.shape[1::-1]), np.float32)


def softened(alpha: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), np.float32) if sigma > 0.3 else alpha


def shadowed(picture: Floats, placed: Placed, rng: Generator) -> Floats:
    """A cast shadow: the silhouette sheared, scaled about its feet or displaced along a wall, blurred, darkening."""
    foot = min(placed.foot, picture.shape[0] * 1.2)
    shear, squash = rng.uniform(-1.2, 1.2), rng.uniform(0.3, 1.1) * (1 if rng.random() < 0.75 else -0.6)
    if rng.random() < 0.5:
        shear, squash = rng.uniform(-0.15, 0.15), rng.uniform(0.9, 1.15)
    aside = rng.normal(0, 0.06) * picture.shape[1]
    down = rng.normal(0, 0.03) * picture.shape[0]
    matrix = np.array([[1, -shear, shear * foot + aside], [0, squash, (1 - squash) * foot + down]], np.float64)
    shade = softened(moved(placed.alpha, matrix), rng.uniform(0.3, 9))
    depth = rng.uniform(0.15, 0.6) * rng.uniform(0.9, 1.1, 3).astype(np.float32)
    return np.asarray(picture * (1 - shade[..., None] * depth), np.float32)


def grounded(picture: Floats, placed: Placed, rng: Generator) -> Floats:
    """The shade below and between what stands on the floor: of the hull of its lower part, blurred, darkening."""
    rows, columns = np.nonzero(placed.alpha > 0.5)
    if not len(rows):
        return picture
    height = max(placed.foot - rows.min(), 2)
    low = rows > placed.foot - rng.uniform(0.1, 0.6) * height
    if np.count_nonzero(low) < 3:
        return picture
    hull = cv2.convexHull(np.stack([columns[low], rows[low]], 1).astype(np.int32))
    shade = np.zeros(placed.alpha.shape, np.float32)
    cv2.fillPoly(shade, [hull], 1.0)
    middle = hull[:, 0].mean(0)
    grown = np.array([rng.uniform(0.7, 1.3), rng.uniform(0.7, 1.2)])
    aside = rng.normal(0, 0.06, 2) * height
    matrix = np.concatenate([np.diag(grown), ((1 - grown) * middle + aside)[:, None]], 1)
    shade = softened(moved(shade, matrix), rng.uniform(0.3, 0.12 * height + 0.4))
    depth = rng.uniform(0.08, 0.6) * rng.uniform(0.92, 1.08, 3).astype(np.float32)
    return np.asarray(picture * (1 - shade[..., None] * depth), np.float32)


def reflected(picture: Floats, placed: Placed, rng: Generator) -> Floats:
    """The figure upside down in a glossy floor below its feet, faint and blurred."""
    matrix = np.array([[1, 0, 0], [0, -1, 2 * placed.foot]], np.float64)
    strength = rng.uniform(0.08, 0.4)
    sigma = rng.uniform(0.3, 3)
    alpha = softened(moved(placed.alpha, matrix), sigma)[..., None] * strength
    return picture + alpha * (softened(moved(placed.colours, matrix), sigma) - picture)


def blob(size: tuple[int, int], rng: Generator) -> Floats:
    """A random smooth-edged shape, H,W 0..1: a polygon of few corners or an ellipse."""
    width, rows = size
    mask = np.zeros((rows, width), np.float32)
    centre, reach = rng.uniform(0, 1, 2) * size, rng.uniform(0.03, 0.25) * rows
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 12))))
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * rng.uniform(0.4, 1, (len(angles), 1)) * reach
    ring[:, 1] *= rng.uniform(0.5, 3)
    cv2.fillPoly(mask, [(centre + ring).astype(np.int32)], 1.0, cv2.LINE_AA)
    return mask
