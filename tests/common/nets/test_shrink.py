import cv2
import numpy as np
import pytest

from common.nets.shrink import averaged, shrunk

RNG = np.random.default_rng(3)


def photo(width, height):
    """Large shapes with grain, as cameras give."""
    coarse = cv2.resize(RNG.integers(0, 255, (9, 12, 3), np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(coarse + RNG.normal(0, 3, coarse.shape), 0, 255).astype(np.uint8)


def area(picture, size):
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("times", [1, 2])
def test_a_halving_is_the_exact_mean_of_two_by_two(times):
    picture = photo(320 * times, 240 * times)
    assert np.array_equal(shrunk(picture, (320, 240)), area(picture, (320, 240)))


@pytest.mark.parametrize(
    ("size", "small"),
    [((1280, 720), (368, 208)), ((1920, 1080), (368, 208)), ((644, 486), (320, 240)), ((640, 480), (256, 192))],
)
def test_any_other_size_is_as_good_as_the_mean_of_its_area(size, small):
    picture = photo(*size)
    apart = np.abs(shrunk(picture, small).astype(int) - area(picture, small))
    assert apart.mean() < 1.5


@pytest.mark.parametrize("size", [(1287, 723), (101, 77), (5, 5), (96, 64)])
def test_odd_and_small_pictures_come_out_at_the_size(size):
    assert shrunk(photo(*size), (96, 64)).shape == (64, 96, 3)


def test_nothing_moves_sideways():
    """A step in the middle stays in the middle, also where the halvings don't go evenly."""
    picture = np.zeros((1080, 1920, 3), np.uint8)
    picture[:, 960:] = 200
    small = shrunk(picture, (368, 208))
    assert small[:, :183].max() == 0
    assert small[:, 185:].min() == 200


@pytest.mark.parametrize("size", [(320, 240), (416, 320), (368, 208), (101, 77)])
def test_the_mean_of_areas_is_nearly_that(size):
    picture = photo(*size)
    apart = np.abs(averaged(picture, (40, 30)).astype(int) - area(picture, (40, 30)))
    assert apart.mean() < 2.5
