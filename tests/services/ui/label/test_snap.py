"""A border that was drawn a few pixels off finds the edge where it was brushed over, and nowhere else."""

import cv2
import numpy as np

from services.ui.label import snap
from services.ui.label.snap import snapped


def scene(scale=1):
    """A dark disc on a light ground, its true mask, and one drawn too large by 6 pixels."""
    size = 200 * scale
    rng = np.random.default_rng(2)
    true, wide = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    cv2.circle(true, (size // 2, size // 2), 60 * scale, 255, -1)
    cv2.circle(wide, (size // 2, size // 2), 66 * scale, 255, -1)
    image = np.where(true[..., None] > 0, (60, 50, 40), (190, 200, 210)) + rng.normal(0, 5, (size, size, 3))
    ring = np.zeros((size, size), np.uint8)
    cv2.circle(ring, (size // 2, size // 2), 63 * scale, 255, 24 * scale)
    return np.clip(image, 0, 255).astype(np.uint8), true, wide, ring


def wrong(mask, true):
    return np.count_nonzero((mask > 127) != (true > 127))


def test_the_border_goes_to_the_edge():
    image, true, wide, ring = scene()
    moved = snapped(image, wide, ring)
    assert wrong(wide, true) > 2000 and wrong(moved, true) < 100


def test_a_large_region_is_cut_on_a_smaller_copy(monkeypatch):
    image, true, wide, ring = scene(2)
    monkeypatch.setattr(snap, "MOST_PIXELS", 30_000)
    moved = snapped(image, wide, ring)
    assert moved.shape == true.shape and wrong(moved, true) < 0.2 * wrong(wide, true)


def test_what_was_not_touched_stays():
    image, _, wide, ring = scene()
    ring[:, 100:] = 0
    wide[30:60, 120:150] = 90  # a soft place, which a cut knows nothing of
    moved = snapped(image, wide, ring)
    assert (moved[:, 100:] == wide[:, 100:]).all() and (moved[ring == 0] == wide[ring == 0]).all()


def test_the_same_stroke_gives_the_same_border():
    image, _, wide, ring = scene()
    assert (snapped(image, wide, ring) == snapped(image, wide, ring)).all()


def test_without_a_border_nothing_moves():
    image, _, wide, ring = scene()
    assert snapped(image, np.zeros_like(wide), ring) is None
    assert snapped(image, wide, np.zeros_like(ring)) is None
