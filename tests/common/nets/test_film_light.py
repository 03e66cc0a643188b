import cv2
import numpy as np
import pytest

from common.nets.film_light import FORGOTTEN, FilmLight
from common.nets.light import estimate, relight

RNG = np.random.default_rng(6)


def room():
    coarse = RNG.uniform(40, 190, (9, 12, 3)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (320, 240)) + RNG.normal(0, 2, (240, 320, 3)), 0, 255).astype(np.uint8)


def noisy(picture, factor=1.0):
    return np.clip(picture * factor + RNG.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)


def test_the_first_frame_is_lit_as_a_frame_alone_is():
    plate = room()
    frame = noisy(plate, 0.7)
    assert np.array_equal(relight(frame, FilmLight(plate).of(frame)), relight(frame, estimate(frame, plate)))


def test_a_fit_stands_while_the_light_does():
    plate = room()
    film = FilmLight(plate)
    for _ in range(FORGOTTEN - 1):
        film.of(noisy(plate, 0.7))
    assert film.fits == 1
    for _ in range(2):
        film.of(noisy(plate, 0.7))
    assert film.fits == 2


SIDE = np.linspace(0.97, 1.03, 320, dtype=np.float32)[:, None]
DOWN = np.linspace(1.04, 0.96, 240, dtype=np.float32)[:, None, None]
WARM = np.array([0.97, 1, 1.02], np.float32)


@pytest.mark.parametrize(
    "factor", [0.5, 0.95, 1.03, SIDE, DOWN, WARM], ids=["half", "5%", "3%", "side", "down", "warm"]
)
@pytest.mark.parametrize("before", [1.0, 0.7])
def test_a_jump_of_light_is_followed_in_the_frame_that_shows_it(before, factor):
    plate = room()
    film = FilmLight(plate)
    for _ in range(5):
        film.of(noisy(plate, before))
    jumped = noisy(plate, before * factor)
    assert np.array_equal(relight(jumped, film.of(jumped)), relight(jumped, estimate(jumped, plate)))


def test_somebody_who_walks_in_does_not_turn_the_light():
    plate = room()
    film = FilmLight(plate)
    for x in range(0, 160, 8):
        frame = noisy(plate, 0.8)
        frame[40:, x : x + 90] = RNG.integers(0, 120, (200, 90, 3))
        away = np.ones((240, 320), bool)
        away[:, x : x + 90] = False
        assert np.abs(relight(frame, film.of(frame)) - plate)[away].mean() < 3


def test_a_slow_dusk_is_followed():
    plate = room()
    film = FilmLight(plate)
    for factor in np.linspace(1, 0.6, 120):
        frame = noisy(plate, factor)
        alone = relight(frame, estimate(frame, plate))
        assert abs(float((relight(frame, film.of(frame)) - alone).mean())) < 3
