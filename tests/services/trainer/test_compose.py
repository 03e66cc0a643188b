import numpy as np
import pytest

from services.trainer.compose import Composer
from services.trainer.recipe import Mix
from services.trainer.stock import Stock

SIZE = (96, 64)


def test_shapes_and_ranges(stock):
    batch = Composer(stock, SIZE, 1, Mix(flat=0.5, plain=0.5)).batch(0, 3, 2)
    assert batch.plates.shape == (3, 64, 96, 3)
    assert batch.frames.shape == (6, 64, 96, 3)
    assert batch.truth.shape == (6, 64, 96)
    for pictures, most in ((batch.plates, 255), (batch.frames, 255), (batch.truth, 1)):
        assert pictures.dtype == np.float32
        assert 0 <= pictures.min() <= pictures.max() <= most
        assert np.isfinite(pictures).all()


def test_a_batch_is_a_function_of_seed_and_step(stock):
    first, second = (Composer(stock, SIZE, 1, Mix()).batch(5, 2, 2) for _ in range(2))
    assert np.array_equal(first.frames, second.frames)
    assert np.array_equal(first.truth, second.truth)
    assert not np.array_equal(first.frames, Composer(stock, SIZE, 1, Mix()).batch(6, 2, 2).frames)
    assert not np.array_equal(first.frames, Composer(stock, SIZE, 2, Mix()).batch(5, 2, 2).frames)


def test_frames_lie_beside_their_own_plate(stock):
    """Without anybody in them, frames differ from their plate only by light and noise, and not from the other one."""
    calm = Mix(filmed=0, nobody=1, bumped=0, vanished=0)
    batch = Composer(stock, SIZE, 3, calm).batch(1, 2, 3)
    assert batch.truth.max() == 0
    for k, frame in enumerate(batch.frames):
        away = [np.abs(frame - plate).mean() for plate in batch.plates]
        assert away[k % 2] < away[1 - k % 2]


def test_someone_is_there_most_of_the_time(stock):
    composer = Composer(stock, SIZE, 4, Mix(filmed=0))
    shares = [composer.batch(step, 4, 2).truth.mean((1, 2)) for step in range(6)]
    seen = np.concatenate(shares) > 0.002
    assert 0.6 < seen.mean() < 1


def test_a_stock_without_places_is_refused():
    with pytest.raises(ValueError, match="no plate or background"):
        Composer(Stock(), SIZE, 1, Mix())
