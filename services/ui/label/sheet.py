"""The frame that lies open: its pictures, the mask being drawn, and what of it is on disk."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from common.errors import UserError
from common.files import write_aside
from common.messages import Alpha, Image
from common.sets import PLATE_NAME, encode_png, read_image, read_mask
from services.ui.label import drafts
from services.ui.label.drafts import Draft
from services.ui.label.editor import MaskEditor
from services.ui.label.work import Item
from services.ui.label.zoom import Zoom


class Origin(StrEnum):
    """How the label on show stands."""

    NEW = "nothing drawn"
    PROPOSED = "proposed"
    DRAFT = "draft"
    WRITTEN = "written"


@dataclass(slots=True)
class Sheet:
    """One frame (BGR), its plate where there is one of its size, the mask, and how the label stands."""

    item: Item
    image: Image
    plate: Image | None
    editor: MaskEditor
    began: Origin
    origin: Origin
    zoom: Zoom
    words: str = ""
    """What is to be told of what was found."""
    cuts: bool = False
    """The open polygon of a draft cuts rather than adds."""

    @property
    def changed(self) -> bool:
        """Whether something is to be written that is not."""
        return self.origin is Origin.DRAFT

    def propose(self, mask: Alpha) -> None:
        """Begins anew with the network's mask."""
        self.editor = MaskEditor(mask)
        self.began = self.origin = Origin.PROPOSED

    def keep(self, cuts: bool) -> None:
        """Keeps the label as it stands; once all steps are taken back there is nothing to keep. Raises OSError."""
        if self.began is not Origin.DRAFT and not self.editor.changed:
            self.origin = self.began
            self.item.draft.unlink(missing_ok=True)
            return
        self.origin = Origin.DRAFT
        drafts.save(self.item.draft, Draft(self.editor.mask, self.editor.points, cuts))

    def write(self) -> bool:
        """Writes the mask and drops the draft; False where the mask beside the frame is this one. Raises OSError."""
        new = self.changed or not self.item.mask.exists()
        if new:
            write_aside(self.item.mask, encode_png(self.editor.mask))
        self.item.draft.unlink(missing_ok=True)
        self.editor.mark()
        self.began = self.origin = Origin.WRITTEN
        return new


def read_sheet(item: Item) -> Sheet:
    """The frame with its draft, else its mask, else nothing drawn. Raises UserError for a frame that cannot be read."""
    image = read_image(item.frame)
    height, width = image.shape[:2]
    draft = drafts.load(item.draft, (height, width))
    if draft is not None:
        editor, origin, words = MaskEditor(draft.mask, draft.points), Origin.DRAFT, f"Your draft of {item.frame.name}"
    else:
        mask, words = _mask(item, (height, width))
        if item.draft.exists():
            words = f"{item.draft.name} is damaged or of another size. It stays until you draw."
        origin = Origin.NEW if mask is None else Origin.WRITTEN
        editor = MaskEditor(np.zeros((height, width), np.uint8) if mask is None else mask)
    sheet = Sheet(item, image, _plate(item, image), editor, origin, origin, Zoom(width, height), words)
    sheet.cuts = draft is not None and draft.cuts
    return sheet


def _plate(item: Item, image: Image) -> Image | None:
    try:
        plate = read_image(item.folder / PLATE_NAME)
    except UserError:
        return None
    return plate if plate.shape == image.shape else None


def _mask(item: Item, shape: tuple[int, int]) -> tuple[Alpha | None, str]:
    """The mask beside the frame, or why it is drawn anew; the old one stays until the new one is written."""
    if not item.mask.exists():
        return None, ""
    try:
        mask = read_mask(item.mask)
    except UserError as error:
        return None, f"{error.message} Draw it anew."
    if mask.shape != shape:
        return None, f"{item.mask.name} is of another size than its frame. Draw it anew."
    return mask, ""
