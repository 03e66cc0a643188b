"""Labels frames one after the other: what a pointer and keys do to them. Knows no window, no drawing and no clock.

Every step is kept in a draft at once; the mask itself is written when a label is finished. That is when a polygon
closes around the whole person, when somebody says so (Done, Nobody), and when they go on to another frame after a
change.
"""

import math
from enum import StrEnum

import numpy as np

from common.errors import UserError
from common.messages import Alpha
from common.sets import PLATE_NAME
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.label.acts import BY_KEY, TOOLS, Do
from services.ui.label.editor import BACKGROUND, FOREGROUND, MaskEditor, draw_stroke
from services.ui.label.held import SetHeldError, SetLock, stamp
from services.ui.label.outline import CLOSES_PX, closes, inside
from services.ui.label.proposals import Proposal, Proposals
from services.ui.label.sheet import Origin, Sheet, read_sheet
from services.ui.label.snapping import Snapping
from services.ui.label.suggestions import Suggestions
from services.ui.label.work import Item, Work

RADII = (1, 2, 3, 5, 8, 12, 18, 26, 38, 56, 80)
"""Of the brush, in pixels of the picture."""
_WHOLE = 0.8
"""A polygon that holds so much of the mask it leaves is drawn around the person, and not to mend a part."""
_SNAP_S = 5.0
"""How long the end waits for a snap under way."""
_AFTER_A_SNAP = (Do.DONE, Do.NEXT, Do.PREVIOUS, Do.NOBODY, Do.NETWORK, Do.DROP, Do.REDO)
"""What works on the mask as the snap leaves it, and so waits for it."""
_OPEN = "The polygon is open: Enter closes it, Esc drops it"


class Look(StrEnum):
    """What is shown under the tools, in the order of the key."""

    MASK = "the mask over the picture"
    CUTOUT = "the person cut out"
    PLATE = "the plate"
    DIFFERENCE = "what differs from the plate"
    BARE = "the picture alone"


