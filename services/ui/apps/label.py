"""Label: draw who is the person in each frame of the sets on disk. Needs no camera and no other service."""

from collections.abc import Callable, Mapping, Sequence

from common.messages import Image
from services.ui.actions import Action, Say
from services.ui.apps.app import By, Tool
from services.ui.apps.own import Around
from services.ui.draw.buttons import Button
from services.ui.draw.canvas import Canvas
from services.ui.draw.cards import Card, draw_card, night
from services.ui.draw.panels import Fact, Sentence, draw_stack, draw_strip
from services.ui.draw.row import Tab, draw_row, draw_row_words
from services.ui.fronts.front import Event, Gesture, Key, Pointer, Wheel
from services.ui.label import furniture
from services.ui.label.acts import ACTS, BY_KEY, Do
from services.ui.label.labeller import Labeller
from services.ui.label.picture import Print
from services.ui.label.rail import Cell, RailLook, cells, draw_arrow, draw_rail
from services.ui.label.sheet import Sheet
from services.ui.pairing import View
from services.ui.state import State

_ANIMATE_S = 1 / 15
_AGAIN_S = 1.0
"""The same picture is handed out so often, for a page that was opened since."""
_AWAY_S = 1.0
"""Who was not asked for a picture so long was not on show."""
_LOOK_AGAIN_S = 2.0
"""New frames on disk are looked for so often while there is nothing to label."""
_NOTCH = 1.25
_CARD = (1067, 800)
"""Width and height of what stands where there is no frame."""
_CLEAR = 58
"""Of the look's units: what lies at the edge the pointer is so near to makes room."""
_PAGE = (
    Do.POLYGON, Do.CUT, Do.BRUSH, Do.ERASER, Do.SNAP, Do.SMALLER, Do.LARGER, Do.UNDO, Do.REDO, Do.NETWORK, Do.NOBODY,
    Do.VIEW, Do.IN, Do.OUT, Do.PREVIOUS, Do.NEXT, Do.DONE,
)  # fmt: skip
_QUIET = ("p", "r")
"""Keys of the desk that keep and film the camera's picture; there is none here."""


