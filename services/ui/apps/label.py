"""Label: draw who is the person in each frame of the sets on disk. Needs no camera and no other service."""

from collections.abc import Callable, Mapping, Sequence

from common.messages import Image
from services.ui.actions import Action, Say
from services.ui.apps.app import By, Tool
from services.ui.apps.own import Around
from services.ui.draw.buttons import Button
from services.ui.draw.canvas import Canvas
from services.ui.draw.panels import Fact, Sentence
from services.ui.fronts.front import Event, Gesture, Key, Pointer, Wheel
from services.ui.label import furniture
from services.ui.label.acts import ACTS, BY_KEY, TOOLS, Do
from services.ui.label.face import CARD_SIZE, Face, card
from services.ui.label.labeller import Labeller
from services.ui.pairing import View
from services.ui.state import State

_ANIMATE_S = 1 / 15
_AGAIN_S = 1.0
"""The same picture is handed out so often, for a page that was opened since."""
_AWAY_S = 1.0
"""Who was not asked for a picture so long was not on show."""
_LOOK_AGAIN_S = 2.0
"""New frames on disk are looked for so often while there is nothing to label, and for a set to be free."""
_NOTCH = 1.25
_PAGE = (
    Do.POLYGON, Do.CUT, Do.BRUSH, Do.ERASER, Do.SNAP, Do.SMALLER, Do.LARGER, Do.UNDO, Do.REDO, Do.NETWORK, Do.NOBODY,
    Do.VIEW, Do.IN, Do.OUT, Do.PREVIOUS, Do.NEXT, Do.DONE,
)  # fmt: skip


