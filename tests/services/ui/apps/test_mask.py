"""The mask test: its views, and learning by itself."""

import cv2
import numpy as np
import pytest

from common.messages import LearnPlate
from services.ui.actions import Ask
from services.ui.apps.app import By
from services.ui.apps.learner import COUNT_S
from tests.services.ui.apps.visit import shown, step, visit
from tests.services.ui.fakes import desk


@pytest.mark.parametrize("count, expected", [(1, "alpha"), (2, "plate"), (3, "difference")])
def test_the_views_of_the_mask_test(count, expected):
    picture = shown("mask", setup=step(count))
    seen, alpha, empty, _ = visit()
    wanted = {
        "alpha": cv2.merge([alpha] * 3),
        "plate": empty,
        "difference": np.clip(4 * cv2.absdiff(seen, empty).astype(int), 0, 255),
    }[expected]
    assert np.abs(picture.astype(int) - wanted).max() <= 1


def test_the_mask_test_learns_by_itself():
    sent = []
    made = desk(app="mask", sent=sent)
    made.press("learn", By.POINTER, 1.0)
    made.turn(2.0)
    assert sent == []
    made.turn(1.0 + COUNT_S)
    assert sent == [Ask("segment", LearnPlate(1.5))]
