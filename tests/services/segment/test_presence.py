from pathlib import Path

import pytest

from common.messages import FrameKey, Keypoint, Palms, Person
from common.places import Places
from common.sets import read_image
from common.settings import PoseSettings
from services.pose.estimator import PoseNetEstimator
from services.pose.palms import to_person
from services.segment.presence import Presence
from tests.services.pose.weights import real_estimator


def seen(*lefts: float, score: float = 0.9, point_score: float = 0.9) -> Palms:
    people = [
        Person(score, tuple(Keypoint(left + x, y, point_score) for x in (0, 40, 80) for y in (100, 400)), None, None)
        for left in lefts
    ]
    return Palms(FrameKey("cam0", "s", 0, 0, ""), tuple(people))


def presence(*looks: Palms) -> bool:
    watcher = Presence(480, 640)
    for look in looks:
        watcher.notice(look)
    return watcher.somebody_stands()


def test_somebody_in_one_place_stands() -> None:
    assert presence(*[seen(300)] * 8)
    assert presence(*[seen(300 + step) for step in range(8)])


def test_somebody_who_walks_does_not() -> None:
    assert not presence(*[seen(step * 60) for step in range(9)])


def test_nobody_is_nobody() -> None:
    assert not presence(*[seen()] * 8)
    assert not presence()


def test_what_pose_is_not_sure_of_does_not_count() -> None:
    assert not presence(*[seen(300, point_score=0.2)] * 8)


def test_whoever_shows_head_and_shoulders_alone_counts_and_a_hand_does_not() -> None:
    for sure, stands in ((7, True), (4, False)):
        points = tuple(Keypoint(300 + 10 * k, 200 + 5 * k, 0.9 if k < sure else 0.05) for k in range(17))
        somebody = Person(sum(point.score for point in points) / 17, points, None, None)
        looks = [Palms(FrameKey("cam0", "s", 0, 0, ""), (somebody,))] * 8
        assert presence(*looks) is stands


def test_two_looks_are_too_few() -> None:
    assert not presence(*[seen(300)] * 2)


def test_points_outside_the_picture_do_no_harm() -> None:
    assert presence(*[seen(-60)] * 8)
    assert not presence(*[seen(5000)] * 8)


@pytest.fixture
def estimator(instance: Places) -> PoseNetEstimator:
    return real_estimator(instance)


def test_frames_with_somebody_are_refused_as_plates_and_empty_ones_are_not(
    data: Path, estimator: PoseNetEstimator
) -> None:
    for number in (5, 9, 13, 15, 19):
        for mask in (data / "seed_sets" / f"set{number}").glob("*_mask.png"):
            image = read_image(mask.with_name(mask.name.replace("_mask", "")))
            people = tuple(to_person(person, PoseSettings().min_score) for person in estimator.people(image))
            looks = [Palms(FrameKey("cam0", "s", 0, 0, ""), people)] * 4
            assert presence(*looks) is bool((read_image(mask) > 127).any()), mask
