import numpy as np
import pytest

from services.pose.palms import REACH, palm, to_person
from services.pose.skeleton import NAMES, OTHER_SIDE, Skeleton
from tests.services.pose.drawn import person_at


def skeleton(wrist_score: float = 0.9, elbow_score: float = 0.9) -> Skeleton:
    points = np.column_stack([person_at(320, 100), np.full(17, 0.9, np.float32)]).astype(np.float32)
    for side in ("left", "right"):
        points[NAMES.index(f"{side}_wrist"), 2] = wrist_score
        points[NAMES.index(f"{side}_elbow"), 2] = elbow_score
    return Skeleton(0.9, points)


def test_the_palm_lies_beyond_the_wrist_along_the_forearm() -> None:
    found = palm(skeleton().keypoints, "left", 0.25)
    assert found is not None
    assert (found.x, found.y) == pytest.approx((380 + REACH * 15, 125 - REACH * 30), abs=1e-3)
    assert found.score == pytest.approx(0.9)


def test_a_wrist_seen_poorly_gives_no_palm() -> None:
    person = to_person(skeleton(wrist_score=0.2), 0.25)
    assert person.left_palm is None
    assert person.right_palm is None


def test_a_hidden_elbow_still_gives_the_direction() -> None:
    assert palm(skeleton(elbow_score=0.05).keypoints, "right", 0.25) is not None


def test_in_a_mirror_image_left_and_right_change_places_and_nothing_moves() -> None:
    plain = to_person(skeleton(), 0.25)
    mirrored = to_person(skeleton().mirrored(), 0.25)
    assert mirrored.left_palm == plain.right_palm
    assert mirrored.right_palm == plain.left_palm
    assert mirrored.keypoints[NAMES.index("nose")] == plain.keypoints[NAMES.index("nose")]


def test_each_joint_has_its_mirror_image() -> None:
    assert NAMES[OTHER_SIDE[NAMES.index("nose")]] == "nose"
    for name, other in zip(NAMES[1:], OTHER_SIDE[1:], strict=True):
        side, _, joint = name.partition("_")
        assert NAMES[other] == f"{'right' if side == 'left' else 'left'}_{joint}"