class Label:
    """See the module. `open_labeller` is called when the app is first shown, so that the others start no process."""

    name = "label"
    title = "Label"
    hides_room = False

    def __init__(self, open_labeller: Callable[[], Labeller]) -> None:
        self._open = open_labeller
        self._labeller: Labeller | None = None
        self._face: Face | None = None
        self._pointer: tuple[float, float] | None = None
        self._down = self._pushing = False
        self._fresh = True
        self._warned = self._away = False
        self._had_words = self._had_help = False
        self._shown: Image | None = None
        self._shown_at = float("-inf")
        self._drawn_at = self._looked_at = self._asked_at = float("-inf")

    @property
    def labeller(self) -> Labeller:
        """The labelling under way; begins with the first look."""
        if self._labeller is None:
            self._labeller = self._open()
        return self._labeller

    @property
    def face(self) -> Face:
        """What draws it."""
        if self._face is None:
            self._face = Face(self.labeller)
        return self._face

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
        """The acts, for the page, which of the pointer's tools is chosen, and which would do nothing."""
        chosen, idle = self.labeller.drawing.tool, self.labeller.idle()
        return [
            Tool(act.key, act.word, act.hint, act.do is chosen if act.do in TOOLS else None, act.do in idle)
            for act in ACTS
            if act.do in _PAGE
        ]

    def use(self, key: str) -> str:
        """All keys are taken before."""
        return ""

    def turn(self, state: State, now: float) -> Action | None:
        """Hears the network, looks for new frames where there are none, and says one thing at a time."""
        labeller, frames = self.labeller, self.labeller.frames
        self._fresh |= labeller.hear()
        self._warned &= bool(frames.unsaved)
        if (frames.held or not frames.work.items) and now - self._looked_at > _LOOK_AGAIN_S:
            self._looked_at, self._fresh = now, True
            labeller.refresh()
        return Say(frames.said.pop(0), "label") if frames.said else None

    def compose(self, view: View, state: State) -> Image:
        """Never asked: it draws its own."""
        return view.frame.image

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """Never asked, as compose."""

    def guide(self, state: State, now: float) -> Sentence | None:
        """What to do next."""
        missing = card(self.labeller.frames)
        return Sentence(f"{missing.title}. {missing.words}") if missing is not None else furniture.guide(self.labeller)

    # --- what the desk asks of an app with pictures of its own ------------------------------------------------------

    def size(self) -> tuple[int, int]:
        """That of the sheet."""
        sheet = self.labeller.sheet
        width, height = sheet.zoom.sheet if sheet is not None else CARD_SIZE
        return height, width

    def take(self, event: Event) -> bool:
        """Pointer, wheel and keys; the help, the other apps and the end stay the desk's."""
        self._fresh = True
        match event:
            case Pointer(Gesture.PRESS, x, y) if self.face.on_row(*self.face.place(x, y)):
                return False
            case Pointer(gesture, x, y):
                self._point(gesture, x, y)
                return True
            case Wheel(x, y, steps):
                self._zoom_about(self.face.place(x, y), _NOTCH**steps)
                return True
            case Key(name):
                return self._key(name)
        return False

    def facts(self) -> Sequence[Fact]:
        """Which frame, how far, how the label stands."""
        return furniture.facts(self.labeller)

    def sheet(self, around: Around, now: float) -> Image | None:
        """Drawn when something changed, and on while toasts come and go; else the last one, now and then."""
        if self._away or now - self._asked_at > _AWAY_S:
            self.labeller.refresh()
            self._fresh, self._away = True, False
        self._fresh |= around.help_open != self._had_help
        moves = bool(around.toasts) or self._had_words or card(self.labeller.frames) is not None
        self._asked_at = now
        if self._fresh or (moves and now - self._drawn_at >= _ANIMATE_S):
            self._fresh, self._had_words, self._drawn_at = False, bool(around.toasts), now
            self._had_help = around.help_open
            self._shown = self.face.draw(self._pointer, around, now)
        elif now - self._shown_at < _AGAIN_S:
            return None
        self._shown_at = now
        return self._shown

    def leave(self) -> None:
        """Ends a stroke under way, and lets the set go."""
        self._away, self._pushing = True, False
        if self._down:
            self._down = False
            self.labeller.drawing.release()
        self.labeller.leave()

    def close(self) -> None:
        """Every step is on disk already; the network's process ends."""
        if self._labeller is not None:
            self._labeller.close()

    # --- the pointer ------------------------------------------------------------------------------------------------

    def _point(self, gesture: Gesture, x: float, y: float) -> None:
        before, self._pointer = self._pointer, self.face.place(x, y) if gesture is not Gesture.LEAVE else None
        match gesture:
            case Gesture.MOVE if self._pushing and before is not None and self._pointer is not None:
                self._push(self._pointer[0] - before[0], self._pointer[1] - before[1])
            case Gesture.MOVE if self._down:
                self.labeller.drawing.drag(*self._in_picture(x, y))
            case Gesture.PRESS:
                self._press(x, y)
            case Gesture.RELEASE | Gesture.LEAVE if self._down:
                self._down = False
                self.labeller.drawing.release()
            case Gesture.SECOND | Gesture.DOUBLE:
                self.labeller.drawing.close_polygon()
            case Gesture.GRAB | Gesture.DROP:
                self._pushing = gesture is Gesture.GRAB

    def _press(self, x: float, y: float) -> None:
        tool = self.face.tool_at(*self.face.place(x, y))
        if tool is not None:
            self._do(tool)
        elif self.labeller.sheet is not None:
            self._down = True
            self.labeller.drawing.press(*self._in_picture(x, y))

    def _in_picture(self, x: float, y: float) -> tuple[float, float]:
        sheet = self.labeller.sheet
        return sheet.zoom.to_picture(*self.face.place(x, y)) if sheet is not None else (0.0, 0.0)

    def _zoom_about(self, at: tuple[float, float], factor: float) -> None:
        if self.labeller.sheet is not None:
            self.labeller.sheet.zoom = self.labeller.sheet.zoom.about(*at, factor)

    def _push(self, x: float, y: float) -> None:
        if self.labeller.sheet is not None:
            self.labeller.sheet.zoom = self.labeller.sheet.zoom.moved(x, y)

    # --- keys -------------------------------------------------------------------------------------------------------

    def _key(self, name: str) -> bool:
        if name == "q" and self.labeller.frames.unsaved and not self._warned:
            self._warned = True
            self.labeller.frames.say("What you drew is not on disk. Q again ends, and it is lost")
            return True
        do = BY_KEY.get(name)
        if do is not None:
            self._do(do)
        return do is not None

    def _do(self, do: Do) -> None:
        middle = self.face.place(0.5, 0.5)
        if do in (Do.IN, Do.OUT):
            self._zoom_about(self._pointer or middle, _NOTCH if do is Do.IN else 1 / _NOTCH)
        elif do is Do.FIT:
            self._zoom_about(middle, 0.0)
        else:
            self.labeller.do(do)
