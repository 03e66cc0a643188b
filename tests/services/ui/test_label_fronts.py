"""Labelling in a real window (Xvfb, with a real mouse and keyboard) and in a real Chromium."""

import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from services.ui.label.outline import inside
from tests.conftest import REPOSITORY
from tests.processes import child
from tests.services.ui.label.rooms import AROUND, HEIGHT, WIDTH, mask_in, write_set
from tests.services.ui.label.test_main import COMMAND
from tests.services.ui.stage import KEYS_APART
from tests.services.ui.test_browser import chromium
from tests.services.ui.test_window import display, xdotool
from tests.waiting import until

__all__ = ["chromium", "display"]
pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


@pytest.fixture
def folder(tmp_path):
    return write_set(tmp_path / "images", frames=3)


def labelling(
    folder, *options: str, env: dict[str, str] | None = None
) -> AbstractContextManager["subprocess.Popen[str]"]:
    """A bgsub-label of its own process, on the folder's sets, killed at the end if it still lives."""
    return child([*COMMAND, "--sets", str(folder.parent), "--by-hand", *options], env, REPOSITORY)


class Hand:
    """A mouse over the window of a frame WIDTH x HEIGHT, that fills it."""

    def __init__(self, display, window):
        self.display, self.window = display, window
        xdotool(display, "windowfocus", window)

    def at(self, x, y):
        size = dict(
            line.split("=")
            for line in xdotool(self.display, "getwindowgeometry", "--shell", self.window).splitlines()
            if "=" in line
        )
        across, down = int(size["WIDTH"]), int(size["HEIGHT"])
        return str(round((x + 0.5) / WIDTH * across)), str(round((y + 0.5) / HEIGHT * down))

    def do(self, x, y, *words):
        xdotool(self.display, "mousemove", "--window", self.window, *self.at(x, y), "sleep", "0.15", *words)

    def key(self, *names):
        for name in names:
            xdotool(self.display, "key", name, "sleep", "0.2")


@contextmanager
def in_window(folder, display, *options: str) -> Iterator[tuple["subprocess.Popen[str]", Hand]]:
    with labelling(folder, "--front", "window", *options, env={"DISPLAY": display}) as process:
        found = until(lambda: process.poll() is not None or windows(display), 60)
        assert found and process.poll() is None, process.stdout.read() if process.poll() is not None else "no window"
        xdotool(display, "sleep", "1.0")
        yield process, Hand(display, windows(display)[0])


def windows(display):
    return xdotool(display, "search", "--name", "^bgsub label$").split()


def test_in_the_window_a_polygon_a_brush_and_undo(folder, display):
    with in_window(folder, display) as (process, hand):
        for corner in AROUND:
            hand.do(*corner, "click", "1")
        assert until((folder / ".0_draft.json").exists) and not (folder / "0_mask.png").exists()
        hand.do(40, 20, "click", "1")
        assert until((folder / "0_mask.png").exists), "the seventh point at the first one closes it"
        mask = mask_in(folder / "0_mask.png")
        assert mask.shape == (HEIGHT, WIDTH) and mask[60, 80] == 255 and not mask[4, 4]

        hand.key("b")
        hand.do(20, 110, "mousedown", "1", "mousemove_relative", "40", "0", "sleep", "0.2", "mouseup", "1")
        assert until((folder / ".0_draft.json").exists)
        hand.key("z")
        assert until(lambda: not (folder / ".0_draft.json").exists())
        hand.key("Right")
        xdotool(display, "sleep", "1.5")
        assert (mask_in(folder / "0_mask.png") == mask).all()

        hand.key("n")
        for corner in AROUND[:4]:
            hand.do(*corner, "click", "1")
        hand.do(60, 90, "click", "3")
        assert until((folder / "1_mask.png").exists), "a right click closes"
        hand.key("q")
        assert process.wait(15) == 0
        assert "2 of 3 frames are labelled" in process.stdout.read()


def test_the_wheel_zooms_the_picture_and_not_the_window(folder, display):
    """HighGUI's own zoom would carry the tools out of sight, and move the window under every stroke."""
    with in_window(folder, display) as (_, hand):
        hand.do(80, 60, *["click", "4", "sleep", "0.2"] * 6)
        hand.key("0")
        for corner in AROUND:
            hand.do(*corner, "click", "1")
        hand.do(60, 90, "click", "3")
        assert until((folder / "0_mask.png").exists)
        wanted = inside(tuple((float(x), float(y)) for x, y in AROUND), (HEIGHT, WIDTH)) > 0
        drawn = mask_in(folder / "0_mask.png") > 127
        assert (wanted & drawn).sum() / (wanted | drawn).sum() > 0.95


def test_a_double_click_in_the_window_closes_and_begins_nothing_new(folder, display):
    with in_window(folder, display) as (_, hand):
        for corner in AROUND[:4]:
            hand.do(*corner, "click", "1")
        hand.do(60, 90, "click", "--repeat", "2", "--delay", "80", "1")
        assert until((folder / "0_mask.png").exists)
        xdotool(display, "sleep", "1.0")
        assert not (folder / ".0_draft.json").exists()


