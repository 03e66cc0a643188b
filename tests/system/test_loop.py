"""The whole loop by script: record, label with proposals, train, swap while frames flow, see the gain, take it back."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from common.bus import Bus
from common.messages import Accepted, Frame, Image, Mask, Train, Training, TrainingState
from common.scores import HALF
from common.sets import ImageSets, read_image
from common.weights import Weights
from services.camera.demo import FPS, PERIOD, truth
from services.ui.label.acts import Do
from services.ui.label.labeller import Labeller
from services.ui.label.proposals import Proposals
from services.ui.label.work import Work
from tests.system.conftest import Figure
from tests.system.running import NO_PALMS, Running, read_for, system, until
from tests.system.test_swap import STRETCH, Seen

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

COUNTDOWN = {"BGSUB_RECORDER_BKG_SECONDS": "0.2", "BGSUB_RECORDER_SAV_SECONDS": "0.2"}
SHOTS = 3
ITERATIONS = 30
TRAIN_S = 600.0
"""Thirty steps behind everything live take a minute or two on two cores."""
AFTER_S = 1.5
ENDED = (TrainingState.DONE, TrainingState.FAILED, TrainingState.STOPPED)
LISTENER = """
    window.said = [];
    addEventListener("DOMContentLoaded", () => {
        const place = document.getElementById("sentence");
        const observer = new MutationObserver(() => window.said.push(place.textContent));
        observer.observe(place, {childList: true, subtree: true});
    });
"""
"""Keeps every sentence that the page ever showed."""


def worse_weights(path: Path) -> Weights:
    """The shipped weights after a blow: they still see the person, with holes that thirty steps can mend."""
    rng, shipped = np.random.default_rng(1), Weights.shipped()
    struck = {name: one * (1 + 0.07 * rng.standard_normal(one.shape)) for name, one in shipped.tensors.items()}
    worse = Weights.of({name: one.astype(np.float32) for name, one in struck.items()}, shipped.story)
    path.write_bytes(worse.to_bytes())
    return worse


@contextmanager
def visitor(running: Running) -> Iterator[Page]:
    """Somebody who looks at the page in Chromium."""
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    with (
        sync_playwright() as play,
        play.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(LISTENER)
        page.goto(running.page())
        page.wait_for_selector("#notice", state="hidden", timeout=20_000)
        yield page


def says(page: Page, words: str, limit_s: float = 20) -> str:
    """The newest sentence of the page that holds the words, once there is one."""
    page.wait_for_function("words => said.some(one => one.includes(words))", arg=words, timeout=1000 * limit_s)
    return str(page.evaluate("words => said.findLast(one => one.includes(words))", words))


def wait_for_frame(running: Running, wanted: Callable[[Frame], bool]) -> None:
    """Until the demo shows what is wanted."""
    with running.listen(Frame) as bus:
        next(frame for frame in read_for(bus, [Frame], 90) if wanted(frame))


def somebody(frame: Frame) -> bool:
    """The figure fills a good part of the picture, and will for a second."""
    return all((truth(frame.index + later).alpha >= HALF).mean() > 0.06 for later in (0, int(FPS)))


def record(running: Running, page: Page) -> None:
    """Bkg in the empty room, then three Sav with the figure in it, by the page's buttons."""
    wait_for_frame(running, lambda frame: frame.index % PERIOD < FPS)
    page.click("#buttons [data-id=bkg]")
    folder = running.folder / "images" / "set1"
    until((folder / "bkg.png").exists, 30)
    says(page, "Saved bkg.png")
    for k in range(SHOTS):
        wait_for_frame(running, somebody)
        page.click("#buttons [data-id=sav]")
        until((folder / f"{k}.png").exists, 30)
        says(page, f"Saved {k}.png")


def label(sets: Path) -> list[Image]:
    """The network proposes each mask, and a person finds nothing to mend. The masks, as they lie on disk."""
    labeller = Labeller(Work(ImageSets(sets)), Proposals())
    try:
        for _ in range(SHOTS):
            until(lambda: [labeller.hear(), not labeller.waits()][1], 90)
            labeller.do(Do.DONE)
        assert labeller.frames.labelled == SHOTS
    finally:
        labeller.close()
    return [read_image(frame.mask_path) for frame in ImageSets(sets).open(1).frames() if frame.mask_path]


@dataclass
class Watched:
    """What came over the bus, and what the trainer said."""

    bus: Bus
    seen: Seen = field(default_factory=Seen)
    news: list[Training] = field(default_factory=list)

    def until(self, over: Callable[[], bool], limit_s: float) -> None:
        """Listens until it is over, and AFTER_S more; fails when it is not over in time."""
        ends = float("inf")
        for _ in self.seen.watch(self.bus, limit_s + AFTER_S):
            self.news += self.bus.every(Training)
            if ends == float("inf") and over():
                ends = time.monotonic() + AFTER_S
            if time.monotonic() > ends:
                return
        raise AssertionError(
            f"not over after {limit_s:g} s; the trainer said last: {[told.words for told in self.news[-1:]]}"
        )

    def changes(self) -> list[tuple[str, float]]:
        """Each weights in turn, and when the first mask of theirs came."""
        pairs = zip(self.seen.weights, self.seen.masks.values(), strict=True)
        return [(weights, next(at for _, at in run)) for weights, run in groupby(pairs, lambda pair: pair[0])]


def test_from_an_empty_room_to_a_better_mask_and_back(tmp_path: Path, figure: Figure) -> None:
    worse = worse_weights(tmp_path / "worse.safetensors")
    begun = {"BGSUB_SEGMENT_WEIGHTS": str(tmp_path / "worse.safetensors")}
    with (
        system(tmp_path, "--source", "demo", "--front", "web", **NO_PALMS, **COUNTDOWN, **begun) as running,
        visitor(running) as page,
        running.listen(Frame, Mask, Training) as bus,
    ):
        record(running, page)
        assert all(0.03 < (mask >= HALF).mean() < 0.6 for mask in label(tmp_path / "images"))
        watched = Watched(bus)
        reply = running.ask("trainer", Train(ITERATIONS, 2))
        assert isinstance(reply, Accepted), reply
        watched.until(lambda: any(told.job == reply.job and told.state in ENDED for told in watched.news), TRAIN_S)
        assert watched.news[-1].swapped, watched.news[-1].words
        words = says(page, "swapped")
        page.click("#undo")
        watched.until(lambda: len(watched.changes()) >= 3, 90)
    last = watched.news[-1]
    (_, began), (better, swapped), (_, undone) = watched.changes()
    p99_ms = np.percentile(watched.seen.gaps_ms(began, swapped - 1), 99)
    longest_ms = [watched.seen.gaps_ms(at - 1, at + 1).max() for at in (swapped, undone)]
    figure(
        f"the loop: {words!r} after {swapped - began:.0f} s of {ITERATIONS} steps beside the live system; longest gaps "
        f"around swap and undo {longest_ms[0]:.0f}, {longest_ms[1]:.0f} ms, p99 of the training before {p99_ms:.0f} ms"
    )
    assert (last.state, last.swapped) == (TrainingState.DONE, True), last.words
    assert last.iou_before is not None
    assert last.iou_after is not None
    assert last.iou_after > last.iou_before
    assert f"IoU {last.iou_before:.2f} → {last.iou_after:.2f}" in words
    assert [weights for weights, _ in watched.changes()] == [worse.id, better, worse.id]
    assert better == last.weights_id
    assert min(longest_ms) <= STRETCH * p99_ms
