import pytest

from common.messages import TrainingPoint
from common.weights import Weights
from services.trainer import drawn
from services.trainer.curve import MOST, Curve
from services.trainer.judge import Scores, better, harm, mean_iou
from services.trainer.material import gather

BEFORE = Scores(0.95, 0.96)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (Scores(0.951, 0.9581), ""),
        (Scores(0.95, 0.99), "no better"),
        (Scores(0.99, 0.9579), "other rooms would pay"),
        (Scores(None, 0.96), "not known"),
    ],
)
def test_better_is_swapped_and_worse_refused(after, reason):
    assert reason in harm(BEFORE, after)
    assert bool(harm(BEFORE, after)) == bool(reason)


def test_the_best_is_the_best_of_those_that_harm_no_other_room():
    kept = None
    for scores in (Scores(0.97, 0.9), Scores(0.96, 0.96), Scores(0.99, 0.95), Scores(0.955, 0.97)):
        if better(BEFORE, kept, scores):
            kept = scores
    assert kept == Scores(0.96, 0.96)


def test_only_frames_with_somebody_count(sets):
    pairs = gather([sets / "set1"]).stock.pairs
    empty = [pair for pair in pairs if not pair.truth.any()]
    assert mean_iou(Weights.shipped(), empty, 1) is None
    assert mean_iou(Weights.shipped(), pairs, 1) == mean_iou(Weights.shipped(), pairs[:2], 1)


def test_drawn_scenes_are_the_same_each_time_and_hard_enough():
    first, again = drawn.scenes(), drawn.scenes(3)
    assert len(first) == 16
    assert all((one.frame == other.frame).all() for one, other in zip(first, again, strict=False))
    for pair in first:
        assert pair.frame.shape == pair.plate.shape == (480, 640, 3)
        assert 0.02 < (pair.truth > 127).mean() < 0.7
    assert 0.9 < mean_iou(Weights.shipped(), again, 1) < 0.995


def test_a_curve_keeps_its_shape_in_few_points():
    curve = Curve()
    for step in range(1, 5001):
        curve.add(step, 1 / step, 0.9 if step % 1000 == 0 else None)
    assert MOST / 2 <= len(curve.points) < MOST
    assert [point.iteration for point in curve.points] == sorted(point.iteration for point in curve.points)
    losses = [point.loss for point in curve.points]
    assert losses == sorted(losses, reverse=True)
    assert sum(point.iou is not None for point in curve.points) == 5


def test_a_short_curve_has_every_step():
    curve = Curve()
    curve.add(1, 0.5, None)
    curve.add(2, 0.4, 0.9)
    assert curve.points == (TrainingPoint(1, 0.5, None), TrainingPoint(2, 0.4, 0.9))