class Label:
    """See the module. `open_labeller` is called when the app is first shown, so that the others start no process."""

    name = "label"
    title = "Label"
    hides_room = False

    def __init__(self, open_labeller: Callable[[], Labeller]) -> None:
        self._open = open_labeller
        self._labeller: Labeller | None = None
        self._canvas = Canvas()
        self._print = Print()
        self._pointer: tuple[float, float] | None = None
        self._down = self._pushing = False
        self._fresh = True
        self._warned = False
        self._had_words = False
        self._row: Sequence[Tab] = ()
        self._shown: Image | None = None
        self._shown_at = float("-inf")
        self._drawn_at = self._looked_at = self._asked_at = float("-inf")

    @property
    def labeller(self) -> Labeller:
        """The labelling under way; begins with the first look."""
        if self._labeller is None:
            self._labeller = self._open()
        return self._labeller

    # --- what the desk asks of every app ----------------------------------------------------------------------------

    def buttons(self) -> Sequence[Button]:
        """None: the tools are smaller than a palm."""
        return ()

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """Nothing counts."""
        return {}

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """There are no buttons."""
        return None

    def tools(self) -> Sequence[Tool]:
        """The acts, for the page."""
        return [Tool(act.key, act.word, act.hint) for act in ACTS if act.do in _PAGE]

    def use(self, key: str) -> str:
        """All keys are taken before."""
        return ""

    def turn(self, state: State, now: float) -> Action | None:
        """Hears the network, looks for new frames where there are none, and says one thing at a time."""
        labeller = self.labeller
        self._fresh |= labeller.hear()
        if not labeller.work.items and now - self._looked_at > _LOOK_AGAIN_S:
            self._looked_at, self._fresh = now, True
            labeller.refresh()
        return Say(labeller.said.pop(0)) if labeller.said else None

    def compose(self, view: View, state: State) -> Image:
        """Never asked: it draws its own."""
        return view.frame.image

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """Never asked, as compose."""

    def guide(self, state: State, now: float) -> Sentence | None:
        """What to do next."""
        card = self._card()
        return Sentence(f"{card.title}. {card.words}") if card is not None else furniture.guide(self.labeller)

    # --- what the desk asks of an app with pictures of its own ------------------------------------------------------

    def size(self) -> tuple[int, int]:
        """That of the sheet."""
        sheet = self.labeller.sheet
        width, height = sheet.zoom.sheet if sheet is not None else _CARD
        return height, width

    def take(self, event: Event) -> bool:
        """Pointer, wheel and keys; the help, the other apps and the end stay the desk's."""
        self._fresh = True
        match event:
            case Pointer(Gesture.PRESS, x, y) if self._on_row(*self._at(x, y)):
                return False
            case Pointer(gesture, x, y):
                self._point(gesture, x, y)
                return True
            case Wheel(x, y, steps):
                self._zoom_about(self._at(x, y), _NOTCH**steps)
                return True
            case Key(name):
                return self._key(name)
        return False

    def facts(self) -> Sequence[Fact]:
        """Which frame, how far, how the label stands."""
        return furniture.facts(self.labeller)

    def sheet(self, around: Around, now: float) -> Image | None:
        """Drawn when something changed, and on while toasts come and go; else the last one, now and then."""
        if now - self._asked_at > _AWAY_S:
            self.labeller.refresh()
            self._fresh = True
        moves = bool(around.toasts) or self._had_words or self._card() is not None
        self._asked_at = now
        if self._fresh or (moves and now - self._drawn_at >= _ANIMATE_S):
            self._fresh, self._had_words, self._drawn_at = False, bool(around.toasts), now
            self._row = around.row
            self._draw(around, now)
            self._shown = self._canvas.finish()
        elif now - self._shown_at < _AGAIN_S:
            return None
        self._shown_at = now
        return self._shown

    def close(self) -> None:
        """Every step is on disk already; the network's process ends."""
        if self._labeller is not None:
            self._labeller.close()

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _draw(self, around: Around, now: float) -> None:
        canvas, sheet, card = self._canvas, self.labeller.sheet, self._card()
        if sheet is None or card is not None:
            canvas.begin(night(*reversed(_CARD)))
            draw_card(canvas, card or Card("", "", "mask"), now)
        else:
            canvas.begin(self._print.make(self.labeller, sheet))
            furniture.draw_polygon(canvas, self.labeller, sheet, self._pointer)
        if (self.labeller.tools_shown or sheet is None) and not around.help_open:
            self._furnish(around, now)
        if sheet is not None and self._pointer is not None and not around.help_open:
            self._draw_pointer(sheet, *self._pointer)
        if around.help_open:
            furniture.draw_keys(canvas, "Label")

    def _draw_pointer(self, sheet: Sheet, x: float, y: float) -> None:
        """The page and the window show none of their own over the picture."""
        if self._on_rail() or self._on_row(x, y):
            draw_arrow(self._canvas, x, y)
        else:
            furniture.draw_brush(self._canvas, self.labeller, sheet, (x, y))

    def _furnish(self, around: Around, now: float) -> None:
        """Strip, tools and words; what the pointer comes near to makes room for it, unless it has news."""
        canvas, labeller = self._canvas, self.labeller
        y = self._pointer[1] if self._pointer is not None else canvas.height / 2
        clear = _CLEAR * canvas.unit
        if y > clear:
            draw_strip(canvas, self.facts())
        if not labeller.busy:
            draw_row(canvas, around.row, around.row_look)
            draw_row_words(canvas, around.row, around.row_look)
        look = RailLook(labeller.tool, self._idle(), self._pointer, labeller.busy)
        draw_rail(canvas, self._cells(), look)
        # one thing at a time, since all of it lies on the picture
        hidden = self._card() is not None or y > canvas.height - clear or bool(around.toasts)
        sentence = furniture.guide(labeller) if labeller.unsaved or not hidden else None
        toasts = around.toasts[-1:] if y < canvas.height - 2 * clear else ()
        draw_stack(canvas, sentence, toasts, canvas.height - 16 * canvas.unit, now)

    def _card(self) -> Card | None:
        labeller = self.labeller
        if labeller.problem and not labeller.work.items:
            return Card("The sets cannot be read", labeller.problem, "mask")
        if labeller.problem:
            return Card("This frame cannot be read", f"{labeller.problem} D goes on to the next.", "mask")
        if labeller.sheet is None and labeller.work.total:
            words = f"All {labeller.work.total} frames have their masks. bgsub-label --all shows them again."
            return Card("Everything is labelled", words, "mask")
        if labeller.sheet is None:
            words = f"Save frames with Bkg and Sav in the studio. {labeller.work.sets.root} holds none yet."
            return Card("Nothing to label", words, "mask")
        return None

    def _idle(self) -> frozenset[Do]:
        sheet = self.labeller.sheet
        if sheet is None:
            return frozenset(Do) - {Do.NEXT, Do.PREVIOUS}
        idle = {Do.UNDO} if not sheet.editor.can_undo else set()
        return frozenset(idle | ({Do.REDO} if not sheet.editor.can_redo else set()))

    # --- the pointer ------------------------------------------------------------------------------------------------

    def _at(self, x: float, y: float) -> tuple[float, float]:
        """Parts of the picture to pixels of the sheet."""
        return x * self._canvas.width, y * self._canvas.height

    def _on_rail(self) -> bool:
        return self._pointer is not None and not self.labeller.busy and self._tool_at(*self._pointer) is not None

    def _on_row(self, x: float, y: float) -> bool:
        shown = self.labeller.tools_shown or self.labeller.sheet is None
        return shown and not self.labeller.busy and any(tab.box.holds(x, y) for tab in self._row)

    def _cells(self) -> Sequence[Cell]:
        return cells(self._canvas.unit, below_row=bool(self._row))

    def _tool_at(self, x: float, y: float) -> Do | None:
        if not self.labeller.tools_shown and self.labeller.sheet is not None:
            return None
        return next((cell.act.do for cell in self._cells() if cell.holds(x, y)), None)

    def _point(self, gesture: Gesture, x: float, y: float) -> None:
        before, self._pointer = self._pointer, self._at(x, y) if gesture is not Gesture.LEAVE else None
        match gesture:
            case Gesture.MOVE if self._pushing and before is not None and self._pointer is not None:
                self._push(self._pointer[0] - before[0], self._pointer[1] - before[1])
            case Gesture.MOVE if self._down:
                self.labeller.drag(*self._in_picture(x, y))
            case Gesture.PRESS:
                self._press(x, y)
            case Gesture.RELEASE | Gesture.LEAVE if self._down:
                self._down = False
                self.labeller.release()
            case Gesture.SECOND | Gesture.DOUBLE if not self._on_rail():
                self.labeller.close_polygon()
            case Gesture.GRAB | Gesture.DROP:
                self._pushing = gesture is Gesture.GRAB

    def _press(self, x: float, y: float) -> None:
        if self._on_rail() and self._pointer is not None:
            self._do(self._tool_at(*self._pointer))
        elif self.labeller.sheet is not None:
            self._down = True
            self.labeller.press(*self._in_picture(x, y))

    def _in_picture(self, x: float, y: float) -> tuple[float, float]:
        sheet = self.labeller.sheet
        return sheet.zoom.to_picture(*self._at(x, y)) if sheet is not None else (0.0, 0.0)

    def _zoom_about(self, at: tuple[float, float], factor: float) -> None:
        if self.labeller.sheet is not None:
            self.labeller.sheet.zoom = self.labeller.sheet.zoom.about(*at, factor)

    def _push(self, x: float, y: float) -> None:
        if self.labeller.sheet is not None:
            self.labeller.sheet.zoom = self.labeller.sheet.zoom.moved(x, y)

    # --- keys -------------------------------------------------------------------------------------------------------

    def _key(self, name: str) -> bool:
        if name == "q" and self.labeller.unsaved and not self._warned:
            self._warned = True
            self.labeller.say("What you drew is not on disk. Q again ends, and it is lost")
            return True
        do = BY_KEY.get(name)
        if do is not None:
            self._do(do)
        return do is not None or name in _QUIET

    def _do(self, do: Do | None) -> None:
        middle = self._canvas.width / 2, self._canvas.height / 2
        if do in (Do.IN, Do.OUT):
            self._zoom_about(self._pointer or middle, _NOTCH if do is Do.IN else 1 / _NOTCH)
        elif do is Do.FIT:
            self._zoom_about(middle, 0.0)
        elif do is not None:
            self.labeller.do(do)
