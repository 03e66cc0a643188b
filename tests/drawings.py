"""Pictures of our own drawing, with their truth."""

import cv2
import numpy as np


def drawn(seed=1, size=(640, 480)):
    """A room, the same room with a figure in it, and the figure's mask; our own drawing."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(60, 200, (7, 9, 3)).astype(np.float32)
    plate = np.clip(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)
    mask = np.zeros(size[::-1], np.uint8)
    middle = size[0] // 2
    cv2.circle(mask, (middle, size[1] // 4), size[1] // 9, 255, -1, cv2.LINE_AA)
    cv2.ellipse(mask, (middle, size[1]), (size[1] // 4, int(size[1] * 0.62)), 0, 180, 360, 255, -1, cv2.LINE_AA)
    colours = np.full_like(plate, (40, 35, 90))
    colours[: size[1] * 3 // 8] = (120, 150, 205)
    frame = np.where(mask[..., None] > 127, colours, plate)
    noise = rng.normal(0, 3, frame.shape)
    return plate, np.clip(frame + noise, 0, 255).astype(np.uint8), mask
