"""The person in a frame: every part laid over the room, the far ones first."""

from collections.abc import Iterator
from typing import cast

import cv2
import numpy as np

from services.camera.demo.parts import YAW_STEP, YAWS, Parts
from services.camera.demo.performance import Performance
from services.camera.demo.skeleton import Body, Limb, Vector
from services.camera.demo.sprite import Pixels, Sprite, draw

_HANGS = 0.31
"""A palm that far below its shoulder, in heights, belongs to a hand at rest."""
_FAR = 0.85
"""The light on limbs behind the body."""
_SHRINK, _BITS = 8, 4
_FAINT = 10
"""Shadow of less than this of 255 is not worth the time."""
_ASIDE = np.array([0.075, -0.035, 0.0])
"""Where the shadow falls, away from the window."""
_FACE, _CHEST = np.array([0.0, -0.06, 0.0]), np.array([0.0, 0.07, 0.0])


def draw_person(canvas: Pixels, parts: Parts, stage: Performance, body: Body, *, level: float) -> None:
    """Lays the person over the BGRA canvas, whose alpha then holds the true mask. `level` is that of the light."""
    at = stage.pixel
    left_is_far, turned_away = body.yaw >= 0, abs(body.yaw) > 0.5
    arms, legs = [(body.left_arm, -1), (body.right_arm, 1)], [body.left_leg, body.right_leg]
    (far_arm, far_side), (near_arm, near_side) = arms if left_is_far else arms[::-1]
    far_leg, near_leg = legs if left_is_far else legs[::-1]
    in_shade = (_FAR if turned_away else 1.0) * level
    if turned_away:
        _arm(canvas, parts, stage, far_arm, flip=far_side, level=in_shade)
    _leg(canvas, parts, stage, far_leg, level=in_shade)
    _leg(canvas, parts, stage, near_leg, level=level)
    draw(canvas, parts.neck, at(body.chin), at(body.neck), level=level)
    torso, flip = _for_yaw(parts.torsos, body.yaw)
    draw(canvas, torso, at(body.neck), at(body.hips), flip=flip, level=level)
    head, flip = _for_yaw(parts.heads, body.head_yaw)
    # a head points up, where right and left change sides
    draw(canvas, head, at(body.chin), at(body.crown), flip=-flip, level=level)
    if not turned_away:
        _arm(canvas, parts, stage, far_arm, flip=far_side, level=level)
    _arm(canvas, parts, stage, near_arm, flip=near_side, level=level)


def shadow(canvas: Pixels, stage: Performance, body: Body, strength: float) -> None:
    """Darkens wall and floor where the person keeps the window's light away. Drawn small, as soft things can be."""
    small = np.zeros((canvas.shape[0] // _SHRINK, canvas.shape[1] // _SHRINK), np.uint8)
    for start, end, thick in _sticks(body):
        ends = [_fixed(stage.pixel(joint + _ASIDE)) for joint in (start, end)]
        cv2.line(small, ends[0], ends[1], 255, max(1, round(thick * stage.scale / _SHRINK)), cv2.LINE_AA, _BITS)
    small = cast(Pixels, cv2.blur(cv2.blur(small, (5, 5)), (5, 5)))
    for limb in (body.left_leg, body.right_leg):
        x, y = _fixed(stage.pixel(limb.end + np.array([0.0, 0.045, 0.0])))
        axes = _fixed((0.07 * stage.scale, 0.022 * stage.scale))
        cv2.ellipse(small, (x, min(y, (small.shape[0] - 1) << _BITS)), axes, 0, 0, 360, 255, -1, cv2.LINE_AA, _BITS)
    small = cast(Pixels, cv2.blur(small, (3, 3)))
    x, y, wide, high = cv2.boundingRect((small > _FAINT).astype(np.uint8))
    if wide:
        left = cv2.bitwise_not(cv2.convertScaleAbs(small[y : y + high, x : x + wide], alpha=strength))
        _darken(canvas, cast(Pixels, left), x, y)


def _sticks(body: Body) -> Iterator[tuple[Vector, Vector, float]]:
    """The body as lines with a thickness, in heights."""
    yield body.chin + _FACE, body.chin + _FACE, 0.10
    yield body.neck + _CHEST, body.hips, 0.17
    for limb in (body.left_arm, body.right_arm):
        yield limb.root, limb.middle, 0.06
        yield limb.middle, limb.tip, 0.06
    for limb in (body.left_leg, body.right_leg):
        yield limb.root, limb.middle, 0.08
        yield limb.middle, limb.end, 0.08


def _fixed(point: tuple[float, float]) -> tuple[int, int]:
    """Pixels of the picture as fixed-point pixels of the small one."""
    return round(point[0] * (1 << _BITS) / _SHRINK), round(point[1] * (1 << _BITS) / _SHRINK)


def _darken(canvas: Pixels, factor: Pixels, x: int, y: int) -> None:
    """Multiplies a part of the canvas, of no alpha yet, by a small picture of factors; 255 leaves it as it is."""
    x0, y0, high, wide = x * _SHRINK, y * _SHRINK, factor.shape[0] * _SHRINK, factor.shape[1] * _SHRINK
    under = canvas[y0 : y0 + high, x0 : x0 + wide]
    level = cv2.resize(factor, under.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    cv2.multiply(under, cv2.cvtColor(level, cv2.COLOR_GRAY2BGRA), under, 1 / 255)


def _for_yaw(sprites: tuple[Sprite, ...], yaw: float) -> tuple[Sprite, int]:
    return sprites[min(YAWS - 1, round(abs(yaw) / YAW_STEP))], 1 if yaw >= 0 else -1


def _leg(canvas: Pixels, parts: Parts, stage: Performance, leg: Limb, *, level: float) -> None:
    heel = leg.end + np.array([0.0, 0.015, 0.0])
    root, middle, end, sole, tip = map(stage.pixel, (leg.root, leg.middle, leg.end, heel, leg.tip + heel - leg.end))
    draw(canvas, parts.shoe, sole, tip, level=level)
    draw(canvas, parts.shin, middle, end, level=level)
    draw(canvas, parts.thigh, root, middle, level=level)


def _arm(canvas: Pixels, parts: Parts, stage: Performance, arm: Limb, *, flip: int, level: float) -> None:
    root, middle, end, tip = map(stage.pixel, (arm.root, arm.middle, arm.end, arm.tip))
    hand = parts.loose_hand if arm.tip[1] - arm.root[1] > _HANGS else parts.open_hand
    draw(canvas, hand, end, tip, flip=flip, level=level)
    draw(canvas, parts.upper_arm, root, middle, flip=flip, level=level)
    draw(canvas, parts.forearm, middle, end, flip=flip, level=level)
