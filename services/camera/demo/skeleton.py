"""A body of sticks: where every joint is, from where the feet and palms are to be.

Lengths are in heights of the person. x goes right in the picture, y down, z towards the viewer; the ground is y = 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

THIGH, SHIN, ANKLE = 0.222, 0.215, 0.042
HIP_HALF, SHOULDER_HALF = 0.046, 0.097
HIP_UP, SHOULDER_UP, NECK_UP, CHIN_UP = 0.478, 0.812, 0.842, 0.876
HEAD = 0.124
UPPER_ARM, FOREARM = 0.165, 0.145
PALM = 0.5
"""The palm lies this part of a forearm beyond the wrist, as the glossary has it."""
FOOT, SOLE = 0.098, 0.007
TILT = 0.16
"""How much of z shows as y: the camera looks down a little."""


@dataclass(frozen=True, slots=True)
class Limb:
    """Two bones and what hangs on them: shoulder, elbow, wrist, palm, or hip, knee, ankle, toe."""

    root: Vector
    middle: Vector
    end: Vector
    tip: Vector


@dataclass(frozen=True, slots=True)
class Body:
    """All joints. `yaw` is where the chest faces, 0 at the viewer, positive to the right of the picture."""

    yaw: float
    head_yaw: float
    hips: Vector
    neck: Vector
    chin: Vector
    crown: Vector
    left_arm: Limb
    right_arm: Limb
    left_leg: Limb
    right_leg: Limb


def forward(yaw: float) -> Vector:
    """Where the chest faces."""
    return np.array([np.sin(yaw), 0.0, np.cos(yaw)])


def leftward(yaw: float) -> Vector:
    """Where the person's own left is: right in the picture when facing the viewer."""
    return np.array([np.cos(yaw), 0.0, -np.sin(yaw)])


def bend(root: Vector, end: Vector, first: float, second: float, hint: Vector) -> tuple[Vector, Vector]:
    """Middle and end joint of two bones that reach for `end` as far as they can, the middle one towards `hint`."""
    reach = end - root
    distance = float(np.clip(np.linalg.norm(reach), abs(first - second) + 1e-6, first + second - 1e-6))
    along = reach / np.linalg.norm(reach)
    side = hint - along * (hint @ along)
    side /= np.linalg.norm(side)
    on_line = (distance**2 + first**2 - second**2) / (2 * distance)
    off_line = float(np.sqrt(max(0.0, first**2 - on_line**2)))
    return root + along * on_line + side * off_line, root + along * distance


def arm(shoulder: Vector, palm: Vector, hint: Vector) -> Limb:
    """An arm whose palm is at `palm` where it can be."""
    elbow, tip = bend(shoulder, palm, UPPER_ARM, FOREARM * (1 + PALM), hint)
    return Limb(shoulder, elbow, elbow + (tip - elbow) / (1 + PALM), tip)


def leg(hip: Vector, ankle: Vector, yaw: float, heel: float) -> Limb:
    """A leg whose knee bends forward; `heel` in radians is how far it is lifted off the toe."""
    knee, end = bend(hip, ankle, THIGH, SHIN, forward(yaw) + np.array([0.0, -0.05, 0.0]))
    ahead = forward(yaw)
    # in front view a foot still shows its length a little, since the camera looks down
    toe = ahead * FOOT * np.cos(heel) + np.array([0.0, FOOT * np.sin(heel) + SOLE + 0.016 * abs(ahead[2]), 0.0])
    return Limb(hip, knee, end, end + toe)


def projected(point: Vector) -> tuple[float, float]:
    """Where a point shows, (x, y)."""
    return float(point[0]), float(point[1] + TILT * point[2])
