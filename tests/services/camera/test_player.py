"""Playing: one after the other, at a pace, with what was lost opened again."""

import logging
from collections.abc import Iterator

import numpy as np
import pytest

from common.errors import UserError
from common.messages import ServiceState
from services.camera import player as player_module
from services.camera.choose import Opener
from services.camera.player import Pace, Player
from services.camera.source import EndedError, LostError, Picture, Source

IMAGE = np.zeros((4, 6, 3), np.uint8)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class FakeSource:
    """Gives `pictures` pictures and then raises `end`."""

    mirrors = False

    def __init__(self, name: str, pictures: int, end: Exception | None = None, rate_hz: float = 30) -> None:
        self.device = name
        self.rate_hz = rate_hz
        self.live = rate_hz == 0
        self.closed = False
        self._pictures, self._end = pictures, end or EndedError()
        self._index = 0

    def read(self, timeout_s: float) -> Picture | None:
        if self._index == self._pictures:
            raise self._end
        self._index += 1
        return Picture(IMAGE, self.device, self._index - 1)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(player_module, "time", fake)
    return fake


def playing(*openers: Opener) -> Player:
    return Player(openers, 30, lambda: None)


def pictures(player: Player, count: int) -> Iterator[Picture]:
    for _ in range(10_000):
        if picture := player.next(0.05):
            yield picture
            count -= 1
        if not count:
            return


def one_after_the_other(*sources: Source) -> Opener:
    """Opens the next at each call; a UserError or LostError in the list is raised."""
    left = list(sources)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_sources_play_one_after_the_other_and_loop() -> None:
    player = playing(lambda: FakeSource("a", 2), lambda: FakeSource("b", 1))
    seen = [(picture.source, picture.index) for picture in pictures(player, 7)]
    assert seen == [("a", 0), ("a", 1), ("b", 0), ("a", 0), ("a", 1), ("b", 0), ("a", 0)]


def test_a_file_is_played_at_its_own_rate(clock: FakeTime) -> None:
    list(pictures(playing(lambda: FakeSource("film", 1000, rate_hz=25)), 101))
    assert clock.now - 100 == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize(("rate_hz", "times"), [(2, 15), (10, 3), (24, 1), (25, 1), (30, 1), (60, 1)])
def test_slow_pictures_are_repeated_so_that_frames_flow(clock: FakeTime, rate_hz: float, times: int) -> None:
    seen = [picture.index for picture in pictures(playing(lambda: FakeSource("slow", 100, rate_hz=rate_hz)), 61)]
    assert seen == [index // times for index in range(61)]
    assert 60 / (clock.now - 100) >= 24 * 0.999


def test_a_short_delay_is_caught_up_with_and_a_long_one_is_not(clock: FakeTime) -> None:
    pace = Pace(10, 10)
    assert pace.wait(1)
    clock.now += 0.2
    assert [pace.wait(0) for _ in range(4)] == [True, True, False, False]
    clock.now += 60
    assert sum(pace.wait(0) for _ in range(100)) <= 4


def test_a_wait_is_never_longer_than_allowed(clock: FakeTime) -> None:
    player = playing(lambda: FakeSource("slow", 9, rate_hz=1), lambda: FakeSource("b", 1))
    list(pictures(player, 3))
    assert max(clock.slept) <= 0.05


def test_a_lost_device_is_opened_again_with_growing_pauses(caplog: pytest.LogCaptureFixture) -> None:
    reopened: list[int] = []

    def fails() -> Source:
        raise LostError("webcam 0 cannot be opened.")

    player = Player([fails], 30, lambda: reopened.append(1))
    for _ in range(800):
        assert player.next(0.05) is None
    pauses = [float(record.message.split(" in ")[1].removesuffix(" s.")) for record in caplog.records]
    assert pauses[:7] == [0.5, 1, 2, 4, 8, 8, 8]
    assert len(reopened) == len(pauses) - 1


def test_a_loss_is_seen_until_pictures_come_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sources = one_after_the_other(
        FakeSource("webcam 0", 2, LostError("webcam 0 stopped giving frames."), rate_hz=0),
        FakeSource("webcam 0", 9, rate_hz=0),
    )
    player = playing(sources)
    assert player.vitals().state is ServiceState.STARTING
    list(pictures(player, 2))
    assert (player.vitals().state, player.vitals().error) == (ServiceState.RUNNING, "")
    assert player.next(0.05) is None
    vitals = player.vitals()
    assert (vitals.state, vitals.error) == (ServiceState.DEGRADED, "webcam 0 stopped giving frames.")
    assert vitals.device == "webcam 0"
    list(pictures(player, 1))
    assert (player.vitals().state, player.vitals().error) == (ServiceState.RUNNING, "")
    assert "webcam 0 gives pictures again" in caplog.text


def test_pauses_start_anew_after_a_recovery(caplog: pytest.LogCaptureFixture) -> None:
    player = playing(lambda: FakeSource("webcam 0", 1, LostError("gone."), rate_hz=0))
    list(pictures(player, 4))
    assert caplog.text.count("Trying again in 0.5 s.") == 3


def test_a_lost_device_is_closed() -> None:
    source = FakeSource("webcam 0", 1, LostError("gone."), rate_hz=0)
    player = playing(lambda: source)
    list(pictures(player, 1))
    player.next(0.05)
    assert source.closed


def test_a_vanished_file_lets_the_next_one_play() -> None:
    def gone() -> Source:
        raise UserError("The video a.avi does not exist.")

    player = playing(gone, lambda: FakeSource("b", 3))
    assert player.next(0.05) is None
    assert player.vitals().error == "The video a.avi does not exist."
    assert [picture.source for picture in pictures(player, 3)] == ["b"] * 3


def test_a_lost_webcam_at_the_end_is_not_replaced_by_the_film_before_it() -> None:
    webcams = one_after_the_other(
        FakeSource("webcam 0", 1, LostError("gone."), rate_hz=0), FakeSource("webcam 0", 9, rate_hz=0)
    )
    player = playing(lambda: FakeSource("film", 1), webcams)
    assert [picture.source for picture in pictures(player, 4)] == ["film", "webcam 0", "webcam 0", "webcam 0"]


def test_a_file_without_a_picture_does_not_spin(clock: FakeTime) -> None:
    player = playing(lambda: FakeSource("empty.avi", 0))
    assert player.next(0.05) is None
    assert "empty.avi holds no picture" in player.vitals().error
    before = clock.now
    player.next(0.05)
    assert clock.now > before
