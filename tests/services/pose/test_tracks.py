import numpy as np

from services.pose.skeleton import NAMES, Skeleton
from services.pose.tracks import Tracks
from tests.services.pose.drawn import person_at

WIDTH = 640
WRIST = NAMES.index("left_wrist")


def seen(x: float, y: float = 100, wrist_score: float = 0.9) -> Skeleton:
    points = np.column_stack([person_at(x, y), np.full(17, 0.9)]).astype(np.float32)
    points[WRIST, 2] = wrist_score
    return Skeleton(0.9, points)


def test_two_people_who_change_places_in_the_list_keep_their_own_past() -> None:
    tracks = Tracks(0.25)
    tracks.smooth([seen(150), seen(450)], WIDTH, 0.0)
    right, left = tracks.smooth([seen(454), seen(154)], WIDTH, 0.1)
    assert 450 < right.keypoints[0, 0] < 454
    assert 150 < left.keypoints[0, 0] < 154


def test_who_is_not_seen_is_not_shown() -> None:
    tracks = Tracks(0.25)
    tracks.smooth([seen(150)], WIDTH, 0.0)
    assert tracks.smooth([], WIDTH, 0.1) == []


def test_who_comes_back_late_or_elsewhere_starts_anew() -> None:
    tracks = Tracks(0.25)
    tracks.smooth([seen(150)], WIDTH, 0.0)
    assert tracks.smooth([seen(400)], WIDTH, 0.1)[0].keypoints[0, 0] == 400
    assert tracks.smooth([seen(404)], WIDTH, 0.6)[0].keypoints[0, 0] == 404


def test_a_hand_that_comes_out_of_hiding_does_not_drift_in() -> None:
    tracks = Tracks(0.25)
    tracks.smooth([seen(300, wrist_score=0.1)], WIDTH, 0.0)
    hand = seen(300)
    hand.keypoints[WRIST, :2] = (500, 60)
    (found,) = tracks.smooth([hand], WIDTH, 0.1)
    np.testing.assert_allclose(found.keypoints[WRIST, :2], (500, 60), atol=1e-3)


def test_time_that_runs_back_starts_anew() -> None:
    tracks = Tracks(0.25)
    tracks.smooth([seen(150)], WIDTH, 9.0)
    assert tracks.smooth([seen(154)], WIDTH, 1.0)[0].keypoints[0, 0] == 154
