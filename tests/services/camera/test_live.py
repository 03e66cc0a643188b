"""Live sources over a fake device: newest frame, losses, hanging reads."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from services.camera import live
from services.camera.live import MOST_STUCK, QUIET_S, LiveSource
from services.camera.source import EndedError, LostError, Picture
from tests.services.camera.fake_capture import FakeCapture, noisy
from tests.waiting import until

NAME = "webcam 7"


@pytest.fixture(autouse=True)
def no_reader_is_left() -> Iterator[None]:
    yield
    assert until(lambda: not [thread for thread in threading.enumerate() if thread.name == f"read {NAME}"])


def opened(capture: FakeCapture, *, webcam: bool = True, quiet_s: float = 0.3) -> LiveSource:
    return LiveSource(NAME, lambda: capture, lambda _capture: "a fake", mirrors=webcam, quiet_s=quiet_s)


def first(source: LiveSource) -> Picture:
    for _ in range(100):
        if picture := source.read(0.1):
            return picture
    raise AssertionError("no picture came")


def lost(source: LiveSource) -> str:
    """The words of its loss, however many frames come before."""
    for _ in range(3000):
        try:
            source.read(0.05)
        except LostError as error:
            source.close()
            return str(error)
    raise AssertionError("it was never lost")


def test_two_seconds_without_a_new_frame_are_a_loss() -> None:
    assert QUIET_S == 2


def test_frames_come_with_their_time_and_a_growing_index() -> None:
    source = opened(FakeCapture())
    one, two = first(source), first(source)
    assert one.source == NAME
    assert one.captured_ns is not None
    assert two.captured_ns is not None
    assert (one.index, one.captured_ns) < (two.index, two.captured_ns)
    assert source.device == "a fake"
    source.close()


def test_only_the_newest_frame_waits() -> None:
    source = opened(FakeCapture(frames=20, then="hangs"))
    assert until(lambda: source._slot.frames == 20)
    picture = source.read(0)
    assert picture is not None
    assert np.array_equal(picture.image, noisy(20))
    assert lost(source)
    source._open_capture().unhang.set()


def test_a_device_that_cannot_be_opened_says_what_to_do() -> None:
    assert "--list-devices" in lost(opened(FakeCapture(opens=False)))


def test_a_stream_that_cannot_be_opened_says_what_to_do() -> None:
    assert "address" in lost(opened(FakeCapture(opens=False), webcam=False))


def test_a_pulled_cable_is_a_loss_and_the_device_is_let_go() -> None:
    capture = FakeCapture(frames=3, then="fails")
    assert "stopped giving frames" in lost(opened(capture))
    assert capture.released.wait(5)


def test_an_error_of_opencv_is_a_loss() -> None:
    assert "the device is gone" in lost(opened(FakeCapture(frames=1, then="raises")))


def test_a_read_that_hangs_is_a_loss_that_keeps_nobody_waiting() -> None:
    capture = FakeCapture(frames=3, then="hangs")
    assert "no new frame for 0.3 s" in lost(opened(capture))
    assert not capture.released.is_set()
    capture.unhang.set()
    assert capture.released.wait(5)


def test_opening_that_hangs_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "OPENING_S", 0.2)
    opens = threading.Event()

    def hang() -> FakeCapture:
        opens.wait(30)
        return FakeCapture(opens=False)

    source = LiveSource(NAME, hang, lambda _capture: "", mirrors=True, quiet_s=0.1)
    assert "no new frame for 0.2 s" in lost(source)
    opens.set()


def test_a_webcam_that_repeats_the_identical_frame_is_lost() -> None:
    assert "no new frame" in lost(opened(FakeCapture(frames=3, then="repeats")))


def test_a_stream_may_stand_still() -> None:
    source = opened(FakeCapture(frames=1, then="repeats"), webcam=False)
    assert until(lambda: source._slot.frames > 200)
    assert source.read(0) is not None
    source.close()


def test_a_url_that_names_a_file_ends() -> None:
    source = opened(FakeCapture(frames=3, then="fails", count=3), webcam=False)
    with pytest.raises(EndedError):
        while True:
            source.read(0.1)


def test_readers_that_never_return_are_not_piled_up() -> None:
    captures = [FakeCapture(frames=1, then="hangs") for _ in range(MOST_STUCK)]
    sources = [opened(capture) for capture in captures]
    with pytest.raises(LostError, match="does not answer"):
        opened(FakeCapture())
    for source, capture in zip(sources, captures, strict=True):
        source.close()
        capture.unhang.set()
