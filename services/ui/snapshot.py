"""Keeps a picture: a PNG that holds the person alone where the app shows the room, with alpha."""

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from common.files import write_new
from common.messages import Image
from services.ui.apps.app import App
from services.ui.draw.layers import lift
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State


def picture_of(app: App, view: View, state: State) -> Image:
    """What to keep: the app's picture without the buttons; the studio's is the person cut out, BGRA, where masked."""
    if app.name != "studio" or view.mask is None or not view.own:
        return app.compose(view, state)
    alpha = view.mask.alpha
    plate = state.plate.image if state.plate is not None and state.plate.plate_id == view.mask.plate_id else None
    light = lift(view.frame.image, alpha, plate).astype(np.float32)
    # PNG wants the colour itself, not its light
    colour = light * 255 / np.maximum(alpha, 1)[..., None]
    return np.dstack([np.clip(np.rint(colour), 0, 255).astype(np.uint8), alpha])


def keep(image: Image, folder: Path) -> Sentence:
    """Writes the picture under a name of its own; returns what to say of it."""
    name = f"{datetime.now():%Y-%m-%d %H-%M-%S}.png"
    if (folder / name).exists():
        return Sentence("One picture a second is kept. Press again.", Level.WARN)
    _, png = cv2.imencode(".png", image)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_new(folder / name, png.tobytes())
    except OSError as error:
        return Sentence(f"The picture could not be kept in {folder}: {error.strerror}.", Level.BAD)
    return Sentence(f"Kept {folder / name}", Level.GOOD)
