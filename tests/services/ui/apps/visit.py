"""Somebody visits a red room: what an app makes of it."""

import cv2
import numpy as np

from common.messages import Plate
from services.ui.apps.app import By
from tests.services.ui.fakes import GOOD, alive, desk, frame, mask_of

HEIGHT, WIDTH = 240, 320
ROOM = (0, 0, 255)
"""A red that no scenery and no button has."""


def visit(seed=0, left=40):
    """A red room, its plate, and a person of noise standing to the left, with a soft border."""
    rng = np.random.default_rng(seed)
    empty = np.full((HEIGHT, WIDTH, 3), ROOM, np.uint8)
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(alpha, (left, 60), (left + 70, HEIGHT), 255, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (9, 9), 0), np.uint8)
    person = np.full((HEIGHT, WIDTH, 3), (200, 120, 40), np.uint8)
    person[..., 1] = rng.integers(40, 200, (HEIGHT, WIDTH))
    weight = alpha[..., None] / 255
    seen = np.rint(weight * person + (1 - weight) * empty).astype(np.uint8)
    return seen, alpha, empty, person


def shown(app, *, masked=True, setup=lambda made: None):
    """What the app composes of one visit, without furniture."""
    seen, alpha, empty, _ = visit()
    made = desk(app=app)
    setup(made)
    alive(made, 9.9)
    made.take(Plate("p1", empty, "cam0", 30, "job", GOOD), 9.9)
    one = frame(1, seen)
    made.take(one, 10.0)
    if masked:
        made.take(mask_of(one, alpha), 10.0)
    view = made.state.pairing.next(10.0)
    return made.app.compose(view, made.state)


def red_pixels(image):
    image = image.astype(int)
    return (image[..., 2] > 150) & (image[..., 0] < 60) & (image[..., 1] < 60)


def step(count):
    def press(made):
        for _ in range(count):
            made.press("next", By.KEY, 1.0)

    return press


def put(made, show):
    made.app.show = show
