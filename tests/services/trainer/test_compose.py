import numpy as np
import pytest

from services.trainer.compose import Composer
from services.trainer.recipe import Mix
from services.trainer.stock import Stock

SIZE = (96, 64)


def test_shapes_and_ranges(stock):
    mix = Mix(flat=0.5, plain=0.5, furniture=0.5, grounded=0.5, coarse=0.5)
    batch = Composer(stock, SIZE, 1, mix).batch(0, 3, 2)
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


def test_a_chair_at_somebodys_place_is_foreground_as_well(stock):
    alone, seated = (Composer(stock, SIZE, 4, Mix(filmed=0, furniture=share)) for share in (0, 1))
    shares = [np.mean([one.batch(step, 4, 1).truth.mean() for step in range(8)]) for one in (alone, seated)]
    assert shares[1] > 1.1 * shares[0]


def test_a_camera_with_fewer_pixels_shows_less_detail(stock):
    calm = {"filmed": 0, "nobody": 1, "bumped": 0, "vanished": 0}
    sharp, coarse = (Composer(stock, SIZE, 3, Mix(**calm, coarse=share)) for share in (0, 1))
    detail = [
        np.mean([np.abs(np.diff(one.batch(step, 2, 1).plates, axis=2)).mean() for step in range(6)])
        for one in (sharp, coarse)
    ]
    assert detail[1] < 0.9 * detail[0]


def test_a_stock_without_places_is_refused():
    with pytest.raises(ValueError, match="no plate or background"):
        Composer(Stock(), SIZE, 1, Mix())
