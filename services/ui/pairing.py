"""Which frame to show, and with which mask. A mask is laid on the frame it was made from, and on no other."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from common.messages import Frame, FrameKey, Mask

RING = 32
"""Frames held, at most: half a second of a fast camera."""
ARRIVALS = 256
"""Frames whose coming is remembered, to tell how long their masks took."""
MASKS_FLOW_S = 1.0
"""Frames wait for masks only while masks come."""


class Sync(StrEnum):
    """exact: a frame waits for its mask, up to a limit. newest: the newest frame with the newest mask, at once.

    Where masks take longer than the limit (a slow machine) waiting would only make everything late: then exact does as
    newest does, and `late` tells it.
    """

    EXACT = "exact"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class View:
    """What to show: a frame and the mask on it. `own` tells that the mask was made from this very frame."""

    frame: Frame
    mask: Mask | None
    own: bool


@dataclass(slots=True)
class _Held:
    frame: Frame
    came: float
    mask: Mask | None = None


class Pairing:
    """Holds frames until their masks come. Times are seconds of the monotonic clock.

    A frame's place in time is the order it came in; keys pair, so a restarted camera or segment mixes nothing up.
    """

    def __init__(self, sync: Sync, hold_s: float) -> None:
        self.sync = sync
        self.hold_s = hold_s
        self._ring: OrderedDict[FrameKey, _Held] = OrderedDict()
        self._arrivals: OrderedDict[FrameKey, float] = OrderedDict()
        self._delay = 0.0
        self._newest_mask: Mask | None = None
        self._mask_came = float("-inf")

    def add_frame(self, frame: Frame, now: float) -> None:
        """Takes a frame; one that came before is passed over."""
        self._ring.setdefault(frame.key, _Held(frame, now))
        self._arrivals.setdefault(frame.key, now)
        while len(self._ring) > RING:
            self._ring.popitem(last=False)
        while len(self._arrivals) > ARRIVALS:
            self._arrivals.popitem(last=False)

    def add_mask(self, mask: Mask, now: float) -> None:
        """Takes a mask. That of a frame already shown or never seen pairs with nothing."""
        self._newest_mask, self._mask_came = mask, now
        self._delay = now - self._arrivals[mask.key] if mask.key in self._arrivals else self._delay
        held = self._ring.get(mask.key)
        if held is not None and mask.alpha.shape == held.frame.image.shape[:2]:
            held.mask = mask

    def masks_flow(self, now: float) -> bool:
        """Whether masks come at all."""
        return now - self._mask_came < MASKS_FLOW_S

    def late(self, now: float) -> bool:
        """Whether masks come, but too late for the frames to wait for them."""
        return self.masks_flow(now) and self._delay > self.hold_s

    def next(self, now: float, only_pairs: bool = False) -> View | None:
        """What to show now, or None while what is shown must stay. Never goes back in time.

        With `only_pairs` a frame without its own mask never comes out, whatever `sync` says and however late it gets.
        """
        chosen = self._choose(now, only_pairs)
        if chosen is None:
            return None
        while self._ring:
            key, _ = self._ring.popitem(last=False)
            if key == chosen.frame.key:
                break
        if chosen.mask is not None:
            return View(chosen.frame, chosen.mask, own=True)
        at_once = self.sync is Sync.NEWEST or self.late(now)
        return View(chosen.frame, self._lagging(chosen.frame, now) if at_once else None, own=False)

    def _choose(self, now: float, only_pairs: bool) -> _Held | None:
        held = list(self._ring.values())
        if self.sync is Sync.NEWEST and not only_pairs:
            return held[-1] if held else None
        paired = next((one for one in reversed(held) if one.mask is not None), None)
        if paired is not None or only_pairs:
            return paired
        if not self.masks_flow(now) or self.late(now):
            return held[-1] if held else None
        return next((one for one in reversed(held) if now - one.came >= self.hold_s), None)

    def _lagging(self, frame: Frame, now: float) -> Mask | None:
        mask = self._newest_mask
        fits = mask is not None and self.masks_flow(now) and mask.alpha.shape == frame.image.shape[:2]
        return mask if fits else None
