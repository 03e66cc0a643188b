import numpy as np
import pytest

from services.pose.smooth import OneEuro

DT = 1 / 12


def follow(path: np.ndarray) -> np.ndarray:
    """What the filter makes of one point's path, one x a picture, 12 pictures a second."""
    values = np.stack([path, np.full_like(path, 0.5)], axis=1)[:, None]
    smooth = OneEuro(values[0], 0.0)
    return np.array([smooth(value, i * DT)[0, 0] for i, value in enumerate(values)])


def test_jitter_of_a_resting_hand_is_at_least_halved() -> None:
    noise = np.random.default_rng(1).normal(0, 0.004, 600)
    assert follow(0.5 + noise)[24:].std() < 0.55 * noise.std()


@pytest.mark.parametrize("speed", [0.3, 1.0, 2.0])
def test_a_moving_hand_is_not_trailed_by_more_than_half_a_picture(speed: float) -> None:
    path = np.arange(36) * DT * speed
    assert (path - follow(path))[12:].max() < speed * DT / 2


def test_it_comes_to_rest_where_the_hand_does() -> None:
    path = np.concatenate([np.linspace(0, 0.5, 6), np.full(12, 0.5)])
    assert follow(path)[-1] == pytest.approx(0.5, abs=0.005)


def test_each_point_has_its_own_pace() -> None:
    smooth = OneEuro(np.zeros((2, 2)), 0.0)
    out = np.zeros((2, 2))
    for i in range(1, 12):
        out = smooth(np.array([[0.1 * i, 0.0], [0.0, 0.004 * (-1) ** i]]), i * DT)
    assert out[0, 0] > 1.0
    assert abs(out[1, 1]) < 0.002


def test_a_second_look_at_the_same_moment_changes_nothing() -> None:
    smooth = OneEuro(np.zeros((1, 2)), 1.0)
    np.testing.assert_array_equal(smooth(np.ones((1, 2)), 1.0), np.zeros((1, 2)))
