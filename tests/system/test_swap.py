"""Other weights while frames flow: nobody sees a stumble, and no mask comes from anything but the old or the new."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from common.bus import Bus
from common.control import ControlClient
from common.messages import Blob, Done, Frame, FrameKey, Mask, SwapWeights
from common.settings import load_settings
from common.weights import Weights
from tests.system.conftest import Figure
from tests.system.running import NO_PALMS, read_for, system, until

pytestmark = pytest.mark.system

BEFORE_S, AFTER_S, PATIENCE_S = 25.0, 25.0, 90.0
"""The first swap lies in the middle of a minute."""
SHORTLY_S = 3.0
SWAPS = 3
"""Each with weights never seen before; the middle one counts, since one may meet a stumble of the machine."""
SHARE, STRETCH = 0.99, 2.0
SETTLED_S = 0.5
"""A mask is this much later than its frame, at most."""


@dataclass
class Seen:
    """When each frame came over the bus, and each mask, and what made it."""

    frames: dict[FrameKey, float] = field(default_factory=dict)
    masks: dict[FrameKey, float] = field(default_factory=dict)
    weights: list[str] = field(default_factory=list)

    def watch(self, bus: Bus, seconds: float) -> Iterator[None]:
        """Notes what comes; one turn a message."""
        for message in read_for(bus, [Frame, Mask], seconds):
            if isinstance(message, Frame):
                self.frames[message.key] = time.monotonic()
            else:
                self.masks[message.key] = time.monotonic()
                self.weights.append(message.weights_id)
            yield

    def gaps_ms(self, start: float, end: float) -> NDArray[np.float64]:
        """The times between masks within a span."""
        return 1000 * np.diff([at for at in self.masks.values() if start <= at <= end])

    def share(self, start: float, end: float) -> float:
        """How many of the frames of a span got a mask."""
        frames = [key for key, at in self.frames.items() if start <= at <= end - SETTLED_S]
        return sum(key in self.masks for key in frames) / len(frames)


def other_weights(which: int) -> Weights:
    """The shipped ones, moved by less than a mask could show, under an id of their own."""
    shipped = Weights.shipped()
    factor = np.float32(1 + which * 1e-6)
    moved = {name: (tensor * factor).astype(np.float32) for name, tensor in shipped.tensors.items()}
    return Weights.of(moved, shipped.story)


def swap(
    segment: ControlClient, weights: Weights, seen: Seen, bus: Bus, after_s: float = SHORTLY_S
) -> tuple[float, float]:
    """Swaps, and watches until `after_s` past the answer; when it was asked for, and when it was answered."""
    asked, answered = time.monotonic(), 0.0
    pending = segment.send(SwapWeights(Blob(weights.to_bytes()), "test"), timeout_s=PATIENCE_S)
    for _ in seen.watch(bus, PATIENCE_S + after_s):
        if not answered and (reply := pending.reply()):
            answered = time.monotonic()
            assert isinstance(reply, Done), reply
        if answered and time.monotonic() - answered > after_s:
            break
    return asked, answered


def test_a_swap_is_not_seen(tmp_path: Path, figure: Figure) -> None:
    """Needs a machine without other work: one that is busy misses frames with and without a swap."""
    others, seen = [other_weights(which + 1) for which in range(SWAPS)], Seen()
    with (
        system(tmp_path, "--source", "demo", "--front", "web", **NO_PALMS) as running,
        running.listen(Frame, Mask) as bus,
        ControlClient("segment", load_settings(), running.places) as segment,
    ):
        running.learn_plate(insist=True)
        until(lambda: list(Seen().watch(bus, 0.5)))
        start = time.monotonic()
        list(seen.watch(bus, BEFORE_S))
        begun = time.monotonic()
        spans = [swap(segment, others[0], seen, bus, AFTER_S)]
        minute = time.monotonic()
        spans += [swap(segment, weights, seen, bus) for weights in others[1:]]
    before, after, whole = seen.share(start, begun), seen.share(minute - AFTER_S + 1, minute), seen.share(start, minute)
    p99_ms = np.percentile(seen.gaps_ms(start, begun), 99)
    longest_ms = [seen.gaps_ms(asked, answered + 1).max() for asked, answered in spans]
    gaps = ", ".join(f"{gap:.0f}" for gap in longest_ms)
    waits = ", ".join(f"{answered - asked:.1f}" for asked, answered in spans)
    figure(
        f"swap: {100 * whole:.2f} % of a minute's frames got a mask ({100 * before:.2f} % before it, "
        f"{100 * after:.2f} % after it); longest gaps {gaps} ms, p99 before {p99_ms:.0f} ms; answered after {waits} s"
    )
    assert [weights for weights, _ in groupby(seen.weights)] == [Weights.shipped().id, *(one.id for one in others)]
    assert whole >= SHARE
    assert np.median(longest_ms) <= STRETCH * p99_ms
