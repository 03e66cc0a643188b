import numpy as np
import pytest

from common.scores import Score, boundary_f, iou, mean, near, outline, score

NOTHING = np.zeros((40, 60), bool)


def box(top, left, bottom, right):
    mask = NOTHING.copy()
    mask[top:bottom, left:right] = True
    return mask


def image(mask):
    return mask.astype(np.uint8) * 255


def test_iou_of_halves():
    assert iou(box(0, 0, 10, 10), box(0, 5, 10, 15)) == pytest.approx(50 / 150)
    assert iou(NOTHING, NOTHING) == 1


def test_the_outline_runs_along_the_pictures_edge_too():
    assert np.count_nonzero(outline(box(10, 10, 20, 20))) == 36
    assert np.count_nonzero(outline(box(20, 0, 40, 60))) == 2 * 60 + 2 * 18
    everywhere = ~NOTHING
    assert boundary_f(box(20, 10, 40, 50), box(20, 10, 39, 50), everywhere) == 1


def test_boundary_f_allows_two_pixels_and_no_more():
    truth, everywhere = box(10, 10, 30, 30), ~NOTHING
    assert boundary_f(truth, truth, everywhere) == 1
    assert boundary_f(box(8, 8, 32, 32), truth, everywhere) > 0.95
    assert boundary_f(box(7, 7, 33, 33), truth, everywhere) < 0.05
    assert boundary_f(NOTHING, truth, everywhere) == 0


def test_near_is_two_pixels_along_and_less_across():
    point = box(20, 30, 21, 31)
    found = near(point, 2)
    assert [bool(found[20, 30 + far]) for far in (-3, -2, 2, 3)] == [False, True, True, False]
    assert [bool(found[20 + far, 30]) for far in (-3, -2, 2, 3)] == [False, True, True, False]
    assert not found[[18, 18, 22, 22], [28, 32, 28, 32]].any()


def test_the_edge_of_what_is_ignored_is_nobodys_outline():
    truth, found, ignored = box(10, 10, 30, 30), box(10, 10, 30, 22), box(0, 25, 40, 60)
    with_that_edge = boundary_f(found, truth & ~ignored, ~ignored)
    assert score(image(found), image(truth), ignored).boundary_f > with_that_edge + 0.05


def test_a_perfect_frame():
    truth = image(box(5, 5, 25, 25))
    assert score(truth, truth, NOTHING, 2.0) == Score(1, 1, 1, 1, 0, None, 2.0)


def test_an_empty_frame_has_no_iou_but_false_foreground():
    alpha = image(box(0, 0, 4, 6))
    found = score(alpha, image(NOTHING), NOTHING)
    assert (found.iou, found.iou_min, found.boundary_f) == (None, None, None)
    assert found.empty_fg == pytest.approx(24 / 2400)
    assert found.alpha_mae == pytest.approx(24 / 2400)


def test_half_alpha_is_foreground_and_counts_half_an_error():
    truth = image(box(0, 0, 40, 30))
    found = score(np.where(truth > 0, 128, 0).astype(np.uint8), truth, NOTHING)
    assert found.iou == 1
    assert found.alpha_mae == pytest.approx(127 / 255 / 2)


def test_ignored_pixels_count_for_nothing():
    truth = image(box(10, 10, 30, 30))
    wrong = box(10, 30, 30, 40)
    alpha = np.maximum(truth, image(wrong))
    assert score(alpha, truth, NOTHING).iou < 0.7
    assert score(alpha, truth, wrong).iou == 1
    assert score(alpha, truth, wrong).alpha_mae == 0


def test_the_mean_takes_each_value_where_it_applies():
    people = [Score(1, 0.8, 0.8, 0.6, 0.1, None, 4.0), Score(1, 1.0, 1.0, 1.0, 0.3, None, 6.0)]
    empty = Score(1, None, None, None, 0.2, 0.5, None)
    of = mean([*people, empty])
    assert (of.frames, of.iou_min, of.empty_fg) == (3, 0.8, 0.5)
    assert (of.iou, of.boundary_f, of.alpha_mae, of.ms) == pytest.approx((0.9, 0.8, 0.2, 5.0))
    assert mean([]) == Score(0, None, None, None, None, None, None)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="sizes differ"):
        score(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8), np.zeros((4, 5), bool))
