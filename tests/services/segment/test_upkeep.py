"""Where nothing is for long, and where something stays that is nobody."""

import numpy as np

from common.messages import Keypoint, Person
from services.segment.upkeep import EVERY_S, LEFT_S, QUIET_S, Upkeep, near_anything, silhouettes
from tests.services.segment.scene import HEIGHT, WIDTH, noisy, room, with_person

EMPTY = np.zeros((HEIGHT, WIDTH), np.uint8)


def alpha_at(left: int, width: int) -> np.ndarray:
    alpha = EMPTY.copy()
    alpha[20:, left : left + width] = 255
    return alpha


def watched(seconds: float, alpha: np.ndarray, people: tuple[Person, ...] | None = (), upkeep: Upkeep | None = None):
    upkeep = upkeep or Upkeep()
    start = upkeep._at or 1000.0
    for number in range(round(seconds / EVERY_S) + 1):
        upkeep.see(noisy(room(), number), alpha, people, start + number * EVERY_S)
    return upkeep


def standing(left: float, score: float = 0.9) -> Person:
    points = [Keypoint(x, y, score) for x in (left, left + 30) for y in (25, 60, 110)]
    return Person(score, tuple(points), None, None)


def test_an_empty_room_is_quiet_after_a_minute_and_its_mean_is_the_room() -> None:
    assert not watched(QUIET_S - 2 * EVERY_S, EMPTY).looked().quiet.any()
    looked = watched(QUIET_S, EMPTY).looked()
    assert looked.quiet.all()
    assert np.abs(looked.mean.astype(int) - room()).mean() < 1.5


def test_near_somebody_nothing_is_quiet_with_or_without_pose() -> None:
    for people in ((), None):
        quiet = watched(QUIET_S, alpha_at(60, 40), people).looked().quiet
        assert not quiet[20:, 52:108].any()
        assert quiet[:, :40].all()


def test_whom_the_mask_misses_and_pose_sees_is_not_quiet() -> None:
    quiet = watched(QUIET_S, EMPTY, (standing(65, score=0.25),)).looked().quiet
    assert not quiet[25:110, 65:95].any()
    assert quiet[:, :30].all()


def test_one_glimpse_of_foreground_begins_the_minute_anew() -> None:
    upkeep = watched(QUIET_S, EMPTY)
    upkeep.see(with_person(room()), alpha_at(60, 40), (), upkeep._at + EVERY_S)
    quiet = watched(QUIET_S - 2 * EVERY_S, EMPTY, upkeep=upkeep).looked().quiet
    assert not quiet[30:, 62:98].any()
    assert quiet[:, :40].all()


def test_what_somebody_covered_is_not_in_the_mean() -> None:
    upkeep = Upkeep()
    for number in range(31):
        upkeep.see(with_person(room()), alpha_at(60, 40), (), number * EVERY_S)
    looked = watched(QUIET_S, EMPTY, upkeep=upkeep).looked()
    assert np.abs(looked.mean.astype(int) - room()).mean() < 1.5


def test_a_thing_that_stays_is_left_and_somebody_is_not() -> None:
    assert watched(LEFT_S, alpha_at(60, 40)).left_behind > 0.1
    assert watched(LEFT_S - 2 * EVERY_S, alpha_at(60, 40)).left_behind == 0
    assert watched(LEFT_S, alpha_at(60, 40), (standing(65),)).left_behind < 0.02
    assert watched(LEFT_S, alpha_at(60, 40), None).left_behind == 0


def test_a_gap_or_a_step_back_in_time_begins_anew() -> None:
    for jump in (25.0, -3.0):
        upkeep = watched(QUIET_S, EMPTY)
        upkeep.see(room(), EMPTY, (), upkeep._at + jump)
        assert not upkeep.looked().quiet.any()


def test_what_lies_between_the_parts_of_a_body_is_near_it() -> None:
    there = np.zeros((120, 160), bool)
    there[20:60, 60:100] = there[60:110, 60:64] = there[105:110, 60:100] = True
    assert near_anything(there)[80, 85]
    assert not near_anything(there)[:, :40].any()


def test_a_person_without_sure_keypoints_covers_nothing() -> None:
    nobody = Person(0.9, (Keypoint(5, 5, 0.05),), None, None)
    assert not silhouettes((nobody,), (120, 160), 1).any()
    beyond = Person(0.9, (Keypoint(-50, 5, 0.9), Keypoint(500, 90, 0.9)), None, None)
    assert silhouettes((beyond,), (120, 160), 1)[50].all()
