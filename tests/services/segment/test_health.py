import cv2
import numpy as np
import pytest

from common.messages import PlateHealth, PlateState
from services.segment.health import EVERY_S, GOOD, IN_A_ROW, Judge
from tests.services.segment.scene import HEIGHT, WIDTH, noisy, room, with_person

SIZE = (4 * WIDTH, 4 * HEIGHT)
PLATE = cv2.resize(room(), SIZE, interpolation=cv2.INTER_CUBIC)
EMPTY = np.zeros(PLATE.shape[:2], np.uint8)


def judged(frame: np.ndarray, alpha: np.ndarray = EMPTY, plate: np.ndarray = PLATE, seconds: float = 3) -> PlateHealth:
    now = [0.0]
    judge = Judge(plate, clock=lambda: now[0])
    for seed in range(round(seconds / EVERY_S)):
        now[0] += EVERY_S
        judge.see(noisy(frame, seed, 3), alpha)
    return judge.health


def moved(x: float, y: float) -> np.ndarray:
    return cv2.warpAffine(PLATE, np.float32([[1, 0, x], [0, 1, y]]), SIZE, borderMode=cv2.BORDER_REPLICATE)


def test_an_unchanged_scene_is_good() -> None:
    assert judged(PLATE) == GOOD


@pytest.mark.parametrize(("x", "y"), [(2, 0), (3, 2), (0, -6), (12, 5), (30, -10)])
def test_a_bumped_camera_is_told_with_how_far(x: float, y: float) -> None:
    health = judged(moved(x, y))
    assert health.state is PlateState.MOVED
    told = float("".join(letter for letter in health.words if letter.isdigit()))
    assert told == pytest.approx(np.hypot(x, y), abs=1.6)


def test_a_tremor_under_a_pixel_is_no_move() -> None:
    assert judged(moved(0.5, 0.5)).state is PlateState.GOOD


@pytest.mark.parametrize(("factor", "word"), [(0.6, "darker"), (1.5, "brighter")])
def test_changed_light_is_told_and_is_no_move(factor: float, word: str) -> None:
    dim = np.clip(PLATE * 0.6, 0, 255).astype(np.uint8)
    health = judged(np.clip(dim * factor, 0, 255).astype(np.uint8), plate=dim)
    assert (health.state, word in health.words) == (PlateState.LIGHT_CHANGED, True)


def test_another_room_is_told() -> None:
    other = cv2.resize(room(9), SIZE, interpolation=cv2.INTER_CUBIC)
    assert judged(other).state is PlateState.MOVED


def test_a_person_changes_nothing() -> None:
    frame = with_person(PLATE, 200, 200)
    alpha = EMPTY.copy()
    alpha[20:, 200:400] = 255
    assert judged(frame, alpha) == GOOD


def test_a_picture_that_is_nearly_all_foreground_is_told() -> None:
    frame, alpha = PLATE.copy(), EMPTY.copy()
    frame[:, 100:], alpha[:, 100:] = (30, 200, 30), 255
    assert judged(frame, alpha).state in (PlateState.OCCUPIED, PlateState.MOVED)


def test_a_bare_wall_is_not_said_to_move() -> None:
    wall = np.full_like(PLATE, 140)
    assert judged(wall, plate=wall) == GOOD


def test_a_moment_changes_nothing() -> None:
    assert judged(moved(6, 0), seconds=EVERY_S * (IN_A_ROW - 1)) == GOOD


def test_a_flaw_stands_until_something_worse_is_found() -> None:
    flaw = PlateHealth(PlateState.OCCUPIED, "Somebody is in it.")
    now = [0.0]
    judge = Judge(PLATE, flaw, lambda: now[0])
    for picture, state in ((PLATE, PlateState.OCCUPIED), (moved(6, 0), PlateState.MOVED), (PLATE, PlateState.OCCUPIED)):
        for _ in range(20):
            now[0] += 0.1
            judge.see(picture, EMPTY)
        assert judge.health.state is state
