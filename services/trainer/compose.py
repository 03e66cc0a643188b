"""Training pairs, composed on the fly: a plate, frames of the same place with people and things in it, the truth.

Half of what is new in a frame is a person from near or far; the rest are things. Shadows, reflections, changed light
and a knocked camera come along and are *not* foreground. Each batch is a function of (seed, step) alone, so a resumed
run sees exactly the pictures that an unbroken one would.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from common.nets import light
from services.trainer import drift, paint
from services.trainer.furniture import furniture
from services.trainer.recipe import Mix
from services.trainer.stock import Cutout, Pair, Stock

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Batch:
    """Plates P,H,W,3, frames P*K,H,W,3 in their plate's light, both float32 0..255; truth P*K,H,W 0..1. Frames
    k*P to k*P + P - 1 belong to plates 0 to P - 1."""

    plates: Floats
    frames: Floats
    truth: Floats


@dataclass
class Scene:
    """A picture under construction and what is foreground in it."""

    picture: Floats
    truth: Floats


def crop(image: NDArray[np.uint8], size: tuple[int, int], rng: Generator, most: float) -> NDArray[np.float64]:
    """2x3 matrix that maps a random part of the image (at least 1/most of it) onto the size, sometimes mirrored."""
    rows, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / rows) * rng.uniform(1, most)
    spare = np.array([width * scale - size[0], rows * scale - size[1]], np.float64)
    matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float64)
    matrix[:, 2] = -spare * rng.random(2)
    if rng.random() < 0.5:
        matrix = np.array([[-1, 0, size[0]], [0, 1, 0]], np.float64) @ np.vstack([matrix, [0, 0, 1]])
    return matrix


def warped(image: NDArray[np.uint8], matrix: NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """Area-like: shrinks by whole halves first where the matrix shrinks a lot."""
    while abs(matrix[0, 0]) < 0.6:
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)
        matrix = matrix @ np.diag([2.0, 2.0, 1.0])
    return cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


def happens(share: float, rng: Generator) -> bool:
    """Draws nothing for a share of 0, so that a mix without it stays what it was."""
    return share > 0 and rng.random() < share


class Composer:
    """Composes batches of one size (width, height) from a stock; raises ValueError for a stock without places."""

    def __init__(self, stock: Stock, size: tuple[int, int], seed: int, mix: Mix) -> None:
        if not stock.places:
            raise ValueError("no plate or background to compose pictures on")
        self.stock, self.size, self.seed, self.mix = stock, size, seed, mix

    def batch(self, step: int, plates: int, frames_a_plate: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        rows = [self._row(rng, frames_a_plate) for _ in range(plates)]
        frames = [row[1][k] for k in range(frames_a_plate) for row in rows]
        truth = [row[2][k] for k in range(frames_a_plate) for row in rows]
        return Batch(np.stack([row[0] for row in rows]), np.stack(frames), np.stack(truth))

    def _row(self, rng: Generator, count: int) -> tuple[Floats, list[Floats], list[Floats]]:
        """One plate, its frames and their truth, as the network will see them."""
        plate, scenes = self._scenes(rng, count)
        if rng.random() < self.mix.vanished and self.stock.things:
            plate = paint.paste(plate, self._thing(rng))
        finer = rng.uniform(1.2, 2) if happens(self.mix.coarse, rng) else 1.0
        seen_plate = drift.filmed(plate, rng, noise=3, finer=finer)
        frames, truths = [], []
        for scene in scenes:
            picture, truth = self._knocked(drift.lit(scene.picture, rng), scene.truth, rng)
            seen = drift.filmed(picture, rng, noise=12, finer=finer)
            frames.append(light.relight(seen, light.estimate(seen, seen_plate)))
            truths.append(truth)
        return seen_plate.astype(np.float32), frames, truths

    def _scenes(self, rng: Generator, count: int) -> tuple[Floats, list[Scene]]:
        if self.stock.pairs and rng.random() < self.mix.filmed:
            return self._filmed(rng, count)
        plate = drift.exposure(self._place(rng, 1.8), rng, 0.12)
        if happens(self.mix.plain, rng):
            plate = drift.blurred(plate, rng.uniform(2, 30)) if rng.random() < 0.5 else paint.plain(self.size, rng)
        empty = np.zeros(plate.shape[:2], np.float32)
        return plate, [self._peopled(Scene(plate, empty), rng) for _ in range(count)]

    def _place(self, rng: Generator, most: float) -> Floats:
        place = self.stock.places[int(rng.integers(len(self.stock.places)))]
        return warped(place, crop(place, self.size, rng, most), self.size)

    def _filmed(self, rng: Generator, count: int) -> tuple[Floats, list[Scene]]:
        """Frames of one filmed set, with what the room and the camera really did; now and then someone is added."""
        first = self.stock.pairs[int(rng.integers(len(self.stock.pairs)))]
        fellows = [pair for pair in self.stock.pairs if pair.plate is first.plate]
        matrix = crop(first.plate, self.size, rng, 1.6)
        plate = warped(first.plate, matrix, self.size)
        scenes = []
        for _ in range(count):
            pair: Pair = fellows[int(rng.integers(len(fellows)))]
            truth = warped(pair.truth, matrix, self.size) / np.float32(255)
            scene = Scene(warped(pair.frame, matrix, self.size), truth)
            alone = rng.random() < (0.75 if truth.max() > 0.5 else 0.3)
            scenes.append(scene if alone else self._peopled(scene, rng))
        return plate, scenes

    def _peopled(self, scene: Scene, rng: Generator) -> Scene:
        """The scene with nobody, one or several people and things put into it, far ones first."""
        if rng.random() < self.mix.nobody:
            return scene
        count = int(rng.choice([0, 1, 2, 3], p=[0.06, 0.68, 0.18, 0.08])) if self.stock.people else 0
        heights = sorted(self._height(rng) for _ in range(count))
        for height in heights:
            cutout = self.stock.people[int(rng.integers(len(self.stock.people)))]
            placed = paint.place(cutout, self.size, rng, height * self.size[1])
            put = self._seated if happens(self.mix.furniture, rng) else self._with
            scene = put(scene, placed, rng)
            if rng.random() < 0.25 and (self.stock.things or self.stock.places):
                scene = self._with(scene, self._held(placed, rng), rng)
        if rng.random() < self.mix.thing or count == 0:
            scene = self._with(scene, self._thing(rng), rng)
        return scene

    @staticmethod
    def _height(rng: Generator) -> float:
        """Of a person, as a share of the picture's: walkers, people in the room, and people at the desk."""
        low, high = [(0.12, 0.4), (0.4, 1.1), (1.1, 2.8)][int(rng.choice(3, p=[0.25, 0.4, 0.35]))]
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def _with(self, scene: Scene, placed: paint.Placed, rng: Generator) -> Scene:
        """Shadow and reflection first, then the figure itself; what is under the shadow stays what it was."""
        picture = scene.picture
        if happens(self.mix.grounded, rng):
            picture = paint.grounded(picture, placed, rng)
        if happens(self.mix.flat, rng):
            placed = paint.flattened(placed, rng)
        if rng.random() < self.mix.camouflage:
            placed = paint.camouflaged(placed, picture, rng)
        if rng.random() < self.mix.shadow:
            picture = paint.shadowed(picture, placed, rng)
        if rng.random() < self.mix.reflection:
            picture = paint.reflected(picture, placed, rng)
        return Scene(paint.paste(picture, placed), np.maximum(scene.truth, placed.alpha))

    def _seated(self, scene: Scene, person: paint.Placed, rng: Generator) -> Scene:
        """The person and a chair or table at the same place, the one or the other in front."""
        columns = np.flatnonzero((person.alpha > 0.5).any(0))
        middle = float(columns.mean()) if len(columns) else rng.uniform(0, self.size[0])
        rows = np.flatnonzero((person.alpha > 0.5).any(1))
        height = person.foot - (rows[0] if len(rows) else 0)
        stands = min(person.foot, self.size[1] * rng.uniform(0.6, 1.1)) + rng.normal(0, 0.03) * height
        there = furniture(self.size, rng, height * rng.uniform(0.3, 0.7), middle + rng.normal(0, 0.2) * height, stands)
        for placed in (there, person) if rng.random() < 0.5 else (person, there):
            scene = self._with(scene, placed, rng)
        return scene

    def _thing(self, rng: Generator) -> paint.Placed:
        """A cut-out thing, or a shape with the texture of some other place."""
        if self.stock.things and rng.random() < 0.7:
            cutout: Cutout = self.stock.things[int(rng.integers(len(self.stock.things)))]
            return paint.place(cutout, self.size, rng, self.size[1] * float(np.exp(rng.uniform(-2.5, -0.2))))
        return self._patch(paint.blob(self.size, rng), rng)

    def _patch(self, alpha: Floats, rng: Generator) -> paint.Placed:
        return paint.Placed(self._place(rng, 4), alpha, float(self.size[1]))

    def _held(self, person: paint.Placed, rng: Generator) -> paint.Placed:
        """A thing somewhere on the person's outline, as in a hand."""
        held = self._thing(rng)
        ys, xs = np.nonzero(person.alpha > 0.5)
        own_y, own_x = np.nonzero(held.alpha > 0.5)
        if not len(ys) or not len(own_y):
            return held
        pick = int(rng.integers(len(ys)))
        shift = np.array([[1, 0, xs[pick] - own_x.mean()], [0, 1, ys[pick] - own_y.mean()]], np.float64)
        alpha = paint.moved(held.alpha, shift)
        return paint.Placed(paint.moved(held.colours, shift), alpha, held.foot)

    def _knocked(self, picture: Floats, truth: Floats, rng: Generator) -> tuple[Floats, Floats]:
        if rng.random() >= self.mix.bumped:
            return picture, truth
        matrix = drift.bump(self.size, rng)
        moved = cv2.warpAffine(np.dstack([picture, truth]), matrix, self.size, borderMode=cv2.BORDER_REPLICATE)
        both = np.asarray(moved, np.float32)
        return both[..., :3], both[..., 3]
