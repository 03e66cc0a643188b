"""The built-in regression set: drawn rooms with drawn people, which stand for all the rooms that are not trained on.

Our own drawing, a function of the scene's number alone, made on the fly in a second or two. Never trained on: it tells
whether a new room is paid for with the old ones. Pictures are H,W,3 float32 0..255 while they are drawn.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.trainer import drift, paint
from services.trainer.stock import Pair

Floats = NDArray[np.float32]
Part = tuple[list[tuple[float, float]], float, int]

SIZE = (640, 480)
SCENES = 16
SEED = 2024
FINER = 2  # a figure is drawn that many times finer, for smooth edges
SKIN, HAIR, SHIRT, TROUSERS = 1, 2, 3, 4
SKINS = ((110, 140, 190), (150, 175, 225), (60, 85, 130), (40, 55, 85))  # BGR


def scenes(count: int = SCENES) -> list[Pair]:
    """Plates, frames and truths as a camera would hand them over, 640x480."""
    return [scene(number) for number in range(count)]


def scene(number: int) -> Pair:
    """One room and one person with a soft shadow, in a light of its own; each fourth with a knocked camera."""
    rng = np.random.default_rng((SEED, number))
    plate, person = room(rng), figure(rng)
    picture = paint.paste(shaded(plate, person, rng), person)
    matrix = drift.bump(SIZE, rng) if number % 4 == 3 else np.eye(2, 3)
    moved = cv2.warpAffine(np.dstack([picture, person.alpha]), matrix, SIZE, borderMode=cv2.BORDER_REPLICATE)
    both = np.asarray(moved, np.float32)
    frame = drift.filmed(drift.lit(both[..., :3], rng), rng, noise=6)
    truth = np.rint(255 * both[..., 3]).astype(np.uint8)
    return Pair(drift.filmed(plate, rng, noise=3), frame, truth, Path(f"drawn scene {number}"))


def colour(rng: Generator) -> Floats:
    """Mostly muted, as rooms and clothes are."""
    return np.clip(rng.uniform(25, 225) + rng.normal(0, 22, 3), 10, 245).astype(np.float32)


def grain(rng: Generator, size: tuple[int, int], cells: int, strength: float) -> Floats:
    """Smooth noise, H,W,1, with so many grains across."""
    rough = rng.normal(0, strength, (max(2, cells * size[1] // size[0]), cells)).astype(np.float32)
    return np.asarray(cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC), np.float32)[..., None]


def room(rng: Generator) -> Floats:
    """Wall, floor, and a handful of furniture, each plain, striped or checked."""
    wide, high = SIZE
    picture = np.empty((high, wide, 3), np.float32)
    line = int(high * rng.uniform(0.6, 0.85))
    picture[:line], picture[line:] = colour(rng), colour(rng)
    for _ in range(int(rng.integers(5, 10))):
        furnish(picture, line, rng)
    picture *= drift.side_light(picture.shape, rng)
    picture += grain(rng, SIZE, 12, 5) + grain(rng, SIZE, 160, 4)
    return np.clip(drift.blurred(picture, 0.8), 0, 255)


def furnish(picture: Floats, line: int, rng: Generator) -> None:
    """A box on the wall or with its foot on the floor."""
    across, down = int(SIZE[0] * rng.uniform(0.06, 0.3)), int(SIZE[1] * rng.uniform(0.08, 0.5))
    left = int(rng.integers(0, SIZE[0] - across // 2))
    foot = line + int(rng.integers(-4, 60)) if rng.random() < 0.5 else int(rng.integers(down, line + 1))
    ys, xs = np.mgrid[0:down, 0:across]
    step = int(rng.integers(6, 40))
    pattern = (xs // step + ys // step * int(rng.integers(2))) % 2
    box = (
        np.where(pattern[..., None] > 0, colour(rng), colour(rng))
        if rng.random() < 0.5
        else colour(rng) + 0 * ys[..., None]
    )
    box = cv2.rectangle(box.astype(np.float32), (0, 0), (across - 1, down - 1), (40, 40, 40), 2)
    part = picture[max(foot - down, 0) : foot, left : left + across]
    part[:] = box[-part.shape[0] :, : part.shape[1]]


def shaded(picture: Floats, person: paint.Placed, rng: Generator) -> Floats:
    """The person's shadow on the wall behind, soft and to one side."""
    aside: NDArray[np.float64] = np.array([[1, 0, rng.normal(0, 40)], [0, 1, rng.uniform(0, 20)]], np.float64)
    shade = paint.softened(paint.moved(person.alpha, aside), rng.uniform(10, 25))
    return np.asarray(picture * (1 - rng.uniform(0.1, 0.35) * shade[..., None]), np.float32)


