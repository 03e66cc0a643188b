"""Somebody at a front: clicks, presses keys and sees pictures, in a real Chromium or in a real window under Xvfb."""

import os
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from playwright.sync_api import Page, WebSocket, sync_playwright

from common.messages import Image
from tests.system.running import until

SIZE = (480, 640)
_LOOKS = 5


class Visitor(Protocol):
    """What a person can do. Places are in parts of the picture."""

    name: str

    def click(self, x: float, y: float) -> None: ...

    def key(self, name: str) -> None: ...

    def seen(self) -> Sequence[Callable[[], Image]]:
        """The pictures since the last call, the newest last: all that left, or all that could be caught.

        Each is read (BGR, SIZE) when it is called.
        """
        ...


def needed(command: str) -> str:
    """Where a command is; raises LookupError where it is not installed."""
    path = shutil.which(command)
    if path is None:
        raise LookupError(f"{command} is not installed")
    return path


class AtPage:
    """At the page: every picture that the server sends is seen, as its JPEG."""

    name = "page"

    def __init__(self, page: Page) -> None:
        self._page = page
        self._jpegs: deque[bytes] = deque(maxlen=400)
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self._jpegs.append(data[8:]) if isinstance(data, bytes) else None)

    def open(self, address: str) -> None:
        self._page.goto(address)
        self._page.wait_for_selector("#notice", state="hidden", timeout=30_000)

    def click(self, x: float, y: float) -> None:
        box = self._page.locator("#picture").bounding_box()
        assert box
        self._page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"], delay=60)

    def key(self, name: str) -> None:
        self._page.keyboard.press(name)

    def seen(self) -> Sequence[Callable[[], Image]]:
        self._page.wait_for_timeout(1)
        jpegs = [self._jpegs.popleft() for _ in range(len(self._jpegs))]
        return [partial(_decoded, jpeg) for jpeg in jpegs]

    def screenshot(self, path: Path) -> None:
        """The whole page, with what stands beside the picture."""
        self._page.screenshot(path=path)


def _decoded(jpeg: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


@contextmanager
def at_page() -> Iterator[AtPage]:
    """A Chromium of its own. Raises LookupError where there is none."""
    with (
        sync_playwright() as play,
        play.chromium.launch(executable_path=needed("chromium"), args=["--no-sandbox"]) as browser,
    ):
        yield AtPage(browser.new_page(viewport={"width": 1280, "height": 800}))


class AtWindow:
    """At the window: the screen is read out of Xvfb's frame buffer."""

    name = "window"

    def __init__(self, display: str, screen: Path) -> None:
        self.display = display
        self._screen = screen
        self._window = ""
        self._left = self._top = 0

    def _xdotool(self, *words: str) -> str:
        env = {**os.environ, "DISPLAY": self.display}
        done = subprocess.run(["xdotool", *words], env=env, capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def open(self) -> None:
        """Finds the window and makes it as large as the picture, so that pixels are pixels."""
        found = until(self._search, 30)
        self._window = found[-1]
        self._xdotool("windowsize", "--sync", self._window, str(SIZE[1]), str(SIZE[0]))
        self._left, self._top, *size = self._place()
        assert size == [SIZE[1], SIZE[0]], f"the window is {size[0]}x{size[1]}"

    def _search(self) -> list[str]:
        env = {**os.environ, "DISPLAY": self.display}
        command = ["xdotool", "search", "--onlyvisible", "--name", "bgsub"]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=20, check=False).stdout.split()

    def click(self, x: float, y: float) -> None:
        self._xdotool("mousemove", "--window", self._window, str(int(x * SIZE[1])), str(int(y * SIZE[0])))
        self._xdotool("mousedown", "1")
        self._xdotool("mouseup", "1")

    def key(self, name: str) -> None:
        self._xdotool("key", "--window", self._window, name)

    def seen(self) -> Sequence[Callable[[], Image]]:
        return [self._shot]

    def _shot(self) -> Image:
        """The same twice, and so not torn between two pictures; the last look where it never stands still."""
        shot = self._look()
        for _ in range(_LOOKS):
            before, shot = shot, self._look()
            if np.array_equal(before, shot):
                break
        return shot

    def _look(self) -> Image:
        screen = read_xwd(self._screen)
        return screen[self._top : self._top + SIZE[0], self._left : self._left + SIZE[1]]

    def _place(self) -> tuple[int, int, int, int]:
        said = self._xdotool("getwindowgeometry", "--shell", self._window).split()
        words = dict(line.split("=") for line in said if "=" in line)
        return int(words["X"]), int(words["Y"]), int(words["WIDTH"]), int(words["HEIGHT"])


def read_xwd(path: Path) -> Image:
    """An XWD file of 32 bits a pixel, as Xvfb keeps its screen (X11/XWDFile.h): a head of 4-byte words, then rows."""
    data = path.read_bytes()
    head = np.frombuffer(data, ">u4", 25)
    size, width, height, row, colours = int(head[0]), int(head[4]), int(head[5]), int(head[12]), int(head[19])
    pixels = np.frombuffer(data, np.uint8, row * height, size + 12 * colours).reshape(height, row // 4, 4)
    return np.ascontiguousarray(pixels[:, :width, :3])


@contextmanager
def at_window() -> Iterator[AtWindow]:
    """A screen of its own. Raises LookupError where Xvfb or xdotool is missing."""
    needed("xdotool")
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="bgsub-screen-") as folder:
        command = [needed("Xvfb"), "-displayfd", str(write), "-fbdir", folder, "-screen", "0", "1280x1024x24"]
        server = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
        try:
            yield AtWindow(f":{os.read(read, 16).decode().strip()}", Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait(10)
            os.close(read)
            os.close(write)
