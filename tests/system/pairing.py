"""Pairs of frame and mask off the bus."""

from collections.abc import Iterator

from common.bus import Bus
from common.messages import Frame, FrameKey, Mask
from tests.system.running import read_for


def pairs(bus: Bus, seconds: float) -> Iterator[tuple[Frame, Mask]]:
    """Each mask with its own frame, as they arrive; `bus` reads Frame and Mask."""
    waiting: dict[FrameKey, Frame] = {}
    for message in read_for(bus, [Frame, Mask], seconds):
        if isinstance(message, Frame):
            waiting[message.key] = message
            while len(waiting) > 60:
                waiting.pop(next(iter(waiting)))
        elif message.key in waiting:
            yield waiting.pop(message.key), message