class Labeller:
    """One person's labelling of `work`; `said` collects what to tell them, for whoever shows it to take."""

    def __init__(self, work: Work, proposals: Proposals) -> None:
        self.work = work
        self.suggestions = Suggestions(proposals, work)
        self.index = 0
        self.labelled = 0
        """How many of all frames have a finished label."""
        self.sheet: Sheet | None = None
        self.problem = ""
        """Why there is no sheet: the frame cannot be read."""
        self.unreadable: dict[str, None] = {}
        """All such reasons so far."""
        self.unsaved = ""
        """Why the last step could not be kept on disk; it is in memory still."""
        self.tool = Do.POLYGON
        self.radius = 8
        self.look = Look.MASK
        self.tools_shown = True
        self.touched: Alpha | None = None
        """What the snap brush goes over."""
        self._snapping = Snapping()
        self._next: list[Do] = []
        self._lock = SetLock()
        self.held = False
        """Somebody else labels the set whose turn it is; `problem` says who."""
        self._left: tuple[object, ...] | None = None
        """How the files of the frame on show were when another app was."""
        self.said: list[Sentence] = []
        self._last: tuple[float, float] | None = None
        self.refresh()

    def refresh(self) -> None:
        """Looks for frames that were saved meanwhile. A draft that was left comes first."""
        try:
            self.work.refresh()
        except UserError as error:
            self.problem = error.message
            return
        self.labelled = self.work.labelled()
        if self.held or self._left is not None:
            self._come_back()
        elif self.sheet is None and self.work.items:
            drafts = (at for at, item in enumerate(self.work.items) if item.draft.exists())
            self.open(next(drafts, self.work.open_after(-1) or 0))

    # --- frames -----------------------------------------------------------------------------------------------------

    @property
    def item(self) -> Item:
        """The frame whose turn it is."""
        return self.work.items[self.index]

    def open(self, index: int) -> None:
        """Another frame; one that cannot be read leaves words in `problem`."""
        self.index, self.touched, self._last = index, None, None
        self._snapping.drop()
        self.labelled = self.work.labelled()
        try:
            self.held, self._left = False, None
            self._lock.hold(self.item.folder)
            self.sheet, self.problem = read_sheet(self.item), ""
        except SetHeldError as error:
            self.sheet, self.problem, self.held = None, error.message, True
            return
        except UserError as error:
            self.sheet, self.problem = None, error.message
            self.unreadable[error.message] = None
            return
        if self.sheet.words:
            self.say(self.sheet.words)
        if self.sheet.editor.points:
            self.tool = Do.CUT if self.sheet.cuts else Do.POLYGON
        if self.sheet.origin is Origin.NEW:
            self.suggestions.prepare(self.item)
        following = self.work.open_after(index)
        if following is not None:
            self.suggestions.prepare(self.work.items[following])

    def leave(self) -> None:
        """Somebody looks at something else: another may label the set meanwhile, if all is on disk."""
        self.settle()
        if self.sheet is not None and not self.unsaved:
            self._left = stamp(self.item)
            self._lock.release()

    def _come_back(self) -> None:
        """Goes on with the frame; it is read anew where somebody wrote its mask or draft."""
        if self.sheet is None or self._left != stamp(self.item):
            self.open(self.index)
            return
        try:
            self._lock.hold(self.item.folder)
        except SetHeldError as error:
            self.sheet, self.problem, self.held = None, error.message, True
        self._left = None

    def go(self, step: int) -> None:
        """On or back by `step`, once what was changed is written."""
        if not self.finish(only_changed=True):
            return
        to = self.index + step
        while self.held and 0 <= to < len(self.work.items) and self.work.items[to].folder == self.item.folder:
            to += step
        if to < 0:
            self.say("This is the first one")
        elif to >= len(self.work.items):
            self.go_on()
        else:
            self.open(to)

    def go_on(self) -> None:
        """To the next frame without a label, if there is one."""
        following = self.work.open_after(self.index)
        if following is None:
            self.say(f"All {self.work.total} are labelled. Q ends, A goes back", Level.GOOD)
        elif following == self.index:
            self.say("This is the last one without a label")
        else:
            self.open(following)

    # --- proposals --------------------------------------------------------------------------------------------------

    def waits(self) -> bool:
        """Whether the network still looks at the frame on show."""
        return self.sheet is not None and self.suggestions.waits(self.item)

    def hear(self) -> bool:
        """Takes what the network proposed and what was snapped; True where anything came."""
        news = self.suggestions.news()
        for item, proposal in news:
            self._begin_with(item, proposal)
        return self._hear_snap(0.0) or bool(news)

    def _begin_with(self, item: Item, proposal: Proposal) -> None:
        """Begins with the proposal, where nobody has begun yet."""
        sheet = self.sheet
        if sheet is None or sheet.item != item or sheet.origin is not Origin.NEW or sheet.editor.stroking:
            return
        if proposal.mask is None:
            self.say(proposal.words, Level.WARN)
        elif proposal.mask.shape == sheet.editor.mask.shape:
            self._snapping.drop()
            sheet.propose(proposal.mask)

    def _take_proposal(self, editor: MaskEditor) -> None:
        proposal = self.suggestions.of(self.item)
        if proposal is not None and proposal.mask is not None and proposal.mask.shape == editor.mask.shape:
            editor.replace(proposal.mask)
            self._keep()
        elif proposal is not None:
            self.say(proposal.words or "The network's mask is of another size than the frame", Level.WARN)
        elif self.suggestions.ask(self.item):
            self.say("The network looks at it. Press G again in a moment")
        else:
            self.say(f"Without {PLATE_NAME} the network has nothing to go by", Level.WARN)

    # --- writing ----------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Keeps every step; what cannot be kept is told, and stays in memory."""
        if self.sheet is None:
            return
        try:
            self.sheet.keep(cuts=self.tool is Do.CUT)
            self.unsaved = ""
        except OSError as error:
            self.unsaved = f"The draft cannot be kept in {self.sheet.item.folder}: {error.strerror}."
        self.labelled = self.work.labelled()

    def finish(self, only_changed: bool = False) -> bool:
        """Writes the mask beside its frame; False where that must wait, with the reason said."""
        sheet = self.sheet
        if sheet is None or (only_changed and not sheet.changed):
            return True
        if sheet.editor.points:
            self.say(_OPEN, Level.WARN)
            return False
        try:
            if sheet.write():
                self.say(f"Written: {sheet.item.folder.name}/{sheet.item.mask.name}", Level.GOOD)
            self.unsaved = ""
        except OSError as error:
            self.unsaved = f"The mask cannot be written into {sheet.item.folder}: {error.strerror}."
        self.labelled = self.work.labelled()
        return not self.unsaved

    # --- the pointer, in pixels of the picture ----------------------------------------------------------------------

    def press(self, x: float, y: float) -> None:
        """The left button goes down."""
        if self.sheet is None:
            return
        editor = self.sheet.editor
        if self.tool is Do.SNAP:
            self.touched, self._last = np.zeros_like(editor.mask), (x, y)
            self.drag(x, y)
        elif self.tool in (Do.BRUSH, Do.ERASER):
            editor.begin_stroke(x, y, self.radius, self._value)
        elif closes(editor.points, x, y, self.reach):
            self.close_polygon()
        elif not editor.points or math.dist(editor.points[-1], (x, y)) > 1 / self.sheet.zoom.scale:
            # the second press of a double click is no other corner
            editor.add_point(x, y)
            self._keep()

    def drag(self, x: float, y: float) -> None:
        """It moves while it is down."""
        if self.touched is not None and self._last is not None:
            draw_stroke(self.touched, self._last, (x, y), self.radius, 255)
            self._last = (x, y)
        elif self.sheet is not None:
            self.sheet.editor.stroke_to(x, y, self.radius, self._value)

    def release(self) -> None:
        """It goes up."""
        if self.sheet is None:
            return
        if self.touched is not None:
            self._snapping.begin(self.sheet.editor, self.sheet.image, self.touched)
            self.touched, self._last = None, None
        elif self.sheet.editor.stroking:
            self.sheet.editor.end_stroke()
            self._keep()

    @property
    def band(self) -> Alpha | None:
        """What the snap brush goes over, or went over while that is being snapped."""
        return self.touched if self.touched is not None else self._snapping.touched

    def _hear_snap(self, wait_s: float) -> bool:
        """Takes what was snapped, and then does what waited for it; True where anything came."""
        moved = self._snapping.news(wait_s)
        if moved:
            self._keep()
        elif moved is False:
            self.say("Brush over a border of the mask: there is none here")
        while self._next and self._snapping.touched is None:
            self.do(self._next.pop(0))
        return moved is not None

    def settle(self) -> None:
        """Waits for a snap under way, before the end."""
        self._hear_snap(_SNAP_S)

    def close_polygon(self) -> None:
        """Closes what is open; around the whole person that finishes the label."""
        if self.sheet is None or not self.sheet.editor.points:
            return
        editor, points = self.sheet.editor, self.sheet.editor.points
        if not editor.close_polygon(self._value):
            self.say("A polygon has three corners at least", Level.WARN)
            return
        self._keep()
        person = editor.mask >= 128
        held = np.count_nonzero(person & (inside(points, (person.shape[0], person.shape[1])) > 0))
        if self.tool is Do.POLYGON and held >= _WHOLE * np.count_nonzero(person):
            self.finish()

    @property
    def reach(self) -> float:
        """How near its first point the last closes a polygon: CLOSES_PX of the picture, less when looked at closely."""
        return CLOSES_PX / (self.sheet.zoom.times if self.sheet is not None else 1.0)

    @property
    def busy(self) -> bool:
        """Whether something is being drawn, so that the tools get out of the way."""
        editor = self.sheet.editor if self.sheet is not None else None
        return self.touched is not None or (editor is not None and (editor.stroking or bool(editor.points)))

    @property
    def _value(self) -> int:
        return BACKGROUND if self.tool in (Do.CUT, Do.ERASER) else FOREGROUND

    # --- keys -------------------------------------------------------------------------------------------------------

    def key(self, name: str) -> bool:
        """Does what the key stands for; False where it stands for nothing here."""
        do = BY_KEY.get(name)
        if do is not None:
            self.do(do)
        return do is not None

    def do(self, do: Do) -> None:
        """One of the acts; the zoom's are left to whoever knows the pointer.

        While a snap is under way, what follows from it waits, and undo gives it up.
        """
        if self._snapping.touched is not None and (do in _AFTER_A_SNAP or do is Do.UNDO):
            self._after_snap(do)
        elif do in TOOLS:
            self._choose(do)
        elif do in (Do.SMALLER, Do.LARGER):
            at = RADII.index(self.radius) + (1 if do is Do.LARGER else -1)
            self.radius = RADII[min(max(at, 0), len(RADII) - 1)]
        elif do is Do.VIEW:
            looks = list(Look)
            self.look = looks[(looks.index(self.look) + 1) % len(looks)]
        elif do is Do.TOOLS:
            self.tools_shown = not self.tools_shown
        elif do in (Do.NEXT, Do.PREVIOUS) and self.work.items:
            self.go(1 if do is Do.NEXT else -1)
        elif self.sheet is not None:
            self._do_here(self.sheet.editor, do)

    def idle(self) -> frozenset[Do]:
        """The acts that would do nothing now."""
        if self.sheet is None:
            return frozenset(Do) - ({Do.NEXT, Do.PREVIOUS} if self.work.items else set())
        editor = self.sheet.editor
        able = {Do.UNDO: editor.can_undo or self._snapping.touched is not None, Do.REDO: editor.can_redo}
        return frozenset(do for do, can in able.items() if not can)

    def _after_snap(self, do: Do) -> None:
        if do is not Do.UNDO:
            self._next.append(do)
        elif self._next:
            self._next.pop()
        else:
            self._snapping.drop()

    def _choose(self, tool: Do) -> None:
        """Another tool; an open polygon goes on under one of the two polygon tools alone."""
        if self.sheet is not None and self.sheet.editor.points and tool not in (Do.POLYGON, Do.CUT):
            self.say(_OPEN, Level.WARN)
        else:
            self.tool = tool

    def _do_here(self, editor: MaskEditor, do: Do) -> None:
        if do is Do.DONE and editor.points:
            self.close_polygon()
        elif do is Do.DONE and self.finish():
            self.go_on()
        elif do is Do.NOBODY:
            editor.replace(np.zeros_like(editor.mask))
            self._keep()
            if self.finish():
                self.go_on()
        elif do is Do.NETWORK:
            self._take_proposal(editor)
        elif do is Do.DROP and editor.points:
            editor.drop_polygon()
            self._keep()
        elif (do is Do.UNDO and editor.undo()) or (do is Do.REDO and editor.redo()):
            self._keep()

    def say(self, words: str, level: Level = Level.PLAIN) -> None:
        """For a toast."""
        self.said.append(Sentence(words, level))

    def close(self) -> None:
        """Ends what works beside."""
        self.settle()
        self._lock.release()
        self._snapping.close()
        self.suggestions.close()
