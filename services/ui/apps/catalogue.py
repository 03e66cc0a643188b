"""The apps, in the order of their keys 1, 2, 3, 4, 5."""

from pathlib import Path

from common.messages import Train
from common.sets import ImageSets
from services.ui.apps.app import App
from services.ui.apps.backdrop import Backdrop
from services.ui.apps.clone import Clone
from services.ui.apps.label import Label
from services.ui.apps.mask import MaskTest
from services.ui.apps.studio import TRAIN, Studio
from services.ui.label.labeller import Labeller
from services.ui.label.proposals import Proposals
from services.ui.label.work import Work


def apps(backdrop: str = "", train: Train = TRAIN, sets: str = "images") -> tuple[App, ...]:
    """One of each, fresh. `backdrop`: an image or film for the backdrop app; UserError where it cannot be read.

    `train` is what the studio's Trn asks for, `sets` the folder whose frames are labelled.
    """
    label = Label(lambda: Labeller(Work(ImageSets(Path(sets))), Proposals()))
    return Studio(train=train), MaskTest(), Clone(), Backdrop(backdrop), label
