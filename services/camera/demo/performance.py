"""What the person does: a track of keyframes for each thing that moves, and the body at any time.

Sav comes before Bkg, and the person leaves after Bkg: its countdown then ends in the empty room, so that the plate the
demo asks for can be learned. Ext is never touched.
"""

import math
from dataclasses import dataclass

import numpy as np

from services.camera.demo import skeleton as s
from services.camera.demo.skeleton import Body, Vector

PERIOD_S = 24.0
ENTERS_S, GONE_S = 8.0, 23.5
SAV, BKG = (0.85, 0.45), (0.15, 0.45)
"""Centres of the buttons, in widths and heights of the picture."""
HEIGHT = 0.885
"""The person's, in heights of the picture."""
GROUND = 0.965
_DOWN = np.array([0.0, 1.0, 0.0])
_STEP = 0.60
_REACH = 0.375

Track = tuple[tuple[float, float], ...]
"""Times in seconds and values; between them it eases from one to the next."""

YAW: Track = ((10.1, -1.25), (10.8, 0.0), (21.35, 0.0), (21.9, -1.3))
HEAD_YAW: Track = (
    (9.6, -1.0), (10.5, 0.0), (13.7, 0.0), (14.2, 0.55), (15.2, 0.5), (15.7, 0.1), (16.6, 0.1), (17.2, -0.25),
    (18.4, -0.25), (18.8, -0.55), (19.8, -0.5), (20.3, -0.1), (21.1, -0.1), (21.6, -1.2),
)  # fmt: skip
STRIDE: Track = (
    (10.1, 1.0), (10.8, 0.0), (13.3, 0.0), (13.5, 0.4), (13.9, 0.4), (14.15, 0.0),
    (16.9, 0.0), (17.2, 0.55), (18.1, 0.55), (18.5, 0.0), (21.5, 0.0), (21.9, 1.0),
)  # fmt: skip
GREETS: Track = ((10.9, 0.0), (11.5, 1.0), (12.9, 1.0), (13.5, 0.0))
PRESSES_SAV: Track = ((13.8, 0.0), (14.5, 1.0), (16.6, 1.0), (17.2, 0.0))
PRESSES_BKG: Track = ((18.2, 0.0), (18.9, 1.0), (21.1, 1.0), (21.7, 0.0))


def at(track: Track, time_s: float) -> float:
    """A track's value."""
    times, values = zip(*track, strict=True)
    after = int(np.searchsorted(times, time_s))
    if after in (0, len(times)):
        return float(values[min(after, len(times) - 1)])
    part = (time_s - times[after - 1]) / (times[after] - times[after - 1])
    return float(values[after - 1] + (values[after] - values[after - 1]) * part * part * (3 - 2 * part))


