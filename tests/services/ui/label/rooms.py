"""Sets of our own drawing, and a labeller on them."""

import os
from pathlib import Path

import cv2

from common.messages import Alpha
from common.sets import ImageSets
from services.ui.label.acts import BY_KEY, Do
from services.ui.label.labeller import Labeller
from services.ui.label.outline import inside
from services.ui.label.proposals import Proposal, Proposals
from services.ui.label.work import Work
from tests.drawings import drawn

HEIGHT, WIDTH = 120, 160


def write_set(root: Path, number: int = 3, frames: int = 3, labelled: tuple[int, ...] = ()) -> Path:
    """A set of small frames; some have their masks."""
    folder = root / f"set{number}"
    folder.mkdir(parents=True)
    for k in range(frames):
        plate, frame, mask = drawn(seed=k + 1, size=(WIDTH, HEIGHT))
        cv2.imwrite(str(folder / "bkg.png"), plate)
        cv2.imwrite(str(folder / f"{k}.png"), frame)
        if k in labelled:
            cv2.imwrite(str(folder / f"{k}_mask.png"), mask)
    return folder


class FakeProposals(Proposals):
    """Keeps what was asked; answers with what the test puts into `answers`."""

    def __init__(self) -> None:
        super().__init__(("false",))
        self.asked: list[Path] = []
        self.answers: list[Proposal] = []
        self.closed = False

    def ask(self, frame: Path, plate: Path) -> None:
        self.asked.append(frame)

    def waits(self, frame: Path) -> bool:
        return False

    def news(self) -> list[Proposal]:
        came, self.answers = self.answers, []
        return came

    def close(self) -> None:
        self.closed = True


def labeller(root: Path, everything: bool = False) -> Labeller:
    """On all sets below `root`."""
    return Labeller(Work(ImageSets(root), None, everything), FakeProposals())


def crash(made: Labeller) -> Labeller:
    """Leaves all as a dead process does: its locks go with it, and nothing is tidied."""
    if made.frames._lock._lock is not None:
        os.close(made.frames._lock._lock.descriptor)
    made.frames._lock._lock = None
    return made


def mask_in(path: Path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


AROUND = ((40, 20), (100, 18), (130, 60), (128, 110), (80, 115), (30, 100), (25, 50))
"""Corners around the middle of such a frame."""


def click_around(made: Labeller, corners=AROUND) -> None:
    for corner in corners:
        made.drawing.press(*corner)
        made.drawing.release()


def stroke(made: Labeller, start=(60, 40), end=(90, 70), tool=Do.BRUSH) -> None:
    made.do(tool)
    made.drawing.press(*start)
    made.drawing.drag(*end)
    made.drawing.release()


def key(made: Labeller, name: str) -> None:
    """What the app does at a key."""
    made.do(BY_KEY[name])


def words(made: Labeller) -> list[str]:
    """What was said since the last call."""
    said, made.frames.said = [one.words for one in made.frames.said], []
    return said


def propose(made: Labeller, k: int = 0, mask: Alpha | None = None) -> Alpha:
    """The network answers with `mask`, else with the inside of AROUND."""
    if mask is None:
        mask = inside(AROUND, (HEIGHT, WIDTH))
    made.suggestions.proposals.answers = [Proposal(made.frames.item.folder / f"{k}.png", mask)]
    made.hear()
    return mask


def names(folder: Path) -> list[str]:
    """The masks and drafts there."""
    return sorted(path.name for path in folder.iterdir() if "mask" in path.name or "draft" in path.name)
