"""PoseNet's own weights, where they are."""

import pytest

from common.places import Places
from common.settings import PoseSettings
from services.pose.engine import convert, is_converted
from services.pose.estimator import PoseNetEstimator
from services.pose.models import MODELS, STRIDE


def real_estimator(where: Places) -> PoseNetEstimator:
    """As pose makes it; skips the test where `bgsub fetch-pose` was never run."""
    usual, cache = PoseSettings(), where.cache
    if not MODELS[usual.model].path(cache).exists():
        pytest.skip("THE POSE WEIGHTS ARE NOT TESTED: they are not in the cache; run `bgsub fetch-pose` once")
    if not is_converted(MODELS[usual.model], STRIDE, cache):
        convert(usual.model, STRIDE, cache)
    return PoseNetEstimator(usual, cache)
