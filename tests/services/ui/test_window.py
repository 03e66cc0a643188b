"""The window on a real X server (Xvfb), with a real mouse and keyboard (xdotool)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from common.messages import Capture, RecordingTarget
from services.ui.fronts.window import NoDisplayError, reachable_display
from tests.services.ui.stage import Stage, running_ui
from tests.waiting import until

CLOSE = """
import ctypes, sys
class Message(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
                ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
                ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("pad", ctypes.c_long * 24)]
x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype, x.XInternAtom.restype = ctypes.c_void_p, ctypes.c_ulong
x.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
x.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
x.XCloseDisplay.argtypes = [ctypes.c_void_p]
display, window = x.XOpenDisplay(None), int(sys.argv[1])
atom = lambda name: x.XInternAtom(display, name, 0)
message = Message(33, 0, 1, display, window, atom(b"WM_PROTOCOLS"), 32)
message.data[0] = atom(b"WM_DELETE_WINDOW")
x.XSendEvent(display, window, 0, 0, ctypes.byref(message))
x.XCloseDisplay(display)
"""
"""What a window manager sends when somebody clicks the X."""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("no Xvfb or xdotool: nobody opens the window. Debian: apt-get install xvfb xdotool")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x1000x24", "-noreset"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as said:
        yield f":{said.readline().strip()}"
    server.terminate()
    server.wait(10)


@pytest.fixture
def opened(instance, display):
    """A stage, the process and its window, open and showing frames."""
    with Stage(instance) as stage, running_ui("--front", "window", env={"DISPLAY": display}) as process:
        found = until(lambda: process.poll() is not None or windows(display), 60)
        assert found and process.poll() is None, process.stdout.read() if process.poll() is not None else "no window"
        (window,) = windows(display)
        time.sleep(1.5)
        yield stage, process, window


def windows(display):
    return xdotool(display, "search", "--name", "^bgsub$").split()


def xdotool(display, *words):
    environment = {**os.environ, "DISPLAY": display}
    return subprocess.run(
        ["xdotool", *words], env=environment, capture_output=True, text=True, timeout=20, check=False
    ).stdout


def click(display, window, x, y):
    size = dict(
        line.split("=") for line in xdotool(display, "getwindowgeometry", "--shell", window).splitlines() if "=" in line
    )
    at = round(x * int(size["WIDTH"])), round(y * int(size["HEIGHT"]))
    xdotool(display, "mousemove", "--window", window, str(at[0]), str(at[1]), "sleep", "0.2", "click", "1")


@pytest.mark.system
def test_a_click_presses(opened, display):
    stage, process, window = opened
    click(display, window, 0.15, 0.45)
    assert until(lambda: stage.asked == [Capture(RecordingTarget.PLATE)])
    assert process.poll() is None


@pytest.mark.system
@pytest.mark.parametrize("name", ["q", "Escape"])
def test_a_key_ends_it_in_good_order(opened, display, name):
    _, process, window = opened
    xdotool(display, "windowfocus", window, "sleep", "0.3", "key", name)
    assert process.wait(15) == 0


@pytest.mark.system
def test_ext_ends_it_in_good_order(opened, display):
    _, process, window = opened
    click(display, window, 0.85, 0.15)
    assert process.wait(15) == 0


@pytest.mark.system
def test_the_windows_x_ends_it_in_good_order(opened, display):
    _, process, window = opened
    environment = {**os.environ, "DISPLAY": display}
    subprocess.run([sys.executable, "-c", CLOSE, window], env=environment, timeout=20, check=True)
    assert process.wait(15) == 0, process.stdout.read()


@pytest.mark.parametrize(
    "env, words",
    [
        ({}, "there is no display"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "XWayland"),
        ({"DISPLAY": ":4711"}, ":4711 does not answer"),
        ({"DISPLAY": "127.0.0.1:59000.0"}, "does not answer"),
        ({"DISPLAY": "nonsense"}, "nonsense does not answer"),
    ],
)
def test_without_a_display_the_reason_is_said(monkeypatch, env, words):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NoDisplayError, match=words), reachable_display():
        pass


def test_a_window_without_a_display_is_an_error_for_a_person(instance):
    surroundings = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    ended = subprocess.run(
        [sys.executable, "-c", "from services.ui.main import main; main()", "--front", "window"],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "--front web" in ended.stderr and "Traceback" not in ended.stderr
