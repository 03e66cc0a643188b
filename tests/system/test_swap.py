"""Other weights while frames flow: nobody sees a stumble, and no mask comes from anything but the old or the new."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from common.bus import Bus
from common.control import ControlClient, Pending
from common.messages import Done, Frame, FrameKey, Mask, SwapWeights
from common.settings import load_settings
from common.weights import Weights
from tests.system.conftest import Figure
from tests.system.running import NO_PALMS, read_for, system, until

pytestmark = pytest.mark.system

BEFORE_S, AFTER_S, PATIENCE_S = 25.0, 25.0, 90.0
SHARE, STRETCH = 0.99, 2.0


@dataclass
class Seen:
    """What came over the bus, and when."""

    frames: set[FrameKey] = field(default_factory=set)
    masks: dict[FrameKey, str] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def watch(self, bus: Bus, seconds: float) -> Iterator[None]:
        """Notes what comes; one turn a message."""
        for message in read_for(bus, [Frame, Mask], seconds):
            if isinstance(message, Frame):
                self.frames.add(message.key)
            else:
                self.masks[message.key] = message.weights_id
                self.times.append(time.monotonic())
            yield

    def gaps(self, start: float, end: float) -> NDArray[np.float64]:
        """The times between masks within a span, in seconds."""
        times = np.array(self.times)
        return np.diff(times[(times >= start) & (times <= end)])

    def share(self) -> float:
        """How many of the frames got a mask; the last few may still wait for theirs."""
        settled = sorted(self.frames, key=lambda key: key.seq)[2:-5]
        return sum(key in self.masks for key in settled) / len(settled)


def other_weights() -> Weights:
    """The shipped ones, moved by less than a mask could show, under an id of their own."""
    shipped = Weights.shipped()
    moved = {name: (tensor * np.float32(1 + 1e-6)).astype(np.float32) for name, tensor in shipped.tensors.items()}
    return Weights.of(moved, shipped.story)


def finish(pending: Pending, seen: Seen, bus: Bus) -> tuple[float, float]:
    """Watches until AFTER_S past the answer; when the swap was asked for and when it was answered."""
    asked, answered = time.monotonic(), 0.0
    for _ in seen.watch(bus, PATIENCE_S + AFTER_S):
        if not answered and (reply := pending.reply()):
            answered = time.monotonic()
            assert isinstance(reply, Done), reply
        if answered and time.monotonic() - answered > AFTER_S:
            break
    return asked, answered


def test_a_swap_is_not_seen(tmp_path: Path, figure: Figure) -> None:
    other, seen = other_weights(), Seen()
    with (
        system(tmp_path, "--source", "demo", "--front", "web", **NO_PALMS) as running,
        running.listen(Frame, Mask) as bus,
        ControlClient("segment", load_settings(), running.places) as segment,
    ):
        running.learn_plate(insist=True)
        until(lambda: list(seen.watch(bus, 0.5)) and seen.masks)
        seen = Seen()
        start = time.monotonic()
        list(seen.watch(bus, BEFORE_S))
        before = seen.gaps(start, time.monotonic())
        asked, answered = finish(segment.send(SwapWeights(other.to_bytes(), "test"), timeout_s=PATIENCE_S), seen, bus)
    during = seen.gaps(asked - 0.2, answered + 1)
    p99_ms, longest_ms = 1000 * np.percentile(before, 99), 1000 * during.max()
    figure(
        f"swap: {100 * seen.share():.2f} % of {len(seen.frames)} frames got a mask; longest gap {longest_ms:.0f} ms, "
        f"p99 before {p99_ms:.0f} ms; answered after {answered - asked:.1f} s"
    )
    ids = list(seen.masks.values())
    assert ids == [Weights.shipped().id] * ids.index(other.id) + [other.id] * (len(ids) - ids.index(other.id))
    assert seen.share() >= SHARE
    assert longest_ms <= STRETCH * p99_ms
