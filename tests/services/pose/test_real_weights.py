"""PoseNet's own weights on real pictures: runs where `bgsub fetch-pose` was run and the sets are there."""

from pathlib import Path

import pytest

from benchmarks.palms import marked_frames, measure, misses
from common.messages import Image
from common.places import Places
from common.settings import PoseSettings
from services.camera.demo.scene import PERIOD, scene_of
from services.pose.estimator import PoseNetEstimator
from services.pose.palms import to_person
from services.pose.skeleton import Skeleton
from tests.services.pose.weights import real_estimator


@pytest.fixture
def estimator(instance: Places) -> PoseNetEstimator:
    return real_estimator(instance)


class Once:
    """Looks at each picture once; those of the sets are among all of them."""

    def __init__(self, estimator: PoseNetEstimator) -> None:
        self._estimator = estimator
        self._seen: dict[int, list[Skeleton]] = {}

    def people(self, image: Image) -> list[Skeleton]:
        if id(image) not in self._seen:
            self._seen[id(image)] = self._estimator.people(image)
        return self._seen[id(image)]


def test_palms_marked_by_eye_are_found(data: Path, estimator: PoseNetEstimator) -> None:
    frames = marked_frames(data)
    of_sets = [frame for frame in frames if frame.mirrored]
    assert sum(len(frame.palms) for frame in of_sets) >= 60
    assert sum(len(frame.palms) for frame in frames) >= 120
    once = Once(estimator)
    for some in (of_sets, frames):
        found = measure(once, some, PoseSettings().min_score)
        assert found.either >= 0.92
        assert found.own >= 0.88


def test_the_demo_s_figure_is_found_with_its_own_left_and_right_and_nobody_in_its_empty_room(
    estimator: PoseNetEstimator,
) -> None:
    scene, near = scene_of(640, 480), []
    for index in range(0, PERIOD, 24):
        truth = scene.truth(index)
        people = [to_person(person, PoseSettings().min_score) for person in estimator.people(scene.frame(index))]
        assert len(people) <= (truth.alpha.max() >= 128)
        for hand, mark in (("left", truth.left_palm), ("right", truth.right_palm)):
            if mark is not None:
                near.append(misses(people, hand, mark)[0] <= 0.06 * 640)
    assert sum(near) / len(near) >= 0.85
