"""The label app's picture: the frame or a card, and over it strip, row, tools, words and help; and what lies where."""

from collections.abc import Sequence

from common.messages import Image
from services.ui.apps.own import Around
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import Card, draw_card, night
from services.ui.draw.panels import draw_stack, draw_strip
from services.ui.draw.row import Tab, draw_row, draw_row_words
from services.ui.label import furniture
from services.ui.label.acts import Do
from services.ui.label.frames import Frames
from services.ui.label.labeller import Labeller
from services.ui.label.picture import Print
from services.ui.label.rail import Cell, RailLook, cells, draw_arrow, draw_rail
from services.ui.label.sheet import Sheet

CARD_SIZE = (1067, 800)
"""Width and height of what stands where there is no frame."""
_CLEAR = 58
"""Of the look's units: what lies at the edge the pointer is so near to makes room."""
Place = tuple[float, float]


class Face:
    """Draws, and knows where in the last picture the tools and the row of apps were. Places are pixels of it."""

    def __init__(self, labeller: Labeller) -> None:
        self._labeller = labeller
        self._canvas = Canvas()
        self._print = Print()
        self._row: Sequence[Tab] = ()

    def draw(self, pointer: Place | None, around: Around, now: float) -> Image:
        """A new BGR array."""
        canvas, sheet, missing = self._canvas, self._labeller.sheet, card(self._labeller.frames)
        self._row = around.row
        if sheet is not None and missing is None:
            canvas.begin(self._print.make(self._labeller, sheet))
            furniture.draw_polygon(canvas, self._labeller.drawing, sheet, pointer)
        else:
            canvas.begin(night(*reversed(CARD_SIZE)))
        if missing is not None:
            draw_card(canvas, missing, now)
        if around.help_open:
            furniture.draw_keys(canvas, "Label")
            return canvas.finish()
        if self._tools_shown:
            self._furnish(pointer, around, now)
        if sheet is not None and pointer is not None:
            self._draw_pointer(sheet, pointer)
        return canvas.finish()

    def _draw_pointer(self, sheet: Sheet, pointer: Place) -> None:
        """The page hides its own over the picture."""
        if self.tool_at(*pointer) is not None or self.on_row(*pointer):
            draw_arrow(self._canvas, *pointer)
        else:
            furniture.draw_brush(self._canvas, self._labeller.drawing, sheet, pointer)

    def _furnish(self, pointer: Place | None, around: Around, now: float) -> None:
        """Strip, tools and words; what the pointer comes near to makes room for it, unless it has news."""
        canvas, labeller, drawing = self._canvas, self._labeller, self._labeller.drawing
        y = pointer[1] if pointer is not None else canvas.height / 2
        clear = _CLEAR * canvas.unit
        if y > clear:
            draw_strip(canvas, furniture.facts(labeller))
        if not drawing.busy:
            draw_row(canvas, around.row, around.row_look)
            draw_row_words(canvas, around.row, around.row_look)
        draw_rail(canvas, self._cells(), RailLook(drawing.tool, labeller.idle(), pointer, drawing.busy))
        # one thing at a time, since all of it lies on the picture
        hidden = card(labeller.frames) is not None or y > canvas.height - clear or bool(around.toasts)
        sentence = furniture.guide(labeller) if labeller.frames.unsaved or not hidden else None
        toasts = around.toasts[-1:] if y < canvas.height - 2 * clear else ()
        draw_stack(canvas, sentence, toasts, canvas.height - 16 * canvas.unit, now)

    def place(self, x: float, y: float) -> Place:
        """Parts of the picture to pixels."""
        return x * self._canvas.width, y * self._canvas.height

    def tool_at(self, x: float, y: float) -> Do | None:
        """The tool that a press there is for; None while something is drawn, which goes before."""
        if not self._tools_shown or self._labeller.drawing.busy:
            return None
        return next((cell.act.do for cell in self._cells() if cell.holds(x, y)), None)

    def on_row(self, x: float, y: float) -> bool:
        """Whether a press there is for the row of apps."""
        return self._tools_shown and not self._labeller.drawing.busy and any(tab.box.holds(x, y) for tab in self._row)

    @property
    def _tools_shown(self) -> bool:
        return self._labeller.tools_shown or self._labeller.sheet is None

    def _cells(self) -> Sequence[Cell]:
        return cells(self._canvas.unit, below_row=bool(self._row))


def card(frames: Frames) -> Card | None:
    """What stands where there is no frame to label, None where there is one."""
    if frames.problem and not frames.work.items:
        return Card("The sets cannot be read", frames.problem, "mask")
    if frames.held:
        return Card("Somebody labels this set", frames.problem, "mask")
    if frames.problem:
        return Card("This frame cannot be read", f"{frames.problem} D goes on to the next.", "mask")
    if frames.sheet is None and frames.work.total:
        words = f"All {frames.work.total} frames have their masks. bgsub-label --all shows them again."
        return Card("Everything is labelled", words, "mask")
    if frames.sheet is None:
        words = f"Save frames with Bkg and Sav in the studio. The folder {frames.work.sets.root} holds none yet."
        return Card("Nothing to label", words, "mask")
    return None
