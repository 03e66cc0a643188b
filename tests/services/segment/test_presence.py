import pytest

from common.messages import FrameKey, Keypoint, Palms, Person
from services.segment.presence import Presence


def seen(*lefts: float, score: float = 0.9, point_score: float = 0.9) -> Palms:
    people = [
        Person(score, tuple(Keypoint(left + x, y, point_score) for x in (0, 80) for y in (100, 400)), None, None)
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


@pytest.mark.parametrize("unsure", [{"score": 0.2}, {"point_score": 0.2}])
def test_what_pose_is_not_sure_of_does_not_count(unsure: dict[str, float]) -> None:
    assert not presence(*[seen(300, **unsure)] * 8)


def test_two_looks_are_too_few() -> None:
    assert not presence(*[seen(300)] * 2)


def test_points_outside_the_picture_do_no_harm() -> None:
    assert presence(*[seen(-60)] * 8)
    assert not presence(*[seen(5000)] * 8)
