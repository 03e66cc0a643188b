"""The camera as a service: under a fake bus, and as a process of its own."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from common.bus import Bus
from common.clock import boot_id
from common.messages import ClearPlate, Done, Frame, Health, LockCamera, Refused, ServiceState
from common.metrics import Metrics
from common.places import Places
from common.settings import CameraSettings, Settings
from services.camera import main as camera
from services.camera.choose import choose
from services.camera.devices import Device
from services.camera.lock_care import LockCare
from services.camera.locks import Locks
from services.camera.main import main, run
from services.camera.player import Player
from tests.fakes import FakeCall, FakeService
from tests.processes import child
from tests.services.camera.fake_capture import FakeCapture, Plugs
from tests.services.camera.fake_device import AUTOMATIC, FakeDevice
from tests.services.camera.test_files import grey, write_images, write_video
from tests.waiting import until

COMMAND = [sys.executable, "-c", "from services.camera.main import main; main()"]


def run_with(source: str, turns: int, plugs: Plugs | None = None, mirror: str = "auto") -> FakeService:
    settings = CameraSettings(source=source, mirror=mirror)
    service = FakeService([[]] * turns, "camera")
    player = Player(choose(settings, plugs or Plugs(FakeCapture())), settings.fps, service.metrics.reopened.inc)
    run(service, player, nothing_held(), settings)
    return service


def nothing_held() -> LockCare:
    return LockCare(Locks(Path("/nowhere/locked.json"), FakeDevice().open), wanted=True, patience=0.1)


def test_frames_carry_their_key_and_where_they_came_from(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "set1", "0.png", "4.png", "bkg.png")
    service = run_with(str(folder), 40)
    frames = service.of(Frame)
    assert [frame.key.seq for frame in frames] == list(range(len(frames)))
    assert {(frame.source, frame.index) for frame in frames} == {(str(folder / f"{k}.png"), k) for k in (0, 4)}
    key = frames[0].key
    assert (key.camera, key.session, key.boot) == ("cam0", service.session, boot_id())
    assert [frame.key.capture_ns for frame in frames] == sorted({frame.key.capture_ns for frame in frames})
    assert not frames[0].live
    assert service.vitals[-1].device == "set1/"


@pytest.mark.parametrize(
    ("mirror", "of_webcam", "of_file"), [("auto", True, False), ("yes", True, True), ("no", False, False)]
)
def test_live_webcams_alone_are_mirrored_unless_told(
    tmp_path: Path, mirror: str, of_webcam: bool, of_file: bool
) -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8)[None, :, None], (48, 1, 3))
    write_images(tmp_path, "0.png")
    cv2.imwrite(str(tmp_path / "0.png"), ramp)
    of = run_with(str(tmp_path / "0.png"), 3, mirror=mirror).of(Frame)[0]
    assert of.mirrored is of_file
    assert np.array_equal(of.image, ramp[:, ::-1] if of_file else ramp)
    webcam = run_with("0", 40, mirror=mirror).of(Frame)[0]
    assert (webcam.mirrored, webcam.live) == (of_webcam, True)


def test_a_hanging_webcam_does_not_hold_up_the_heartbeat() -> None:
    capture = FakeCapture(frames=2, then="hangs")
    before = time.monotonic()
    service = run_with("0", 12, Plugs(capture))
    assert len(service.vitals) >= 12
    assert time.monotonic() - before < 20
    capture.unhang.set()


def test_a_pulled_cable_is_seen_and_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.camera.player.FIRST_PAUSE_S", 0.05)
    pulled, replugged = FakeCapture(frames=3), FakeCapture()
    service = run_with("97", 60, Plugs(pulled, replugged))
    states = [vitals.state for vitals in service.vitals]
    assert ServiceState.DEGRADED in states
    assert states[-1] is ServiceState.RUNNING
    assert any(
        "webcam 97 stopped giving frames. /dev/video97 is not there" in vitals.error for vitals in service.vitals
    )
    assert pulled.released.wait(5)
    assert service.metrics.registry.get_sample_value("bgsub_camera_reopened_total") == 1


def test_requests_are_refused_in_words(tmp_path: Path) -> None:
    call = FakeCall(ClearPlate())
    service = FakeService([[call]], "camera")
    write_images(tmp_path, "0.png")
    settings = CameraSettings(source=str(tmp_path / "0.png"))
    run(service, Player(choose(settings), 30, lambda: None), nothing_held(), settings)
    assert isinstance(call.replies[0], Refused)


@pytest.mark.skipif(sys.platform != "linux", reason="Video4Linux2 is Linux's")
def test_a_webcam_is_held_while_it_films_and_free_at_the_end(tmp_path: Path) -> None:
    device, call = FakeDevice(), FakeCall(LockCamera())
    settings = CameraSettings(source="97")
    service = FakeService([*[[]] * 20, [call], *[[]] * 80], "camera")
    locks = Locks(tmp_path / "locked.json", device.open)
    player = Player(choose(settings, Plugs(FakeCapture()), unlock=locks.restore), 30, lambda: None)
    run(service, player, LockCare(locks, wanted=True, patience=0.1), settings)
    (reply,) = call.replies
    assert isinstance(reply, Done)
    assert device.opened[0] == Path("/dev/video97")
    assert any(vitals.device.endswith("; Exposure, white balance and focus are held") for vitals in service.vitals)
    assert device.values == AUTOMATIC


def test_what_a_dead_run_left_held_is_given_back_before_the_webcam_films(tmp_path: Path) -> None:
    device = FakeDevice()
    Locks(tmp_path / "locked.json", device.open).hold(Path("/dev/video97"))
    settings = CameraSettings(source="97")
    service = FakeService([[]] * 20, "camera")
    locks = Locks(tmp_path / "locked.json", device.open)
    seen: list[dict[int, int]] = []

    def plug(*_arguments: object) -> FakeCapture:
        seen.append(dict(device.values))
        return FakeCapture()

    player = Player(choose(settings, plug, unlock=locks.restore), 30, lambda: None)
    run(service, player, LockCare(locks, wanted=True), settings)
    assert seen == [AUTOMATIC]


def test_no_reader_is_left_running_at_the_end() -> None:
    run_with("0", 10)
    assert until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("read ")])


def test_devices_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "webcams", lambda: [Device(Path("/dev/video0"), "HD Webcam")])
    assert CliRunner().invoke(main, ["--list-devices"]).stdout == "/dev/video0  HD Webcam\n"
    monkeypatch.setattr(camera, "webcams", lambda: [])
    none = CliRunner().invoke(main, ["--list-devices"])
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "No webcam was found.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "nowhere.avi"], "nowhere.avi does not exist"),
        (["--source", "0,demo"], "never ends"),
        (["--width", "3"], "64"),
        (["--fps", "fast"], "--fps"),
    ],
)
def test_bad_arguments_end_with_a_sentence(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def started(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    video = write_video(tmp_path / "clip.avi", list(range(0, 250, 5)), fps=25)
    with child([*COMMAND, "--source", str(video), "--mirror", "--name", "door"]) as process:
        yield process


def test_the_process_publishes_frames_and_its_health_and_ends_cleanly(
    started: "subprocess.Popen[str]", instance: Places
) -> None:
    settings = Settings(camera=CameraSettings(name="door"))
    with Bus("watcher", settings, instance, Metrics("watcher"), (Frame, Health)) as bus:
        frames: list[Frame] = []
        healths: list[Health] = []

        def looped() -> bool:
            bus.wait(0.1)
            frames.extend(bus.every(Frame))
            healths.extend(bus.every(Health))
            again = len(frames) > 60 and {frame.index for frame in frames} == set(range(50))
            return again and any(health.rate_hz for health in healths)

        assert until(looped), "not every frame of the video came, and some twice"
    assert frames[0].mirrored
    assert frames[0].key.camera == "door"
    assert frames[0].image.shape == grey(0).shape
    assert {h.device for h in healths if h.state is ServiceState.RUNNING} == {"clip.avi"}
    started.send_signal(signal.SIGTERM)
    assert started.wait(10) == 0
    assert "Traceback" not in started.stdout.read()
