"""Keeps a picture as a PNG with alpha: the people alone, cut out of the room, or all of it in another room."""

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from common.files import write_new
from common.messages import Image
from services.ui.apps.app import App
from services.ui.apps.clone import Clone
from services.ui.draw.layers import cut_out, lift
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State


def picture_of(app: App, view: View, state: State) -> Image:
    """What to keep, BGRA: whoever the app cuts out, or its whole picture where it puts them somewhere else."""
    if app.hides_room or view.mask is None or not view.own:
        return np.asarray(cv2.cvtColor(app.compose(view, state), cv2.COLOR_BGR2BGRA), np.uint8)
    height, width = view.frame.image.shape[:2]
    if isinstance(app, Clone) and app.cast:
        return cut_out(app.cast, height, width)
    plate = state.plate.image if state.plate is not None and state.plate.plate_id == view.mask.plate_id else None
    return cut_out([(lift(view.frame.image, view.mask.alpha, plate), 0)], height, width)


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
