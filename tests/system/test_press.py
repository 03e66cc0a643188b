"""A person presses Bkg, Sav and Ext with the mouse: in a real Chromium, and in a real window under Xvfb."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from common.messages import Frame, Recording, RecordingState
from common.sets import read_image
from services.camera.demo import FPS, PERIOD
from tests.system.running import NO_PALMS, Running, read_for, system, until

pytestmark = pytest.mark.system

COUNTDOWN = {"BGSUB_RECORDER_BKG_SECONDS": "0.5", "BGSUB_RECORDER_SAV_SECONDS": "0.5"}
BUTTONS = {"Bkg": (0.15, 0.45), "Sav": (0.85, 0.45), "Ext": (0.85, 0.15)}
Press = Callable[[str], None]


def needs(command: str) -> str:
    path = shutil.which(command)
    if path is None:
        pytest.skip(f"{command} is not installed")
    return path


def record_and_end(running: Running, press: Press) -> int:
    """The whole visit: plate, picture, end; its exit code."""
    plate, picture = (running.folder / "images/set1" / name for name in ("bkg.png", "0.png"))
    until_the_room_is_empty(running)
    press("Bkg")
    assert until(plate.exists, 20)
    assert until(lambda: not busy(running))
    press("Sav")
    assert until(picture.exists, 20)
    assert read_image(plate).shape == read_image(picture).shape == (480, 640, 3)
    assert read_image(plate).std() > 10
    assert until(lambda: not busy(running))
    press("Ext")
    code = running.process.wait(10)
    assert not running.places.runtime.exists()
    return code


def until_the_room_is_empty(running: Running) -> None:
    """The demo begins each turn with some seconds of an empty room; with somebody in it a plate is refused."""
    with running.listen(Frame) as bus:
        next(frame for frame in read_for(bus, [Frame], 60) if frame.index % PERIOD < FPS)


def busy(running: Running) -> bool:
    """Whether the recorder still has something in hand."""
    with running.listen(Recording) as bus:
        said = list(read_for(bus, [Recording], 0.5))
    return not said or said[-1].state in (RecordingState.COUNTDOWN, RecordingState.LEARNING)


def test_in_a_browser(tmp_path: Path) -> None:
    chromium = needs("chromium")
    with (
        system(tmp_path, "--source", "demo", "--front", "web", **NO_PALMS, **COUNTDOWN) as running,
        sync_playwright() as play,
        play.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(running.page())
        page.wait_for_selector("#notice", state="hidden", timeout=20_000)

        def press(button: str) -> None:
            box = page.locator("#picture").bounding_box()
            assert box
            across, down = BUTTONS[button]
            page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"], delay=60)

        assert record_and_end(running, press) == 0


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of its own."""
    needs("xdotool")
    read, write = os.pipe()
    command = [needs("Xvfb"), "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    try:
        yield f":{os.read(read, 16).decode().strip()}"
    finally:
        server.terminate()
        server.wait(10)
        os.close(read)
        os.close(write)


def test_in_a_window(tmp_path: Path, display: str) -> None:
    with system(tmp_path, "--source", "demo", "--front", "window", DISPLAY=display, **NO_PALMS, **COUNTDOWN) as running:

        def xdotool(*words: str) -> str:
            command = ["xdotool", *words]
            return subprocess.run(
                command, env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, timeout=20, check=True
            ).stdout

        window = until(lambda: xdotool("search", "--onlyvisible", "--name", "bgsub").split())[-1]

        def press(button: str) -> None:
            sizes = dict(
                line.split("=") for line in xdotool("getwindowgeometry", "--shell", window).split() if "=" in line
            )
            across, down = BUTTONS[button]
            x, y = int(across * int(sizes["WIDTH"])), int(down * int(sizes["HEIGHT"]))
            xdotool("mousemove", "--window", window, str(x), str(y))
            xdotool("mousedown", "1")
            xdotool("mouseup", "1")

        assert record_and_end(running, press) == 0