class Performance:
    """The visit, for a picture of some size. Positions are in heights of the person."""

    def __init__(self, width: int, height: int) -> None:
        self.scale = HEIGHT * height
        """Pixels of one height of the person."""
        self.ground_y = GROUND * height
        wide = width / self.scale
        self._sav, self._bkg = (self._place(width * x, height * y) for x, y in (SAV, BKG))
        down = self._sav[1] + s.SHOULDER_UP
        aside = s.SHOULDER_HALF + float(np.sqrt(_REACH**2 - min(abs(down), 0.35) ** 2))
        self._middle, self._at_sav, self._at_bkg = wide * 0.52, float(self._sav[0]) - aside, float(self._bkg[0]) + aside
        self._outside = wide + 0.28

    def pixel(self, point: Vector) -> tuple[float, float]:
        """A point of the body in pixels of the picture."""
        x, y = s.projected(point)
        return x * self.scale, y * self.scale + self.ground_y

    def body(self, time_s: float) -> Body | None:
        """The body at a time of the period; None while nobody is in the room."""
        if not ENTERS_S <= time_s < GONE_S:
            return None
        gait = Gait(self._x(time_s), at(YAW, time_s), at(STRIDE, time_s))
        sway = 0.0025 * np.sin(1.9 * time_s)
        bob = 0.016 * gait.stride - 0.007 * gait.stride * np.cos(4 * np.pi * gait.x / _STEP)
        hips = np.array([gait.x + sway, -s.HIP_UP + bob, 0.0])
        lean = gait.ahead * 0.012 * gait.stride
        neck = hips + np.array([-0.6 * sway, s.HIP_UP - s.NECK_UP + 0.001 * np.sin(1.5 * time_s), 0.0]) + lean
        chin = neck + np.array([0.0, s.NECK_UP - s.CHIN_UP, 0.0]) + gait.ahead * 0.016
        crown = chin + np.array([0.5 * (chin - neck)[0], -s.HEAD, 0.5 * (chin - neck)[2]])
        left_arm, right_arm = (self._arm(time_s, neck, gait, side) for side in (1, -1))
        left_leg, right_leg = (_leg(hips, gait, side) for side in (1, -1))
        head_yaw = at(HEAD_YAW, time_s)
        return Body(gait.yaw, head_yaw, hips, neck, chin, crown, left_arm, right_arm, left_leg, right_leg)

    def _place(self, x: float, y: float) -> Vector:
        return np.array([x / self.scale, (y - self.ground_y) / self.scale, 0.0])

    def _x(self, time_s: float) -> float:
        if time_s < 10.7:
            part = (time_s - ENTERS_S) / (10.7 - ENTERS_S)
            return self._outside + (self._middle - self._outside) * (1 - math.pow(1 - part, 1.7))
        if time_s > 21.5:
            part = (time_s - 21.5) / (GONE_S - 21.5)
            return self._at_bkg + (-0.28 - self._at_bkg) * math.pow(part, 1.5)
        stands = ((13.3, self._middle), (14.1, self._at_sav), (16.9, self._at_sav), (18.4, self._at_bkg))
        return at(stands, time_s)

    def _arm(self, time_s: float, neck: Vector, gait: "Gait", side: int) -> s.Limb:
        """An arm that hangs and swings, or presses its button: Sav is the left one's, Bkg the right one's."""
        shoulder = neck + side * s.SHOULDER_HALF * gait.left + (s.NECK_UP - s.SHOULDER_UP) * _DOWN
        swing = -0.13 * gait.stride * float(np.cos(2 * np.pi * gait.cycle(side)))
        palm = shoulder + side * 0.045 * gait.left + 0.365 * _DOWN + (0.045 + swing) * gait.ahead
        hint = side * 0.5 * gait.left + 0.1 * _DOWN - gait.ahead
        presses, button = (PRESSES_SAV, self._sav) if side > 0 else (PRESSES_BKG, self._bkg)
        touching = at(presses, time_s)
        reach = button + 0.004 * np.array([np.sin(2.3 * time_s), np.cos(1.7 * time_s), 0.0])
        palm = palm + touching * (reach - palm) + 0.40 * touching * (1 - touching) * gait.ahead
        hint = hint + touching * (0.9 * _DOWN + 0.4 * side * gait.left + 0.6 * gait.ahead)
        if side < 0:
            palm, hint = _greeting(time_s, shoulder, palm, hint, gait)
        return s.arm(shoulder, palm, hint)


@dataclass(frozen=True, slots=True)
class Gait:
    """How the person stands or walks: where, facing what, and with what part of a full stride."""

    x: float
    yaw: float
    stride: float

    @property
    def ahead(self) -> Vector:
        return s.forward(self.yaw)

    @property
    def left(self) -> Vector:
        return s.leftward(self.yaw)

    def cycle(self, side: int) -> float:
        """Where a leg is in its steps, 0 to 1; it comes of the way made, so that feet do not slide."""
        return (self.x / _STEP + 0.25 * side) % 1.0


def _leg(hips: Vector, gait: Gait, side: int) -> s.Limb:
    """A foot stands still for half of the cycle and swings for the other half."""
    hip = hips + side * s.HIP_HALF * gait.left
    # walking is to the left of the picture or sideways, where the cycle runs backwards
    swing = float(np.clip((0.5 - gait.cycle(side)) / 0.5, 0, 1))
    swung = swing * swing * (3 - 2 * swing)
    lifted = gait.stride * float(np.sin(np.pi * swing))
    apart = hip + 0.010 * side * gait.left
    ahead = _STEP * (0.75 - gait.cycle(side) - swung) * gait.stride
    ankle = np.array([apart[0] + ahead, -s.ANKLE - 0.055 * lifted, apart[2]])
    return s.leg(hip, ankle, gait.yaw, heel=0.5 * lifted + 0.02)


def _greeting(time_s: float, shoulder: Vector, palm: Vector, hint: Vector, gait: Gait) -> tuple[Vector, Vector]:
    """The right palm, and where its elbow goes, on the way to a greeting and while it waves."""
    raised = at(GREETS, time_s)
    up = shoulder + np.array([-0.1 + 0.045 * np.sin(7.0 * time_s), -0.02, 0.13])
    palm = palm + raised * (up - palm) + 0.48 * raised * (1 - raised) * (gait.ahead - 0.6 * gait.left)
    elbow = (3.9 * _DOWN - gait.left + 0.6 * gait.ahead) * raised
    return palm, hint + elbow
