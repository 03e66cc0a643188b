"""The person in a frame: every part laid over the room, the far ones first."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.camera.demo.parts import YAW_STEP, YAWS, Parts
from services.camera.demo.performance import Performance
from services.camera.demo.skeleton import Body, Limb, Vector
from services.camera.demo.sprite import Pixels, Sprite, draw

_OPENS = 0.10
"""A hand is drawn open once its palm is this far from where it hangs, in heights."""


def draw_person(canvas: Pixels, parts: Parts, stage: Performance, body: Body, level: float) -> None:
    """Lays the person over the BGRA canvas, whose alpha then holds the true mask. `level` is that of the light."""
    at = stage.pixel
    facing = 1 if body.yaw >= 0 else -1
    far_arm, near_arm = (body.left_arm, body.right_arm) if facing > 0 else (body.right_arm, body.left_arm)
    far_leg, near_leg = (body.left_leg, body.right_leg) if facing > 0 else (body.right_leg, body.left_leg)
    turned_away = abs(body.yaw) > 0.5
    if turned_away:
        _arm(canvas, parts, stage, far_arm, body, 0.86 * level)
    _leg(canvas, parts, stage, far_leg, (0.84 if turned_away else 1.0) * level)
    _leg(canvas, parts, stage, near_leg, level)
    draw(canvas, parts.neck, at(body.chin), at(body.neck), level=level)
    torso, flip = _for_yaw(parts.torsos, body.yaw)
    draw(canvas, torso, at(body.neck), at(body.hips), flip, level)
    crown = body.chin + (body.chin - body.neck) * np.array([0.5, 0, 0.5]) + np.array([0.0, -0.124, 0.0])
    head, flip = _for_yaw(parts.heads, body.head_yaw)
    # a head points up, where right and left change sides
    draw(canvas, head, at(body.chin), at(crown), -flip, level)
    if not turned_away:
        _arm(canvas, parts, stage, far_arm, body, level)
    _arm(canvas, parts, stage, near_arm, body, level)


def shadow(canvas: Pixels, stage: Performance, body: Body, strength: float) -> None:
    """Darkens wall and floor where the person keeps the window's light away. Drawn small, as soft things can be."""
    high, wide = canvas.shape[:2]
    small = np.zeros((high // 8, wide // 8), np.uint8)
    aside = np.array([0.075, -0.035])

    def stick(start: Vector, end: Vector, thick: float, level: int) -> None:
        ends = [np.round((stage.pixel(point) + aside * stage.scale) * 2).astype(int) for point in (start, end)]
        cv2.line(
            small, *[(int(x), int(y)) for x, y in ends], level, max(1, int(thick * stage.scale / 8)), cv2.LINE_AA, 4
        )

    chin_up = np.array([0.0, -0.06, 0.0])
    stick(body.chin + chin_up, body.chin + chin_up, 0.10, 255)
    stick(body.neck + np.array([0, 0.07, 0]), body.hips, 0.17, 255)
    for limb, thick in ((body.left_arm, 0.06), (body.right_arm, 0.06), (body.left_leg, 0.08), (body.right_leg, 0.08)):
        stick(limb.root, limb.middle, thick, 255)
        stick(limb.middle, limb.end if thick > 0.07 else limb.tip, thick, 255)
    soft = cv2.GaussianBlur(small, (0, 0), 2.2)
    for limb in (body.left_leg, body.right_leg):
        x, y = stage.pixel(limb.end) / 8
        foot = (int(16 * x), int(16 * min(y + 0.045 * stage.scale / 8, small.shape[0] - 1.0)))
        cv2.ellipse(
            soft, foot, (int(16 * 0.07 * stage.scale / 8), int(16 * 0.022 * stage.scale / 8)), 0, 0, 360, 255, -1, 16, 4
        )
    factor = 255 - cv2.GaussianBlur(soft, (0, 0), 0.8).astype(np.float32) * strength
    columns = np.flatnonzero(factor.min(0) < 254)
    if columns.size:
        _darken(canvas, factor.astype(np.uint8), int(columns[0]), int(columns[-1]) + 1)


def _darken(canvas: Pixels, factor: NDArray[np.uint8], first: int, last: int) -> None:
    high, wide = canvas.shape[:2]
    x0, x1 = first * wide // factor.shape[1], min(wide, last * wide // factor.shape[1])
    level = cv2.resize(factor[:, first:last], (x1 - x0, high), interpolation=cv2.INTER_LINEAR)
    under = canvas[:, x0:x1]
    cv2.multiply(under, cv2.merge([level, level, level, level]), under, 1 / 255)


def _for_yaw(sprites: tuple[Sprite, ...], yaw: float) -> tuple[Sprite, int]:
    return sprites[min(YAWS - 1, round(abs(yaw) / YAW_STEP))], 1 if yaw >= 0 else -1


def _leg(canvas: Pixels, parts: Parts, stage: Performance, leg: Limb, level: float) -> None:
    root, middle, end, tip = (stage.pixel(joint) for joint in (leg.root, leg.middle, leg.end, leg.tip))
    draw(canvas, parts.shoe, end, tip, level=level)
    draw(canvas, parts.shin, middle, end, level=level)
    draw(canvas, parts.thigh, root, middle, level=level)


def _arm(canvas: Pixels, parts: Parts, stage: Performance, arm: Limb, body: Body, level: float) -> None:
    root, middle, end, tip = (stage.pixel(joint) for joint in (arm.root, arm.middle, arm.end, arm.tip))
    flip = -1 if arm is body.left_arm else 1
    hangs = float((arm.tip - arm.root)[1])
    hand = parts.loose_hand if hangs > 0.31 else parts.open_hand
    draw(canvas, hand, end, tip, flip, level)
    draw(canvas, parts.forearm, middle, end, flip, level)
    draw(canvas, parts.upper_arm, root, middle, flip, level)