def test_after_a_kill_the_window_goes_on_where_it_was(folder, display):
    with in_window(folder, display) as (process, hand):
        for corner in AROUND[:4]:
            hand.do(*corner, "click", "1")
        assert until((folder / ".0_draft.json").exists)
        xdotool(display, "sleep", "0.5")
        process.kill()
        process.wait(10)
    assert not (folder / "0_mask.png").exists()
    assert until(lambda: not windows(display))
    with in_window(folder, display) as (process, hand):
        hand.key("Return")
        assert until((folder / "0_mask.png").exists)
        assert mask_in(folder / "0_mask.png")[60, 100] == 255
        hand.do(80, 60, "click", "4")
        # HighGUI remembers one key: the next is pressed when this one was seen to act
        hand.key("d")
        xdotool(display, "sleep", "1.5")
        hand.key("x")
        assert until((folder / "1_mask.png").exists) and not mask_in(folder / "1_mask.png").any()
        hand.key("q")
        assert process.wait(15) == 0


@pytest.fixture
def page(folder, chromium, instance):
    with labelling(folder, "--front", "web") as process:
        address = instance.runtime / "label.url"
        assert until(lambda: address.exists() or process.poll() is not None, 60) and process.poll() is None
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
        opened = context.new_page()
        complaints: list[str] = []
        opened.on("console", lambda said: complaints.append(said.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(address.read_text().strip())
        opened.wait_for_selector("#notice.gone", state="attached")
        opened.wait_for_selector("body[data-own=true]")
        yield process, opened
        context.close()
        assert complaints == []


def place(page, x, y):
    box = page.locator("#picture").bounding_box()
    return box["x"] + (x + 0.5) / WIDTH * box["width"], box["y"] + (y + 0.5) / HEIGHT * box["height"]


def test_in_the_browser_a_polygon_strokes_undo_and_the_wheel(page, folder):
    _, opened = page
    for corner in AROUND:
        opened.mouse.click(*place(opened, *corner))
    opened.mouse.dblclick(*place(opened, 26, 48))
    assert until((folder / "0_mask.png").exists), "a double click closes"
    mask = mask_in(folder / "0_mask.png")
    assert mask[60, 80] == 255 and not mask[4, 4]

    opened.get_by_title("Paint the room").click()
    opened.mouse.move(*place(opened, 60, 60))
    opened.mouse.down()
    opened.mouse.move(*place(opened, 100, 60), steps=5)
    opened.mouse.up()
    assert until((folder / ".0_draft.json").exists)
    opened.keyboard.press("Control+z")
    opened.keyboard.press("Control+Shift+z")
    opened.keyboard.press("Enter")
    assert until(lambda: mask_in(folder / "0_mask.png")[60, 80] == 0), "Enter writes what was erased"
    assert until(lambda: "1.png" in opened.locator("#services").text_content())

    opened.mouse.wheel(0, -300)
    assert until(lambda: "%" in opened.locator("#services").text_content()), "the wheel zooms"
    opened.keyboard.press("x")
    assert until((folder / "1_mask.png").exists) and not mask_in(folder / "1_mask.png").any()


def test_the_chosen_tool_stands_out_on_the_page(page):
    _, opened = page
    on = opened.locator("#tools [aria-pressed=true] b")
    assert until(lambda: on.all_text_contents() == ["Polygon"])
    plain = opened.get_by_title("Paint the room")
    before = plain.evaluate("node => getComputedStyle(node).backgroundColor")
    opened.keyboard.press("e")
    assert until(lambda: on.all_text_contents() == ["Eraser"])
    assert until(lambda: plain.evaluate("node => getComputedStyle(node).backgroundColor") != before)
    assert opened.get_by_title("Redo").get_attribute("aria-pressed") is None, "what is done at once is never on"


def test_what_would_do_nothing_is_pale_on_the_page_and_keeps_the_focus(page):
    _, opened = page
    undo = opened.get_by_title("Undo, as often as you like")
    words = undo.locator("b")

    def is_pale():
        return float(words.evaluate("node => getComputedStyle(node).opacity")) < 0.5

    assert until(is_pale) and undo.get_attribute("aria-disabled") == "true"
    opened.get_by_title("Paint the person").click()
    opened.mouse.click(*place(opened, 60, 60))
    assert until(lambda: not is_pale())
    undo.focus()
    opened.keyboard.press("Space")
    assert until(is_pale) and undo.evaluate("node => node === document.activeElement")


def test_a_finger_draws(page, folder):
    _, opened = page
    opened.get_by_title("Paint the person").click()
    opened.touchscreen.tap(*place(opened, 80, 60))
    assert until((folder / ".0_draft.json").exists)


@pytest.mark.parametrize("width, height", [(1280, 800), (1440, 900), (390, 844)])
def test_nothing_sticks_out(page, width, height):
    _, opened = page
    opened.set_viewport_size({"width": width, "height": height})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.locator("#picture").bounding_box()["height"] <= height
    if width > 900:
        assert opened.evaluate("document.documentElement.scrollHeight") <= height, "a key lies below the edge"
    assert opened.evaluate(KEYS_APART) == []
