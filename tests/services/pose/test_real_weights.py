"""PoseNet's own weights on real pictures: runs where `bgsub fetch-pose` was run and the sets are there."""

from pathlib import Path

import pytest

from benchmarks.palms import marked_frames, measure
from common.places import Places
from common.settings import PoseSettings
from services.pose.engine import convert, is_converted
from services.pose.estimator import PoseNetEstimator
from services.pose.models import MODELS, STRIDE


def test_palms_marked_by_eye_are_found(data: Path, instance: Places) -> None:
    usual, cache = PoseSettings(), instance.cache
    if not MODELS[usual.model].path(cache).exists():
        pytest.skip("THE POSE WEIGHTS ARE NOT TESTED: they are not in the cache; run `bgsub fetch-pose` once")
    if not is_converted(MODELS[usual.model], STRIDE, cache):
        convert(usual.model, STRIDE, cache)
    frames = marked_frames(data / "seed_sets")
    found = measure(PoseNetEstimator(usual, cache), frames, usual.min_score)
    assert sum(len(frame.palms) for frame in frames) >= 60
    assert found.either >= 0.92
    assert found.own >= 0.88
