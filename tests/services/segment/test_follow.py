import numpy as np
import pytest

from services.segment.follow import moved, steady_shift
from services.segment.health import Findings
from tests.services.segment.scene import room


def found(x: float, y: float, response: float = 0.7) -> Findings:
    return Findings((x, y), response, brightness=1, covered=0.1)


def test_findings_that_agree_are_a_shift() -> None:
    assert steady_shift([found(4, -2), found(4.5, -2), found(3.5, -2)]) == pytest.approx((4, -2))


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


def test_the_plate_moves_as_the_picture_did() -> None:
    seen = np.roll(room(), (3, 5), axis=(0, 1))
    assert (moved(room(), 5, 3)[3:, 5:] == seen[3:, 5:]).all()
    assert moved(room(), 5.5, -2.25).shape == room().shape
