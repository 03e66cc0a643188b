import click
import pytest

from benchmarks.growth import grown


def rows(*megabytes: float) -> list[dict[str, float]]:
    return [{"minute": float(minute), "camera": 50.0, "ui": mb} for minute, mb in enumerate(megabytes)]


def test_growth_counts_from_the_minute_asked_for() -> None:
    found = grown(rows(10, 80, 100, 101, 102), from_minute=2)
    assert found["growth_mb"] == pytest.approx(2)
    assert found["growth_mb_by_process"] == {"camera": 0.0, "ui": pytest.approx(2)}
    assert found["growth_mb_an_hour_by_slope"] == pytest.approx(60)
    assert found["pss_mb_in_all"] == pytest.approx(152)


def test_too_short_a_watch_is_refused_with_words() -> None:
    with pytest.raises(click.ClickException, match="fewer than two readings"):
        grown(rows(10, 11), from_minute=1)
