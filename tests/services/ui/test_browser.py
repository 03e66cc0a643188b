"""A real Chromium visits the page: sees the picture, presses by mouse, keyboard and finger."""

import base64
import shutil
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from common.messages import Capture, RecordingTarget
from tests.services.ui.stage import KEYS_APART, Stage, page_address, running_ui
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PIXELS = "document.getElementById('picture').toDataURL('image/png')"


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: nobody visits the page. Debian: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(instance, chromium):
    with Stage(instance) as stage, running_ui("--front", "web") as process:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(page_address(instance))
        page.wait_for_selector("#notice.gone", state="attached")
        page.wait_for_selector("#buttons [data-id=bkg]")
        yield stage, process, page
        context.close()
        assert complaints == []


def targets(stage):
    return [request.target for request in stage.asked if isinstance(request, Capture)]


def in_picture(page, x, y):
    box = page.locator("#picture").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_the_picture_is_drawn_with_its_mask(visit):
    _, _, page = visit

    def contour_seen():
        png = base64.b64decode(page.evaluate(PIXELS).split(",")[1])
        blue, green, red = cv2.split(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).astype(int))
        return ((green - red > 90) & (green - blue > 30)).sum() > 300

    assert until(contour_seen)


def test_the_mouse_presses_in_the_picture(visit):
    stage, _, page = visit
    page.mouse.click(*in_picture(page, 0.15, 0.45))
    assert until(lambda: targets(stage) == [RecordingTarget.PLATE])


def test_a_finger_presses_in_the_picture(visit):
    stage, _, page = visit
    page.touchscreen.tap(*in_picture(page, 0.85, 0.45))
    assert until(lambda: targets(stage) == [RecordingTarget.FRAME]), stage.asked


def test_buttons_are_reached_and_pressed_by_keyboard(visit):
    stage, _, page = visit
    page.locator("#buttons [data-id=sav]").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.dataset.id") == "bkg"
    page.keyboard.press("Enter")
    assert until(lambda: targets(stage) == [RecordingTarget.PLATE])
    assert page.evaluate("document.activeElement.dataset.id") == "bkg"


def test_the_strip_tells_how_things_are(visit):
    _, _, page = visit
    assert until(lambda: page.locator("#plate").text_content().startswith("good"))
    assert until(lambda: "ms" in page.locator("#latency").text_content())
    rows = page.locator("#services li").all_text_contents()
    assert len(rows) == 6 and any(row.startswith("camera") for row in rows)


def test_the_help_opens_by_key_and_closes_by_escape(visit):
    _, process, page = visit
    page.keyboard.press("h")
    page.wait_for_selector("#help[aria-pressed=true]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#help[aria-pressed=false]")
    assert process.poll() is None


@pytest.mark.parametrize("width, height", [(1280, 800), (390, 844), (1920, 1080)])
def test_nothing_sticks_out_and_the_picture_fits(visit, width, height):
    _, _, page = visit
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#picture").bounding_box()
    assert box["height"] <= height and box["width"] >= 0.5 * width
    for button in page.locator(".controls button").all():
        assert button.bounding_box()["height"] >= 44


@pytest.mark.parametrize("app", ["studio", "clone"])
@pytest.mark.parametrize("width, height", [(1280, 800), (1440, 900)])
def test_every_word_has_room_beside_its_key_and_nothing_scrolls(visit, width, height, app):
    _, _, page = visit
    page.set_viewport_size({"width": width, "height": height})
    page.locator(f"#apps button:has-text('{app.title()}')").click()
    page.wait_for_selector(f"#apps [aria-pressed=true]:has-text('{app.title()}')")
    assert page.evaluate(KEYS_APART) == []
    assert page.evaluate("document.documentElement.scrollHeight") <= height


WEAK = """() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const over = ([red, green, blue, alpha = 1], under) =>
    [red, green, blue].map((part, at) => part * alpha + under[at] * (1 - alpha));
  const ground = (node) => {
    if (!node) return [255, 255, 255];
    const own = numbers(getComputedStyle(node).backgroundColor);
    return own[3] === 0 ? ground(node.parentElement) : over(own, ground(node.parentElement));
  };
  // https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
  const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, at) => {
    const part = colour[at] / 255;
    return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);
  return [...document.querySelectorAll("h1, button, b, span, kbd, p, dt, dd, small, em")].filter((node) =>
    node.checkVisibility() && !node.closest(".notice") && [...node.childNodes].some((child) => child.nodeType === 3)
  ).flatMap((node) => {
    const behind = ground(node), words = over(numbers(getComputedStyle(node).color), behind);
    const [one, other] = [words, behind].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return contrast < 4.5 ? [`${node.tagName} ${node.textContent}: ${contrast.toFixed(2)}`] : [];
  });
}"""
"""Words on the page that have less than WCAG AA's contrast."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_of_the_page_keeps_its_contrast(visit, scheme):
    _, _, page = visit
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    weak = page.evaluate(WEAK)
    for button in ("bkg", "ext"):
        page.locator(f".controls [data-id={button}]").hover()
        weak += page.evaluate(WEAK)
    page.locator(".controls [data-id=bkg]").click()
    page.wait_for_selector(".controls [data-counting=true]")
    assert weak + page.evaluate(WEAK) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_long_words_stay_within_the_page(visit, width):
    """A path, say, that a service complains of."""
    _, _, page = visit
    page.set_viewport_size({"width": width, "height": 844})
    sticking_out = page.evaluate(
        """(words) => {
          const error = document.createElement("em");
          document.querySelector("#services li").append(error);
          const filled = [$("sentence"), $("weights"), $("device"), error];
          for (const node of filled) node.textContent = words;
          return document.documentElement.scrollWidth > innerWidth ? ["the page"] : filled
            .filter((node) => node.scrollWidth > node.parentElement.clientWidth).map((node) => node.id || node.tagName);
          function $(id) { return document.getElementById(id); }
        }""",
        "/home/" + "x" * 200,
    )
    assert sticking_out == []


def test_ext_ends_it_in_good_order_and_the_page_says_so(visit):
    _, process, page = visit
    page.locator("#ends [data-id=ext]").click()
    assert process.wait(15) == 0
    assert until(lambda: "has ended" in page.locator("#notice").text_content())


def test_a_foreign_page_neither_sees_nor_presses(visit, instance, chromium):
    stage, _, _ = visit
    address = page_address(instance).replace("http", "ws").replace("/?", "/ws?")
    context = chromium.new_context()
    stranger = context.new_page()
    stranger.route("http://evil.example/", lambda route: route.fulfill(body="<p>hello</p>", content_type="text/html"))
    stranger.goto("http://evil.example/")
    outcome = stranger.evaluate(
        """(address) => new Promise((done) => {
          const socket = new WebSocket(address);
          socket.onopen = () => { socket.send('{"button": "bkg"}'); };
          socket.onmessage = () => done('saw it');
          socket.onclose = () => done('kept out');
        })""",
        address,
    )
    context.close()
    assert outcome == "kept out" and stage.asked == []
