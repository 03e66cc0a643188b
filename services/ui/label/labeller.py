"""Labels frames one after the other: what each act does. Knows no window, no pixels of the screen and no clock.

A label is finished, and its mask written, when a polygon closes around the whole person, when somebody says so (Done,
Nobody), and when they go on to another frame after a change.
"""

from enum import StrEnum

import numpy as np

from common.sets import PLATE_NAME
from services.ui.draw.theme import Level
from services.ui.label.acts import TOOLS, Do
from services.ui.label.drawing import Drawing
from services.ui.label.editor import MaskEditor
from services.ui.label.frames import Frames
from services.ui.label.proposals import Proposal, Proposals
from services.ui.label.sheet import Origin, Sheet
from services.ui.label.suggestions import Suggestions
from services.ui.label.work import Item, Work

_SNAP_S = 5.0
"""How long the end waits for a snap under way."""
_AFTER_A_SNAP = (Do.DONE, Do.NEXT, Do.PREVIOUS, Do.NOBODY, Do.NETWORK, Do.DROP, Do.REDO)
"""What works on the mask as the snap leaves it, and so waits for it."""
_ENDS_A_STROKE = (*_AFTER_A_SNAP, Do.UNDO)
"""What works on the mask with the stroke under way in it."""


class Look(StrEnum):
    """What is shown under the tools, in the order of the key; in few words, since the strip has to hold them."""

    MASK = "mask"
    CUTOUT = "cut-out"
    PLATE = "plate"
    DIFFERENCE = "difference"
    BARE = "picture alone"