def figure(rng: Generator) -> paint.Placed:
    """Somebody between far away and close at the desk, in clothes with folds and now and then stripes."""
    size = (SIZE[0] * FINER, SIZE[1] * FINER)
    tall = size[1] * float(np.exp(rng.uniform(np.log(0.45), np.log(1.7))))
    foot = size[1] * rng.uniform(0.9, 1) if tall < size[1] else tall + size[1] * rng.uniform(0, 0.1)
    crown = np.array([size[0] * rng.uniform(0.25, 0.75), foot - tall])
    stuff = np.zeros(size[::-1], np.uint8)
    for points, thick, of in parts(rng):
        corners = (crown + np.array(points) * tall).astype(np.int32)
        if len(corners) > 3:
            cv2.fillPoly(stuff, [corners], of)
        cv2.polylines(stuff, [corners], len(corners) > 3, of, max(1, int(thick * tall)))
    skin = np.array(SKINS[int(rng.integers(len(SKINS)))], np.float32)
    colours = np.stack([skin, skin, rng.uniform(0.1, 0.5) * skin, colour(rng), colour(rng)])[stuff]
    striped = np.sin(np.arange(size[1]) * rng.uniform(0.1, 0.4))[:, None] > 0.3
    colours[striped & (stuff == int(rng.choice([0, SHIRT, TROUSERS])))] *= 0.7
    colours = cv2.resize(colours, SIZE, interpolation=cv2.INTER_AREA) * (1 + grain(rng, SIZE, 24, 0.08))
    alpha = cv2.resize((stuff > 0).astype(np.float32), SIZE, interpolation=cv2.INTER_AREA)
    return paint.Placed(np.clip(colours, 0, 255).astype(np.float32), np.asarray(alpha, np.float32), foot / FINER)


def parts(rng: Generator) -> list[Part]:
    """Of a body, the far ones first: polygons (four corners and more) and strokes. Points are in heights from the
    crown; then the thickness of the line, and what it is made of."""
    bent = rng.uniform(-0.12, 0.12, 4)
    drawn: list[Part] = []
    for side, knee in ((-1, bent[0]), (1, bent[1])):
        leg = [(side * 0.06, 0.5), (side * 0.08 + knee / 2, 0.74), (side * 0.08 + knee, 0.96)]
        drawn += [(leg, 0.085, TROUSERS), ([leg[2], (leg[2][0] + side * 0.03, 0.98)], 0.06, HAIR)]
    drawn.append(([(-0.12, 0.21), (0.12, 0.21), (0.1, 0.54), (-0.1, 0.54)], 0.05, SHIRT))
    drawn.append(([(0, 0.12), (0, 0.2)], 0.06, SKIN))
    for side, reach in ((-1, bent[2]), (1, bent[3])):
        elbow, hand = (side * (0.19 + reach / 2), 0.36), (side * (0.2 + 1.5 * reach), 0.5 - abs(reach) * 2.5)
        drawn += [([(side * 0.13, 0.22), elbow], 0.06, SHIRT), ([elbow, hand], 0.045, SKIN)]
    drawn.append((ring(0.052, 0.068, 0.07, 2 * np.pi), 0.004, SKIN))
    drawn.append((ring(-0.056, -0.056, 0.06, np.pi), 0.006, HAIR))
    return drawn


def ring(across: float, down: float, middle: float, angle: float) -> list[tuple[float, float]]:
    """Part of an ellipse about (0, middle)."""
    return [(across * float(np.cos(a)), middle + down * float(np.sin(a))) for a in np.linspace(0, angle, 20)]
