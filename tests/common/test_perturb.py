import cv2
import numpy as np
import pytest

from common.perturb import PERTURBATIONS

FRAME = np.full((48, 64, 3), 100, np.uint8)
TRUTH = np.zeros((48, 64), np.uint8)
TRUTH[10:40, 20:30] = 255


def applied(name, frame=FRAME, truth=TRUTH):
    return PERTURBATIONS[name](frame, truth)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_shapes_and_dtypes_stay_and_the_inputs_too(name):
    frame, truth = FRAME.copy(), TRUTH.copy()
    changed, moved, lost = applied(name, frame, truth)
    assert (changed.shape, changed.dtype, moved.shape, lost.shape) == (FRAME.shape, np.uint8, TRUTH.shape, TRUTH.shape)
    assert np.array_equal(frame, FRAME)
    assert np.array_equal(truth, TRUTH)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("brightness_0.6", 60),
        ("brightness_0.8", 80),
        ("brightness_1.25", 125),
        ("brightness_1.5", 150),
        ("gamma_0.7", 132),
        ("gamma_1.4", 69),
    ],
)
def test_levels(name, value):
    assert np.unique(applied(name)[0]).tolist() == [value]


def test_bright_pixels_saturate():
    assert applied("brightness_1.5", FRAME * 2)[0].max() == 255


def test_white_balance_is_blue_down_red_up():
    assert applied("white_balance")[0][0, 0].tolist() == [85, 100, 115]


def test_noise_has_its_sigma_and_is_the_same_each_time():
    noisy = applied("noise_10")[0].astype(float) - 100
    assert noisy.std() == pytest.approx(10, rel=0.05)
    assert np.array_equal(applied("noise_10")[0], applied("noise_10")[0])


def test_jpeg_is_of_that_quality():
    frame = np.random.default_rng(1).integers(0, 256, FRAME.shape, np.uint8)
    through = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    assert np.array_equal(applied("jpeg_40", frame)[0], through)


def test_shift_moves_the_truth_along_and_ignores_the_border():
    frame = FRAME.copy()
    frame[TRUTH > 0] = 200
    changed, moved, lost = applied("shift_3_2", frame)
    assert np.array_equal(moved[12:42, 23:33], TRUTH[10:40, 20:30])
    assert np.array_equal(changed[..., 0] == 200, moved > 0)
    assert lost[:2].all()
    assert lost[:, :3].all()
    assert not lost[2:, 3:].any()


def test_side_light_runs_from_dark_to_bright():
    row = applied("side_light")[0][0, :, 0]
    assert (row[0], row[-1]) == (60, 120)
    assert (np.diff(row.astype(int)) >= 0).all()


def test_the_shadow_falls_beside_the_person_and_never_on_them():
    changed = applied("shadow")[0][..., 0]
    assert (changed[TRUTH > 0] == 100).all()
    assert (changed[15:35, 30:33] == 70).all()
    # 5.12 of 64 px to the right and 0.96 of 48 down, with a seam of sigma 0.96 px there
    assert changed[15, 33:40].tolist() == pytest.approx([71, 78, 90, 98, 100, 100, 100], abs=1)
    assert changed[8:15, 32].tolist() == pytest.approx([100, 98, 91, 79, 72, 70, 70], abs=1)
    assert (changed[:, :15] == 100).all()
    assert np.array_equal(applied("shadow", FRAME, np.zeros_like(TRUTH))[0], FRAME)