class Labeller:
    """One person's labelling of `work`: the frames, the drawing on the open one, and what is proposed for it."""

    def __init__(self, work: Work, proposals: Proposals) -> None:
        self.frames = Frames(work)
        self.drawing = Drawing(self.frames)
        self.suggestions = Suggestions(proposals, work)
        self.look = Look.MASK
        self.tools_shown = True
        self._next: list[Do] = []
        self.refresh()

    @property
    def sheet(self) -> Sheet | None:
        """The frame that lies open, if one does."""
        return self.frames.sheet

    # --- frames -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Looks for frames that were saved meanwhile, and comes back to a set that was left or held."""
        index = self.frames.refresh()
        if index is not None:
            self.open(index)

    def open(self, index: int) -> None:
        """Another frame; the network is asked for it, and for the one that follows."""
        frames = self.frames
        frames.open(index)
        self.drawing.begin()
        if frames.sheet is None:
            return
        if frames.sheet.origin is Origin.NEW:
            self.suggestions.prepare(frames.item)
            known = self.suggestions.of(frames.item)
            if known is not None:
                self._begin_with(frames.item, known)
        following = frames.work.open_after(index)
        if following is not None:
            self.suggestions.prepare(frames.work.items[following])

    def leave(self) -> None:
        """Somebody looks at something else."""
        self.settle()
        self.frames.leave()

    def go(self, step: int) -> None:
        """On or back by `step`, once what was changed is written."""
        if not self.frames.finish(only_changed=True):
            return
        to = self.frames.beside(step)
        if to < 0:
            self.frames.say("This is the first one")
        elif to >= len(self.frames.work.items):
            self.go_on()
        else:
            self.open(to)

    def go_on(self) -> None:
        """To the next frame without a label, if there is one."""
        frames = self.frames
        following = frames.work.open_after(frames.index)
        if following is None:
            frames.say(f"All {frames.work.total} are labelled. Q ends, A goes back", Level.GOOD)
        elif following == frames.index:
            frames.say("This is the last one without a label")
        else:
            self.open(following)

    # --- what comes from beside -------------------------------------------------------------------------------------

    def waits(self) -> bool:
        """Whether the network still looks at the frame on show."""
        return self.sheet is not None and self.suggestions.waits(self.frames.item)

    def hear(self) -> bool:
        """Takes what the network proposed and what was snapped; True where anything came."""
        news = self.suggestions.news()
        for item, proposal in news:
            self._begin_with(item, proposal)
        return self._hear_snap(0.0) or bool(news)

    def settle(self) -> None:
        """Ends a stroke under way and waits for a snap, before the end."""
        self.drawing.release()
        self._hear_snap(_SNAP_S)

    def _hear_snap(self, wait_s: float) -> bool:
        """Takes what was snapped, and then does what waited for it; True where anything came."""
        came = self.drawing.hear(wait_s)
        while self._next and self.drawing.snapping.touched is None:
            self.do(self._next.pop(0))
        return came

    def _begin_with(self, item: Item, proposal: Proposal) -> None:
        """Begins with the proposal, where nobody has begun yet."""
        sheet = self.sheet
        if sheet is None or sheet.item != item or sheet.origin is not Origin.NEW or sheet.editor.stroking:
            return
        if proposal.mask is None:
            self.frames.say(proposal.words, Level.WARN)
        elif proposal.mask.shape == sheet.editor.mask.shape:
            self.drawing.snapping.drop()
            sheet.propose(proposal.mask)

    def _take_proposal(self, item: Item, editor: MaskEditor) -> None:
        proposal = self.suggestions.of(item)
        if proposal is not None and proposal.mask is not None and proposal.mask.shape == editor.mask.shape:
            editor.replace(proposal.mask)
            self.drawing.keep()
        elif proposal is not None:
            self.frames.say(proposal.words or "The network's mask is of another size than the frame", Level.WARN)
        elif self.suggestions.ask(item):
            self.frames.say("The network looks at it. Press G again in a moment")
        else:
            self.frames.say(f"Without {PLATE_NAME} the network has nothing to go by", Level.WARN)

    # --- acts -------------------------------------------------------------------------------------------------------

    def do(self, do: Do) -> None:
        """One of the acts; the zoom's are left to whoever knows the pointer.

        While a snap is under way, what follows from it waits, and undo gives it up.
        """
        if do in _ENDS_A_STROKE:
            self.drawing.release()
        if self.drawing.snapping.touched is not None and do in _ENDS_A_STROKE:
            self._after_snap(do)
        elif do in TOOLS:
            self.drawing.choose(do)
        elif do in (Do.SMALLER, Do.LARGER):
            self.drawing.resize(1 if do is Do.LARGER else -1)
        elif do is Do.VIEW:
            looks = list(Look)
            self.look = looks[(looks.index(self.look) + 1) % len(looks)]
        elif do is Do.TOOLS:
            self.tools_shown = not self.tools_shown
        elif do in (Do.NEXT, Do.PREVIOUS) and self.frames.work.items:
            self.go(1 if do is Do.NEXT else -1)
        elif self.sheet is not None:
            self._do_here(self.sheet, do)

    def idle(self) -> frozenset[Do]:
        """The acts that would do nothing now."""
        if self.sheet is None:
            return frozenset(Do) - ({Do.NEXT, Do.PREVIOUS} if self.frames.work.items else set())
        editor, snaps = self.sheet.editor, self.drawing.snapping.touched is not None
        able = {Do.UNDO: editor.can_undo or snaps, Do.REDO: editor.can_redo}
        return frozenset(do for do, can in able.items() if not can)

    def _after_snap(self, do: Do) -> None:
        if do is not Do.UNDO:
            self._next.append(do)
        elif self._next:
            self._next.pop()
        else:
            self.drawing.snapping.drop()

    def _do_here(self, sheet: Sheet, do: Do) -> None:
        editor = sheet.editor
        if do is Do.DONE and editor.points:
            self.drawing.close_polygon()
        elif do is Do.DONE and sheet.origin is Origin.NEW:
            waits = "The network still looks at it" if self.waits() else "Nothing is drawn"
            self.frames.say(f"{waits}. X if nobody is here", Level.WARN)
        elif do is Do.DONE and self.frames.finish():
            self.go_on()
        elif do is Do.NOBODY:
            editor.replace(np.zeros_like(editor.mask))
            self.drawing.keep()
            if self.frames.finish():
                self.go_on()
        elif do is Do.NETWORK:
            self._take_proposal(sheet.item, editor)
        elif do is Do.DROP and editor.points:
            editor.drop_polygon()
            self.drawing.keep()
        elif (do is Do.UNDO and editor.undo()) or (do is Do.REDO and editor.redo()):
            self.drawing.keep()

    def close(self) -> None:
        """Ends what works beside."""
        self.settle()
        self.frames.close()
        self.drawing.snapping.close()
        self.suggestions.close()
