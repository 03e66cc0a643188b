import cv2
import numpy as np
import pytest

from common.nets.light import NO_CHANGE, estimate, relight
from common.perturb import PERTURBATIONS

RNG = np.random.default_rng(5)


def room():
    """A textured wall with furniture, mid grey levels."""
    coarse = RNG.uniform(40, 190, (9, 12, 3)).astype(np.float32)
    picture = cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_NEAREST)
    return np.clip(picture + RNG.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def visited(plate, share):
    """A person-like block of other colours over so much of the width."""
    frame = plate.copy()
    width = int(320 * share)
    frame[40:, 60 : 60 + width] = RNG.integers(0, 255, (200, width, 3), np.uint8) // 2
    away = np.ones((240, 320), bool)
    away[40:, 60 : 60 + width] = False
    return frame, away


LIGHTS = [name for name in PERTURBATIONS if name.split("_")[0] in {"brightness", "gamma", "white", "side"}]


@pytest.mark.parametrize("name", [n for n in LIGHTS if n != "brightness_1.5"])
@pytest.mark.parametrize("share", [0.0, 0.35])
def test_the_frame_comes_back_into_the_plates_light(name, share):
    plate = room()
    frame, away = visited(plate, share)
    changed = PERTURBATIONS[name](frame, np.zeros((240, 320), np.uint8))[0]
    lit = relight(changed, estimate(changed, plate))
    before, after = (np.abs(p - plate.astype(np.float32))[away].mean() for p in (changed.astype(np.float32), lit))
    assert after < 5
    assert after < before / 2.5


def test_an_unchanged_room_is_left_as_it_is():
    plate = room()
    frame, _ = visited(plate, 0.4)
    assert estimate(frame, plate) is NO_CHANGE
    assert np.array_equal(relight(frame, NO_CHANGE), frame.astype(np.float32))


@pytest.mark.parametrize("level", [0, 255])
def test_a_frame_without_any_picture_is_borne(level):
    frame = np.full((240, 320, 3), level, np.uint8)
    lit = relight(frame, estimate(frame, room()))
    assert np.isfinite(lit).all()
    assert 0 <= lit.min() <= lit.max() <= 255
