"""A scene of our own drawing: a lit room, empty at first, then a person who walks in and presses the buttons.

Every frame's true alpha and palms are known, so that tests can hold the live system against them. It is seeded and a
function of the frame's number alone; it is never trained on.
"""

from services.camera.demo.scene import FPS, PERIOD, Truth, scene_of
from services.camera.demo.source import Demo

__all__ = ["FPS", "PERIOD", "Demo", "Truth", "truth"]


def truth(index: int, width: int = 640, height: int = 480) -> Truth:
    """What is true of the demo's frame `index` at that size: alpha uint8 (height, width), and the palms in sight."""
    return scene_of(width, height).truth(index)
