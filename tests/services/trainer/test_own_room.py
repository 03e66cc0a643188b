import cv2
import numpy as np
import pytest

from services.trainer.own_room import OwnRoom, actor, move
from services.trainer.recipe import Mix
from services.trainer.stock import Stock

SIZE = (96, 64)
TAME = Mix(bumped=0)


def test_shapes_and_ranges(stock):
    for mix in (TAME, Mix(wild=1), Mix(wild=0.5)):
        batch = OwnRoom(stock, SIZE, 1, mix).batch(0, 3, 2)
        assert batch.plates.shape == (3, 64, 96, 3)
        assert batch.frames.shape == (6, 64, 96, 3)
        assert batch.truth.shape == (6, 64, 96)
        for pictures, most in ((batch.plates, 255), (batch.frames, 255), (batch.truth, 1)):
            assert pictures.dtype == np.float32
            assert 0 <= pictures.min() <= pictures.max() <= most


def test_a_batch_is_a_function_of_seed_and_step(stock):
    first, again = (OwnRoom(stock, SIZE, 1, TAME) for _ in range(2))
    first.batch(0, 1, 2)
    assert np.array_equal(first.batch(5, 2, 2).frames, again.batch(5, 2, 2).frames)
    assert not np.array_equal(first.batch(5, 2, 2).frames, first.batch(6, 2, 2).frames)


def test_what_is_foreground_differs_from_the_plate_and_the_rest_hardly(stock):
    room = OwnRoom(stock, SIZE, 2, TAME)
    for step in range(8):
        batch = room.batch(step, 1, 2)
        for frame, truth in zip(batch.frames, batch.truth, strict=True):
            apart = np.abs(frame - batch.plates[0]).mean(2)
            assert apart[cv2.dilate(truth, np.ones((15, 15))) == 0].mean() < 20
            if (truth == 1).sum() > 200:
                assert apart[truth == 1].mean() > 25


def test_an_actor_leaves_an_empty_room_behind(stock):
    one = actor(stock.pairs[0])
    assert np.abs(one.room.astype(float) - stock.pairs[0].plate).mean() < 3
    assert one.cut
    assert ((one.lifted[..., 3] > 127) != (one.truth > 127)).mean() < 0.01
    assert actor(stock.pairs[2]) is None


def test_who_is_cut_off_stays_so(stock):
    one, rng = actor(stock.pairs[0]), np.random.default_rng(1)
    for _ in range(30):
        assert (move(one, rng) @ [one.middle[0], one.foot, 1])[1] >= one.foot - 1e-6


def test_a_stock_without_pairs_is_refused(stock):
    with pytest.raises(ValueError, match="no filmed pair"):
        OwnRoom(Stock(places=stock.places), SIZE, 1, TAME)
