import numpy as np
import pytest

from services.trainer import paint
from services.trainer.stock import cut_out

SIZE = (96, 64)
WALL = np.full((64, 96, 3), 180, np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def figure():
    alpha = np.zeros((64, 96), np.float32)
    alpha[20:50, 40:52] = 1
    return paint.Placed(np.full((64, 96, 3), 90, np.float32), alpha, 50.0)


def test_pasting_shows_the_figure_where_its_alpha_is(figure):
    pasted = paint.paste(WALL, figure)
    assert (pasted[figure.alpha == 1] == 90).all()
    assert (pasted[figure.alpha == 0] == 180).all()


def test_a_shadow_only_darkens(figure, rng):
    for _ in range(20):
        shaded = paint.shadowed(WALL, figure, rng)
        assert (shaded <= WALL + 1e-3).all()
        assert shaded.min() > 0.3 * 180


def test_shade_lies_about_the_feet_and_only_darkens(figure, rng):
    depths = []
    for _ in range(20):
        shaded = paint.grounded(WALL, figure, rng)
        depths.append(float((WALL - shaded).max()))
        assert (shaded <= WALL + 1e-3).all()
        assert shaded.min() > 0.3 * 180
        assert (WALL - shaded)[:10].max() < 1
    assert np.median(depths) > 20


def test_nobody_casts_no_shade(rng):
    nobody = paint.Placed(WALL, np.zeros(WALL.shape[:2], np.float32), 50.0)
    assert np.array_equal(paint.grounded(WALL, nobody, rng), WALL)


def test_a_reflection_lies_below_the_feet_and_is_faint(figure, rng):
    for _ in range(20):
        change = np.abs(paint.reflected(WALL, figure, rng) - WALL)
        assert change[:38].max() < 1
        assert 1 < change[52:].max() < 0.5 * 90


def test_camouflage_brings_the_colours_near_to_what_is_behind(figure, rng):
    for _ in range(20):
        hidden = paint.camouflaged(figure, WALL, rng)
        away = np.abs(hidden.colours - 180)[figure.alpha == 1]
        assert away.max() <= 90
        assert np.array_equal(hidden.alpha, figure.alpha)


@pytest.mark.parametrize("height", [10.0, 60.0, 150.0])
def test_a_figure_is_drawn_at_its_height(height, rng):
    alpha = np.full((90, 40), 255, np.uint8)
    cutout = cut_out(np.full((90, 40, 3), 120, np.uint8), np.pad(alpha[3:-3, 3:-3], 3), person=True)
    for _ in range(10):
        placed = paint.place(cutout, SIZE, rng, height)
        assert placed.colours.shape == (64, 96, 3)
        assert 0 <= placed.alpha.min() <= placed.alpha.max() <= 1
        rows = placed.alpha.max(1) > 0.5
        assert rows.sum() <= height * 1.25 + 3


def test_who_is_cut_off_by_the_picture_never_floats(rng):
    alpha = np.zeros((90, 60), np.uint8)
    alpha[20:, 10:50] = 255
    cutout = cut_out(np.full((90, 60, 3), 120, np.uint8), alpha, person=True)
    assert all(paint.place(cutout, SIZE, rng, height).foot >= 64 for height in (20.0, 60.0, 120.0))


def test_a_plain_place_has_no_detail(rng):
    for _ in range(5):
        place = paint.plain(SIZE, rng)
        assert place.shape == (64, 96, 3)
        assert np.abs(np.diff(place, axis=1)).max() < 60
