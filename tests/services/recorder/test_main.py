"""The recorder as a process of its own, with a camera played by the test and no segment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from common.bus import Bus
from common.clock import boot_id, now_ns
from common.control import ControlClient, Pending
from common.messages import (
    Accepted,
    Capture,
    Frame,
    FrameKey,
    Recording,
    RecordingState,
    RecordingTarget,
    Refused,
    Reply,
    Request,
)
from common.metrics import Metrics
from common.places import Places
from common.sets import ImageSets, read_image
from common.settings import RecorderSettings, Settings
from services.recorder.main import main, run
from services.recorder.shelf import Shelf
from services.recorder.worker import Recorder
from tests.fakes import FakeCall, FakeService

SETTINGS = Settings()
COMMAND = [sys.executable, "-c", "from services.recorder.main import main; main()"]


def frame(seq: int, level: int = 60) -> Frame:
    key = FrameKey("cam0", "session", seq, now_ns(), boot_id())
    return Frame(key, np.full((48, 64, 3), level, np.uint8), mirrored=False, source="test", index=seq, live=True)


class Camera:
    """Publishes frames and listens to what the recorder says."""

    def __init__(self, where: Places) -> None:
        self.bus = Bus("camera", SETTINGS, where, Metrics("camera"), reads=(Recording,))
        self.client = ControlClient("recorder", SETTINGS, where)
        self.heard: list[Recording] = []
        self.seq = 0

    def play(self, pending: Pending | None = None, until: RecordingState | None = None, timeout_s: float = 30) -> Reply:
        """Frames at 30 Hz until the reply or that state is there."""
        give_up = time.monotonic() + timeout_s
        while time.monotonic() < give_up:
            self.seq += 1
            self.bus.publish(frame(self.seq))
            self.bus.wait(0.03)
            news = self.bus.every(Recording)
            self.heard += news
            reply = pending.reply() if pending else None
            if reply is not None or (until and any(recording.state is until for recording in news)):
                return reply
        raise AssertionError(f"not {until or 'answered'} within {timeout_s} s, but {self.heard}")

    def ask(self, request: Request, request_id: str = "") -> Reply:
        return self.play(self.client.send(request, 20, request_id))

    def close(self) -> None:
        self.client.close()
        self.bus.close()


@pytest.fixture
def camera(instance: Places) -> Iterator[Camera]:
    camera = Camera(instance)
    yield camera
    camera.close()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen([*COMMAND, "--set", "3", "-b", "0.2", "-s", "0.7", "--sets", str(tmp_path / "images")])
    yield started
    started.kill()
    started.wait(10)


def test_a_sitting_without_segment(
    recorder: "subprocess.Popen[bytes]", camera: Camera, instance: Places, tmp_path: Path
) -> None:
    camera.play(until=RecordingState.IDLE)
    camera.play(until=None, pending=camera.client.send(Capture(RecordingTarget.PLATE), 20))
    camera.play(until=RecordingState.SAVED)
    assert "learned it itself" in camera.heard[-1].words
    assert (read_image(tmp_path / "images" / "set3" / "bkg.png") == 60).all()

    camera.heard.clear()
    first = camera.ask(Capture(RecordingTarget.FRAME), "one press")
    again = camera.ask(Capture(RecordingTarget.FRAME), "one press")
    assert isinstance(first, Accepted)
    assert again == first
    camera.play(until=RecordingState.SAVED)
    assert camera.ask(Capture(RecordingTarget.FRAME), "one press") == first
    counting = [recording for recording in camera.heard if recording.state is RecordingState.COUNTDOWN]
    assert len(counting) >= 4
    assert [kept.k for kept in ImageSets(tmp_path / "images").open(3).frames()] == [0]
    assert isinstance(camera.ask(Capture(RecordingTarget.PLATE)), Refused)

    recorder.send_signal(signal.SIGTERM)
    assert recorder.wait(10) == 0


def test_the_newest_frame_of_a_turn_counts_and_the_end_waits_for_the_file(tmp_path: Path) -> None:
    ImageSets(tmp_path).open(3).save_plate(frame(0).image)
    mine = RecorderSettings(sets=str(tmp_path), set=3, sav_seconds=0)
    call = FakeCall(Capture(RecordingTarget.FRAME))
    service = FakeService([[frame(1, 10), frame(2, 20), call]], "recorder")
    run(service, Recorder(mine, Shelf(tmp_path, 3), 1.5, ask=lambda request: pytest.fail(f"asked {request}")))
    assert isinstance(call.replies[0], Accepted)
    assert (read_image(tmp_path / "set3" / "0.png") == 20).all()
    assert service.of(Recording)[0].state is RecordingState.COUNTDOWN


@pytest.mark.parametrize(
    "arguments",
    [["-b", "-1"], ["-s", "-0.5"], ["-b", "soon"], ["-s", "nan"], ["-b", "inf"], ["--set", "0"], ["--set", "three"]],
)
def test_impossible_options_are_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_set_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "set3").symlink_to(tmp_path)
    ended = subprocess.run(
        [*COMMAND, "--set", "3", "--sets", str(tmp_path / "images")], check=False, capture_output=True, timeout=60
    )
    assert ended.returncode == 2
    assert b"Error: " in ended.stderr
    assert b"leads out of" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_torch_is_not_imported() -> None:
    code = "import sys, services.recorder.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, env=os.environ, check=False).returncode == 0
