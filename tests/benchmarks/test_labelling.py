"""The careful labeller does what people could do, and counts what it does."""

from itertools import pairwise

import cv2
import numpy as np

from benchmarks.labelling import GOAL, by_hand, longest_way, mending, table

PLAIN = np.full((240, 320, 3), 128, np.uint8)


def person():
    truth = np.zeros((240, 320), np.uint8)
    cv2.circle(truth, (160, 60), 30, 255, -1)
    cv2.ellipse(truth, (160, 240), (70, 150), 0, 180, 360, 255, -1)
    cv2.circle(truth, (160, 200), 20, 0, -1)
    return truth


def test_by_hand_it_clicks_around_the_person_and_the_hole():
    effort = by_hand(person())
    assert effort.after >= GOAL and 12 <= effort.clicks <= 60 and effort.strokes == 0


def test_a_right_proposal_needs_nothing():
    effort = mending(person(), person(), PLAIN)
    assert effort.actions == 0 and effort.before == effort.after == 1


def test_a_missing_head_and_a_patch_of_room_take_a_few_actions():
    proposal = person()
    proposal[:100] = 0
    cv2.circle(proposal, (290, 40), 14, 255, -1)
    effort = mending(proposal, person(), PLAIN)
    assert effort.before < 0.9 and effort.after >= GOAL and 1 <= effort.actions < by_hand(person()).actions


def test_the_longest_way_stays_within_and_follows_a_bend():
    allowed = np.zeros((60, 60), np.uint8)
    allowed[10:14, 5:50] = allowed[10:55, 46:50] = 255
    way = longest_way(allowed)
    assert all(allowed[int(y), int(x)] for x, y in way) and 70 <= len(way) <= 90
    assert all(abs(x - nx) <= 1 and abs(y - ny) <= 1 for (x, y), (nx, ny) in pairwise(way))


def test_the_table_has_a_row_a_frame_and_the_means():
    effort = by_hand(person()), mending(person(), person(), PLAIN)
    rows = table({"5/0": effort, "2/0": effort}).splitlines()
    assert len(rows) == 6 and "trained on" in rows[3] and "kept aside" in rows[4] and "100 %" in rows[5]
