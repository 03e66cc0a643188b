import numpy as np
import pytest

from services.pose.decode import find_people
from services.pose.skeleton import EDGES, NAMES
from tests.services.pose.drawn import maps_of, person_at


def test_one_person_is_found_where_he_stands() -> None:
    truth = person_at(321.5, 120.25)
    (found,) = find_people(maps_of([truth], [0.9]), 4, 0.15)
    np.testing.assert_allclose(found.keypoints[:, :2], truth, atol=0.01)
    assert (found.keypoints[:, 2] > 0.3).all()


def test_two_people_keep_their_own_joints_and_the_better_comes_first() -> None:
    left, right = person_at(150, 100), person_at(420, 140)
    found = find_people(maps_of([left, right], [0.6, 0.95]), 4, 0.1)
    assert len(found) == 2
    np.testing.assert_allclose(found[0].keypoints[:, :2], right, atol=0.01)
    np.testing.assert_allclose(found[1].keypoints[:, :2], left, atol=0.01)


def test_no_more_people_than_asked_for() -> None:
    people = [person_at(x, 120) for x in (100, 290, 480)]
    assert len(find_people(maps_of(people, [0.9, 0.9, 0.9]), 2, 0.1)) == 2


def test_an_empty_room_holds_nobody() -> None:
    assert find_people(maps_of([], []), 4, 0.15) == []


def test_weak_evidence_is_nobody() -> None:
    assert find_people(maps_of([person_at(300, 120)], [0.2]), 4, 0.15) == []


def test_a_stray_joint_makes_no_person() -> None:
    maps = maps_of([person_at(300, 120)], [0.9])
    wrist = NAMES.index("left_wrist")
    maps.heat[wrist, 25, 35] = 0.95  # a stronger false joint, whose displacements lead nowhere
    found = find_people(maps, 4, 0.15)
    assert len(found) == 1


@pytest.mark.parametrize("nose", [(-30, 120), (640, 200), (300, -20)])
def test_people_half_outside_the_picture_do_no_harm(nose: tuple[int, int]) -> None:
    for person in find_people(maps_of([person_at(*nose)], [0.9]), 4, 0.01):
        assert np.isfinite(person.keypoints).all()


def test_a_displacement_that_falls_short_still_finds_the_joint() -> None:
    """By 40 pixels of the input, as far as a forearm that is foreshortened leads astray."""
    truth = person_at(321.5, 120.25)
    maps = maps_of([truth], [0.9])
    wrist = NAMES.index("left_wrist")
    maps.heat[wrist] *= 0.7  # so that the walk begins elsewhere
    maps.forward[:, EDGES.index((NAMES.index("left_elbow"), wrist))] += 28
    (found,) = find_people(maps, 4, 0.15)
    np.testing.assert_allclose(found.keypoints[wrist, :2], truth[wrist], atol=1)
    assert found.keypoints[wrist, 2] > 0.5, "its own score, not that of the empty place"


def test_the_nearer_of_two_hands_is_taken() -> None:
    """The other person's hand is a little stronger; a button must not feel it."""
    left, right = person_at(250, 120), person_at(298, 120)
    maps = maps_of([left, right], [0.9, 0.9])
    wrist = NAMES.index("left_wrist")
    maps.heat[wrist] *= np.where(np.arange(41) * 16 < left[wrist][0] + 24, 0.6, 0.7).astype(np.float32)
    found = sorted(find_people(maps, 4, 0.1), key=lambda person: person.keypoints[0, 0])
    np.testing.assert_allclose(found[0].keypoints[wrist, :2], left[wrist], atol=2)
    np.testing.assert_allclose(found[1].keypoints[wrist, :2], right[wrist], atol=2)


def test_one_cell_that_is_mistaken_is_outvoted() -> None:
    truth = person_at(304, 112)  # on a cell, so that those around it are as strong on each side
    maps = maps_of([truth], [0.9])
    wrist = NAMES.index("left_wrist")
    x, y = truth[wrist]
    row, column = round(y / 16), round(x / 16)
    maps.places[1, wrist, row, column] += 8
    (found,) = find_people(maps, 4, 0.15)
    assert abs(found.keypoints[wrist, 0] - x) < 7
