"""What the network's proposal saves: the clicks and strokes of a careful labeller, with it and by hand.

The labeller is a script that knows the true mask and works through the same MaskEditor as people do. By hand it clicks
a polygon along the boundary, with no more corners than it takes, and cuts what lies within. With the proposal it mends
one error after the other, the one that brings most first: a brush stroke that stays within the person (within the room
for the eraser), a snap along the error, or a small polygon around it, whichever gains more an action: a click is one, a
stroke is one.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from common.files import write_aside
from common.messages import Alpha, Image
from common.scores import iou
from common.sets import read_image
from common.weights import Weights
from services.ui.label.drawing import RADII
from services.ui.label.editor import MaskEditor, draw_stroke
from services.ui.label.proposals import Proposals

FRAMES = ("5/0", "5/1", "5/2", "15/0", "15/1", "15/2", "15/3", "15/4", "2/0", "11/0")
KEPT_ASIDE = ("5", "15")
"""Sets the shipped weights were not trained on."""
GOAL = 0.98
MOST = 60
"""Actions after which the labeller gives up on mending."""
_BRUSHES = RADII[:8:2]
_SNAPS = (8, 18)
"""The snap brush's radii that are tried."""
_WORTH = 20
"""Pixels an error has at least to be looked at."""
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do, how many clicks and strokes it takes, and how many pixels it puts right."""

    path: Points
    radius: int
    """Of the brush; 0 for a polygon."""
    value: int | None
    """What is drawn; None snaps."""
    gain: int

    @property
    def actions(self) -> int:
        """A polygon takes a click a corner and one to close it."""
        return 1 if self.radius else len(self.path) + 1


@dataclass(frozen=True, slots=True)
class Effort:
    """What it took, and what came of it."""

    clicks: int
    strokes: int
    before: float
    after: float

    @property
    def actions(self) -> int:
        return self.clicks + self.strokes


def by_hand(truth: Alpha) -> Effort:
    """Polygons around all that is person, and cuts around what is not, with as few corners as reach the goal."""
    for tolerance in np.geomspace(12.0, 0.25, 40):
        editor, clicks = MaskEditor(np.zeros_like(truth)), 0
        for contour, value in _outlines(truth):
            corners = cv2.approxPolyDP(contour, float(tolerance), closed=True).reshape(-1, 2).astype(float)
            if len(corners) >= 3:
                _click_around(editor, [(x, y) for x, y in corners], value)
                clicks += len(corners) + 1
        if _right(editor.mask, truth) >= GOAL:
            break
    return Effort(clicks, 0, 0.0, _right(editor.mask, truth))


def _outlines(truth: Alpha) -> Iterator[tuple[NDArray[np.int32], int]]:
    """The parts of the person, then the holes in them."""
    contours, tree = cv2.findContours(truth, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for hole in (False, True):
        for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
            if bool(parent >= 0) == hole and cv2.contourArea(contour) >= _WORTH:
                yield np.asarray(contour, np.int32), 0 if hole else 255


def mending(proposal: Alpha, truth: Alpha, image: Image) -> Effort:
    """Mends the proposal until the goal, or until MOST actions were taken or nothing helps."""
    editor, clicks, strokes = MaskEditor(proposal), 0, 0
    while _right(editor.mask, truth) < GOAL and clicks + strokes < MOST:
        acts = list(_acts(editor.mask, truth, image))
        best = max(acts, key=lambda act: act.gain / act.actions, default=None)
        if best is None or best.gain <= 0:
            break
        _do(editor, best, image)
        clicks, strokes = (clicks, strokes + 1) if best.radius else (clicks + best.actions, strokes)
    return Effort(clicks, strokes, _right(proposal, truth), _right(editor.mask, truth))


def _acts(mask: Alpha, truth: Alpha, image: Image) -> Iterator[Act]:
    """What could be done about the largest errors."""
    for value, right in ((255, truth), (0, 255 - truth)):
        error = np.where((mask >= 128) != (truth >= 128), right, 0).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(error)
        order = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:2] + 1
        for label in order:
            if stats[label, cv2.CC_STAT_AREA] >= _WORTH:
                part = np.where(labels == label, 255, 0).astype(np.uint8)
                drawn = [*_strokes(part, right), *((path, 0) for path in _polygons(part))]
                acts = [Act(path, radius, value, 0) for path, radius in drawn]
                acts += [Act(longest_way(part), radius, None, 0) for radius in _SNAPS]
                yield from (replace(act, gain=_gain(mask, truth, image, act)) for act in acts)


def _gain(mask: Alpha, truth: Alpha, image: Image, act: Act) -> int:
    """Pixels fewer that are wrong once it is done."""
    editor = MaskEditor(mask)
    _do(editor, act, image)
    return _wrong(mask, truth) - _wrong(editor.mask, truth)


def _strokes(part: Alpha, right: Alpha) -> Iterator[tuple[Points, int]]:
    """For each brush the longest way over the error on which the brush does no harm."""
    for radius in _BRUSHES:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        # a hand does not stop at the picture's edge
        room = cv2.erode(right, disc, borderType=cv2.BORDER_CONSTANT, borderValue=255)
        allowed = np.asarray(cv2.bitwise_and(room, cv2.dilate(part, disc)), np.uint8)
        if allowed.any():
            yield longest_way(allowed), radius


def longest_way(allowed: Alpha) -> Points:
    """Between two places of `allowed` that are far from each other, the shortest way within it (8 neighbours)."""
    within = np.pad(allowed > 0, 1)
    wide = within.shape[1]
    around = np.array([down * wide + right for down in (-1, 0, 1) for right in (-1, 0, 1)])
    end = int(np.argmax(_steps_from(within, int(np.argmax(within)), around)))
    away = _steps_from(within, end, around)
    way = [int(np.argmax(away))]
    while away[way[-1]] > 0:
        beside = way[-1] + around
        known = beside[away[beside] >= 0]
        way.append(int(known[np.argmin(away[known])]))
    return [(float(place % wide - 1), float(place // wide - 1)) for place in way]


def _steps_from(within: NDArray[np.bool_], start: int, around: NDArray[np.int64]) -> NDArray[np.int32]:
    """How many steps it is from `start` to each place, flat; -1 where there is no way."""
    away = np.where(within, -1, -2).ravel().astype(np.int32)
    front, steps = np.array([start]), 0
    while len(front):
        away[front] = steps
        beside = (front[:, None] + around).ravel()
        front, steps = np.unique(beside[away[beside] == -1]), steps + 1
    return np.maximum(away, -1)


def _polygons(part: Alpha) -> Iterator[Points]:
    """Around the error, coarser and finer."""
    (contour, *_), _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for tolerance in (6.0, 3.0, 1.5):
        corners = cv2.approxPolyDP(contour, tolerance, closed=True).reshape(-1, 2).astype(float)
        if len(corners) >= 3:
            yield [(x, y) for x, y in corners]


def _do(editor: MaskEditor, act: Act, image: Image) -> None:
    if act.value is None:
        touched = np.zeros_like(editor.mask)
        for start, end in pairwise([act.path[0], *act.path]):
            draw_stroke(touched, start, end, act.radius, 255)
        editor.snap(image, touched)
    elif not act.radius:
        _click_around(editor, act.path, act.value)
    else:
        editor.begin_stroke(*act.path[0], act.radius, act.value)
        for place in act.path[1:]:
            editor.stroke_to(*place, act.radius, act.value)
        editor.end_stroke()


def _click_around(editor: MaskEditor, corners: Points, value: int) -> None:
    for corner in corners:
        editor.add_point(*corner)
    editor.close_polygon(value)


def _right(mask: Alpha, truth: Alpha) -> float:
    return iou(mask >= 128, truth >= 128)


def _wrong(mask: Alpha, truth: Alpha) -> int:
    return int(np.count_nonzero((mask >= 128) != (truth >= 128)))


def proposed(folders: dict[str, Path]) -> dict[str, Alpha]:
    """The network's mask of each frame, from the tool's own process beside, which sees no true mask."""
    proposals = Proposals()
    masks: dict[str, Alpha] = {}
    by_path = {path: name for name, path in folders.items()}
    for path in by_path:
        proposals.ask(path, path.parent / "bkg.png")
    until = time.monotonic() + 300
    while len(masks) < len(folders) and time.monotonic() < until:
        for proposal in proposals.news():
            if proposal.mask is None:
                sys.exit(f"{proposal.frame}: {proposal.words}")
            masks[by_path[proposal.frame]] = proposal.mask
        time.sleep(0.02)
    proposals.close()
    return masks


def table(efforts: dict[str, tuple[Effort, Effort]]) -> str:
    """As Markdown, a row a frame."""
    lines = [
        "| frame | by hand: clicks | IoU | proposal's IoU | clicks | strokes | IoU | actions saved |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, (hand, mend) in efforts.items():
        mark = "" if name.split("/")[0] in KEPT_ASIDE else " (trained on)"
        saved = f"{100 * (1 - mend.actions / hand.actions):.0f} %"
        lines.append(
            f"| set {name}{mark} | {hand.clicks} | {hand.after:.3f} | {mend.before:.3f} "
            f"| {mend.clicks} | {mend.strokes} | {mend.after:.3f} | {saved} |"
        )
    for words, rows in _groups(efforts):
        hands, mends = sum(hand.actions for hand, _ in rows), sum(mend.actions for _, mend in rows)
        lines.append(
            f"| **{words}** | {hands / len(rows):.1f} | | | {sum(mend.clicks for _, mend in rows) / len(rows):.1f} "
            f"| {sum(mend.strokes for _, mend in rows) / len(rows):.1f} | | {100 * (1 - mends / hands):.0f} % |"
        )
    return "\n".join(lines)


def _groups(efforts: dict[str, tuple[Effort, Effort]]) -> Iterator[tuple[str, list[tuple[Effort, Effort]]]]:
    aside = [effort for name, effort in efforts.items() if name.split("/")[0] in KEPT_ASIDE]
    yield "mean, kept aside", aside
    if len(aside) < len(efforts):
        yield "mean, all", list(efforts.values())


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("../shared/data"))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the table goes as well.")
def main(data: Path, out: Path | None) -> None:
    """Count clicks and strokes to an IoU of 0.98, with the network's proposal and by hand."""
    # no state of anybody's studio: the shipped weights propose
    os.environ["BGSUB_INSTANCE"] = "bench-labelling"
    frames = {name: data / f"seed_sets/set{name}.png" for name in FRAMES}
    truths = {name: _truth(path) for name, path in frames.items()}
    with tempfile.TemporaryDirectory() as folder:
        copies = {name: _without_mask(path, Path(folder)) for name, path in frames.items()}
        masks = proposed(copies)
    efforts = {
        name: (by_hand(truths[name]), mending(masks[name], truths[name], read_image(path)))
        for name, path in frames.items()
    }
    printed = f"{table(efforts)}\n\nWeights {Weights.shipped().id}."
    click.echo(printed)
    if out is not None:
        write_aside(out, f"{printed}\n".encode())


def _truth(frame: Path) -> Alpha:
    mask = read_image(frame.with_name(f"{frame.stem}_mask.png"))[..., 0]
    return np.where(mask >= 128, 255, 0).astype(np.uint8)


def _without_mask(frame: Path, folder: Path) -> Path:
    place = folder / frame.parent.name
    place.mkdir(exist_ok=True)
    for path in (frame, frame.parent / "bkg.png"):
        shutil.copy(path, place)
    return place / frame.name


if __name__ == "__main__":
    main()
