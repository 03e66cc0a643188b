"""The apps, in the order of their keys 1, 2, 3, 4."""

from common.messages import Train
from services.ui.apps.app import App
from services.ui.apps.backdrop import Backdrop
from services.ui.apps.clone import Clone
from services.ui.apps.mask import MaskTest
from services.ui.apps.studio import TRAIN, Studio


def apps(backdrop: str = "", train: Train = TRAIN) -> tuple[App, ...]:
    """One of each, fresh. `backdrop`: an image or film for the backdrop app; UserError where it cannot be read.

    `train` is what the studio's Trn asks for.
    """
    return Studio(train=train), MaskTest(), Clone(), Backdrop(backdrop)
