"""A person lifted off the room, and laid on another."""

import cv2
import numpy as np
import pytest

from services.ui.draw.layers import cover, cut_out, lift
from tests.services.ui.apps.visit import HEIGHT, WIDTH, visit


def box_of(layer):
    height, width = layer.light.shape[:2]
    return np.s_[layer.y : layer.y + height, layer.x : layer.x + width]


def laid(layer, behind, right=0):
    picture = behind.copy()
    layer.onto(picture, right)
    return picture.astype(int)


def test_lifting_finds_the_persons_own_colour():
    seen, alpha, empty, person = visit()
    layer = lift(seen, alpha, empty)
    assert np.abs(layer.light - (person * (alpha[..., None] / 255))[box_of(layer)]).max() <= 3
    assert (255 - layer.rest[..., 0] == alpha[box_of(layer)]).all()
    assert alpha.sum() == alpha[box_of(layer)].sum()


def test_no_room_comes_through_where_alpha_is_zero_however_the_light_changed():
    seen, alpha, empty, _ = visit()
    layer = lift(seen, alpha, (empty // 3).astype(np.uint8))
    assert (layer.light[alpha[box_of(layer)] == 0] == 0).all()


def test_nobody_is_a_layer_that_changes_nothing():
    seen, alpha, empty, _ = visit()
    nobody = lift(seen, np.zeros_like(alpha), empty)
    assert (laid(nobody, seen) == seen).all() and (laid(nobody.mirrored(), seen) == seen).all()


def test_laid_on_its_own_plate_the_person_makes_the_frame_again():
    seen, alpha, empty, _ = visit()
    assert np.abs(laid(lift(seen, alpha, empty), empty) - seen).max() <= 3


@pytest.mark.parametrize("right", [-400, -60, -30, 0, 30, 240, 400])
def test_a_layer_is_moved_and_cut_at_the_borders(right):
    seen, alpha, empty, _ = visit()
    expected = empty.astype(int)
    if abs(right) < WIDTH:
        source = slice(max(0, -right), min(WIDTH, WIDTH - right))
        expected[:, max(0, right) : min(WIDTH, WIDTH + right)] = seen[:, source]
    assert np.abs(laid(lift(seen, alpha, empty), empty, right) - expected).max() <= 3


def test_a_mirrored_layer_is_the_mirrored_person():
    seen, alpha, empty, _ = visit()
    assert np.abs(laid(lift(seen, alpha, empty).mirrored(), empty) - cv2.flip(seen, 1)).max() <= 3


@pytest.mark.parametrize("right", [0, 45, -45])
def test_somebody_behind_leaves_the_nearer_persons_soft_edge_as_it_is(right):
    """Laid on the frame of whoever is nearer, the double stands as if it had been in the room behind them."""
    seen, alpha, empty, _ = visit(left=130)
    you = lift(seen, alpha, empty)
    double = you.mirrored()
    expected = laid(you, laid(double, empty, right).astype(np.uint8))
    assert np.abs(laid(double.behind(you, right), seen, right) - expected).max() <= 4
    apart = double.behind(you, 300)
    assert apart is double


def test_people_are_cut_out_with_the_farthest_behind():
    seen, alpha, empty, person = visit(left=130)
    you = lift(seen, alpha, empty)
    made = cut_out([(you.mirrored(), 0), (you, 0)], HEIGHT, WIDTH)
    both = np.maximum(alpha, cv2.flip(alpha, 1))
    assert (made[..., 3] >= both).all() and (made[both == 0] == 0).all()
    assert np.abs(made[..., :3].astype(int) - person)[alpha == 255].max() <= 3
    only_double = (alpha == 0) & (cv2.flip(alpha, 1) > 200)
    assert np.abs(made[..., :3].astype(int) - cv2.flip(person, 1))[only_double].max() <= 6


@pytest.mark.parametrize("size", [(100, 400), (400, 100), (10, 10)])
def test_a_picture_covers_any_size(size):
    assert cover(np.full((*size, 3), 9, np.uint8), HEIGHT, WIDTH).shape == (HEIGHT, WIDTH, 3)
