import cv2
import numpy as np
import pytest

from services.segment.follow import Bump, aligned, moved, steady_shift, troubled
from services.segment.health import Findings
from tests.services.segment.scene import HEIGHT, WIDTH, noisy, room, with_person

SIZE = (4 * WIDTH, 4 * HEIGHT)
PLATE = cv2.resize(room(), SIZE, interpolation=cv2.INTER_CUBIC)
EMPTY = np.zeros(PLATE.shape[:2], np.uint8)


def found(x: float, y: float, response: float = 0.7) -> Findings:
    return Findings((x, y), response, brightness=1, covered=0.1)


def bump(x: float, y: float, angle: float) -> Bump:
    matrix = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), -angle, 1)
    matrix[:, 2] += (x, y)
    return Bump(matrix)


def test_findings_that_agree_are_a_shift() -> None:
    shift = steady_shift([found(4, -2), found(4.5, -2), found(3.5, -2)])
    assert shift is not None
    assert shift.matrix[:, 2] == pytest.approx((4, -2))


@pytest.mark.parametrize(
    "latest",
    [
        [found(4, 0), found(4, 0), found(8, 0)],
        [found(4, 0), found(-4, 0), found(4, 0)],
        [found(4, 0), found(4, 0, response=0.2), found(4, 0)],
        [found(0.5, 0.5), found(0.5, 0.5), found(0.5, 0.5)],
    ],
)
def test_what_differs_is_unsure_or_tiny_is_none(latest: list[Findings]) -> None:
    assert steady_shift(latest) is None


def test_trouble_is_what_all_findings_tell() -> None:
    assert troubled([found(4, 0), found(0, 0, 0.1), found(-9, 3)])
    assert not troubled([found(4, 0), found(0, 0, 0.1), found(0, 1)])


def test_the_plate_moves_as_the_picture_did() -> None:
    seen = np.roll(room(), (3, 5), axis=(0, 1))
    assert (moved(room(), Bump.shift(5, 3))[3:, 5:] == seen[3:, 5:]).all()
    assert moved(room(), Bump.shift(5.5, -2.25)).shape == room().shape


@pytest.mark.parametrize("real", [(0, 0, 1), (0, 0, -2), (6, -4, 1.5), (12, 8, 3), (9, 4, 0)])
@pytest.mark.parametrize("somebody", [False, True])
def test_a_turn_and_a_shift_are_found_beside_somebody(real: tuple[float, float, float], somebody: bool) -> None:
    true = bump(*real)
    frame, alpha = moved(PLATE, true), EMPTY.copy()
    if somebody:
        frame, alpha[20:, 300:420] = with_person(frame, 300, 120), 255
    answer = aligned(PLATE, noisy(frame, 1), alpha, (real[0], real[1]))
    assert answer is not None
    assert answer.agrees(true, PLATE.shape)
    assert answer.degrees == pytest.approx(real[2], abs=0.1)
    back = moved(PLATE, answer)
    assert np.abs(back.astype(int) - moved(PLATE, true))[50:-50, 50:-50].mean() < 2


def test_another_room_fits_in_no_way() -> None:
    other = cv2.resize(room(9), SIZE, interpolation=cv2.INTER_CUBIC)
    assert aligned(PLATE, other, EMPTY, (0, 0)) is None
    assert aligned(PLATE, np.full_like(PLATE, 90), EMPTY, (0, 0)) is None
    assert aligned(PLATE, PLATE, EMPTY + 255, (0, 0)) is None


def test_bumps_add_up_and_know_their_bounds() -> None:
    twice = bump(5, 0, 1).after(bump(3, 2, 1))
    assert twice.degrees == pytest.approx(2)
    assert bump(20, 0, 3).repairable(PLATE.shape)
    assert not bump(40, 0, 0).repairable(PLATE.shape)
    assert not bump(0, 0, 5).repairable(PLATE.shape)
    assert bump(3, 4, 0).words(PLATE.shape) == "The camera moved by 5 px, and the plate with it."
    assert "turned by 1.5°" in bump(3, 4, -1.5).words(PLATE.shape)
