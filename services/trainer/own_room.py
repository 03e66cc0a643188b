"""Training pairs for a person's own room: filmed frames as they are, and their people moved about in their own light.

Where `compose` dresses anybody anew anywhere, this keeps clothes, walls, lamps and the labeller's way of drawing an
outline, since those are what a few frames of a room can teach. A share of wilder pictures goes along, lest the network
forget what else rooms are like.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from common.nets import light
from services.trainer import drift, paint
from services.trainer.compose import Composer, Scene, crop, warped
from services.trainer.recipe import Mix
from services.trainer.stock import Pair, Stock

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]

AS_FILMED = 0.45  # of the tame pictures; the rest are people moved about
SHADED = 0.6  # of those moved
MOST = 1.2  # times that a picture is enlarged at most
AROUND = 9  # pixels about a person in which the plate is shown when he is moved away
ASIDE = 0.3  # of the width, how far a person is moved at most


@dataclass(frozen=True)
class Actor:
    """A labelled person lifted out of his frame, all uint8: `room` H,W,3 in the frame's light without him, `lifted`
    H,W,4 the frame with a soft alpha, `truth` H,W. `middle` (x, y) is in pixels,
    `foot` his lowest row, `cut` whether that is the frame's last."""

    room: Image
    lifted: Image
    truth: Image
    middle: tuple[float, float]
    foot: float
    cut: bool


def actor(pair: Pair) -> Actor | None:
    """None where the frame shows nobody."""
    rows, columns = np.nonzero(pair.truth > 127)
    if not len(rows):
        return None
    near = cv2.GaussianBlur(cv2.dilate(pair.truth, np.ones((AROUND, AROUND), np.uint8)), (7, 7), 0)
    plate = light.relight(pair.plate, light.estimate(pair.plate, pair.frame))
    room = pair.frame + near[..., None] / np.float32(255) * (plate - pair.frame)
    soft = cv2.GaussianBlur(pair.truth, (3, 3), 0)
    lifted = np.dstack([pair.frame, soft]).astype(np.uint8)
    middle, foot = (float(columns.mean()), float(rows.mean())), float(rows.max())
    return Actor(np.rint(room).astype(np.uint8), lifted, pair.truth, middle, foot, foot >= pair.truth.shape[0] - 3)


class OwnRoom(Composer):
    """Composes batches from filmed pairs; raises ValueError for a stock without."""

    def __init__(self, stock: Stock, size: tuple[int, int], seed: int, mix: Mix) -> None:
        super().__init__(stock, size, seed, mix)
        if not stock.pairs:
            raise ValueError("no filmed pair to learn a room from")
        self._actors: dict[int, Actor | None] = {}

    def _row(self, rng: Generator, count: int) -> tuple[Floats, list[Floats], list[Floats]]:
        if rng.random() < self.mix.wild:
            return super()._row(rng, count)
        plate, scenes = self._tame(rng, count)
        seen_plate = filmed(plate, rng)
        frames, truths = [], []
        for scene in scenes:
            picture, truth = self._knocked(scene.picture, scene.truth, rng)
            if rng.random() < 0.4:
                picture = drift.exposure(picture, rng, 0.08)
            seen = filmed(picture, rng)
            frames.append(light.relight(seen, light.estimate(seen, seen_plate)))
            truths.append(truth)
        return seen_plate.astype(np.float32), frames, truths

    def _tame(self, rng: Generator, count: int) -> tuple[Floats, list[Scene]]:
        first = self.stock.pairs[int(rng.integers(len(self.stock.pairs)))]
        fellows = [pair for pair in self.stock.pairs if pair.plate is first.plate]
        people = [one for one in map(self._actor, fellows) if one]
        matrix = crop(first.plate, self.size, rng, MOST)
        scenes = []
        for _ in range(count):
            pair = fellows[int(rng.integers(len(fellows)))]
            if people and rng.random() >= AS_FILMED:
                scenes.append(self._moved_about(people[int(rng.integers(len(people)))], matrix, rng))
            else:
                truth = warped(pair.truth, matrix, self.size) / np.float32(255)
                scenes.append(Scene(warped(pair.frame, matrix, self.size), truth))
        return warped(first.plate, matrix, self.size), scenes

    def _actor(self, pair: Pair) -> Actor | None:
        if id(pair) not in self._actors:
            self._actors[id(pair)] = actor(pair)
        return self._actors[id(pair)]

    def _moved_about(self, one: Actor, matrix: Matrix, rng: Generator) -> Scene:
        """The person elsewhere in the room, with a shadow now and then; in the truth, the outline as it was drawn."""
        there = matrix @ np.vstack([move(one, rng), [0, 0, 1]])
        lifted = warped(one.lifted, there, self.size)
        within = cv2.warpAffine(np.full(one.truth.shape, 255, np.uint8), there, self.size) / np.float32(255 * 255)
        alpha, truth = lifted[..., 3] * within, warped(one.truth, there, self.size) * within
        placed = paint.Placed(lifted[..., :3], alpha, float((there @ [one.middle[0], one.foot, 1])[1]))
        picture = warped(one.room, matrix, self.size)
        if rng.random() < SHADED:
            picture = paint.shadowed(picture, placed, rng)
        return Scene(paint.paste(picture, placed), truth)


def move(one: Actor, rng: Generator) -> Matrix:
    """2x3, in pixels of the frame: aside, nearer or farther, turned a little, mirrored. Whoever is cut off by the
    frame's bottom edge stays so."""
    rows, width = one.room.shape[:2]
    scale = float(np.exp(rng.normal(0, 0.15)))
    down = rng.uniform(-0.05, 0.05) * rows
    if one.cut:
        scale, down = max(scale, 1.0), abs(3 * down)
    angle, side = np.deg2rad(rng.normal(0, 3)), rng.choice([-1, 1])
    turn = scale * np.array([[side * np.cos(angle), -np.sin(angle)], [side * np.sin(angle), np.cos(angle)]])
    about = np.array([one.middle[0], one.foot if one.cut else one.middle[1]])
    shift = about - turn @ about + np.array([rng.uniform(-ASIDE, ASIDE) * width, down])
    return np.hstack([turn, shift[:, None]])


def filmed(picture: Floats, rng: Generator) -> Image:
    return np.clip(drift.noisy(picture, rng, most=5), 0, 255).astype(np.uint8)
