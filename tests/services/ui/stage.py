"""A real bus with a camera, segment and recorder on it, and a real bgsub-ui beside: for tests of the fronts."""

import subprocess
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from common.bus import Bus
from common.clock import boot_id, now_ns
from common.control import ControlServer
from common.messages import Accepted, Capture, Frame, FrameKey, Mask, Message, RecordingState, Request
from common.metrics import Metrics
from common.places import Places
from common.settings import load_settings
from tests.processes import child
from tests.services.ui.fakes import GOOD, health, plate, recording
from tests.waiting import until

PLAYED = ("camera", "segment", "recorder")
KEYS_APART = """() => [...document.querySelectorAll(".controls button")].flatMap((button) => {
  const key = button.querySelector("kbd").getBoundingClientRect();
  const word = document.createRange();
  word.selectNodeContents(button.querySelector("b"));
  const apart = key.left - word.getBoundingClientRect().right;
  const inside = button.getBoundingClientRect().right - key.right;
  return key.width && Math.min(apart, inside) < 4 ? [button.textContent] : [];
})"""
"""For a page: the buttons whose key lies on their word, or over their edge."""


class Stage:
    """Plays 25 frames a second from a thread until left; `asked` holds the recorder's requests."""

    def __init__(self, where: Places) -> None:
        self.asked: list[Request] = []
        self._where = where
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play)

    def __enter__(self) -> "Stage":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    def _play(self) -> None:
        settings = load_settings()
        metrics = {name: Metrics(name) for name in PLAYED}
        buses = {name: Bus(name, settings, self._where, metrics[name]) for name in PLAYED}
        control = ControlServer("recorder", buses["recorder"], settings, self._where, metrics["recorder"])
        for turn in range(100_000):
            if self._stop.wait(0.04):
                break
            self._send(buses, turn)
            for call in control.requests():
                self.asked.append(call.request)
                call.reply(Accepted("job", "counting"))
                if isinstance(call.request, Capture):
                    buses["recorder"].publish(recording(RecordingState.COUNTDOWN, call.request.target, left=9, total=9))
        control.close()
        for bus in buses.values():
            bus.close()

    def _send(self, buses: dict[str, Bus], turn: int) -> None:
        image, alpha = scene(turn)
        key = FrameKey("cam0", buses["camera"].session, turn, now_ns(), boot_id())
        frame = Frame(key, image, mirrored=False, source="stage", index=turn, live=False)
        buses["camera"].publish(frame)
        buses["segment"].publish(Mask(key, alpha, "weights", "p1", GOOD, "torch"))
        if turn == 0:
            buses["recorder"].publish(recording(RecordingState.IDLE))
        if turn % 10 == 0:
            news: dict[str, list[Message]] = {name: [health(name)] for name in PLAYED}
            news["segment"].append(plate())
            for name, messages in news.items():
                for message in messages:
                    buses[name].publish(message)
        for bus in buses.values():
            bus.wait(0)


def scene(turn: int) -> tuple[np.ndarray, np.ndarray]:
    """A flat room with a blue figure, and its mask."""
    image = np.full((480, 640, 3), (150, 160, 170), np.uint8)
    alpha = np.zeros((480, 640), np.uint8)
    centre = (320 + round(40 * np.sin(turn / 10)), 300)
    cv2.ellipse(image, centre, (80, 150), 0, 0, 360, (140, 60, 30), -1)
    cv2.ellipse(alpha, centre, (80, 150), 0, 0, 360, 255, -1)
    return image, alpha


def running_ui(*options: str, env: dict[str, str] | None = None) -> AbstractContextManager["subprocess.Popen[str]"]:
    """A bgsub-ui of its own process, killed at the end if it still lives."""
    return child([sys.executable, "-c", "from services.ui.main import main; main()", *options], env)


def page_address(where: Places, limit_s: float = 45) -> str:
    """What bgsub-ui wrote down, once it is there."""
    path: Path = where.runtime / "ui.url"
    assert until(path.exists, limit_s), "bgsub-ui wrote no address"
    return path.read_text().strip()
