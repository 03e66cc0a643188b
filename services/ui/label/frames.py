"""The frame that lies open, of all that are to be labelled: found, opened, kept step by step, written.

Every step is kept in a draft at once; the mask itself is written when a label is finished.
"""

from common.errors import UserError
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.label.held import SetHeldError, SetLock, stamp
from services.ui.label.sheet import Sheet, read_sheet
from services.ui.label.work import Item, Work

OPEN = "The polygon is open: Enter closes it, Esc drops it"


class Frames:
    """The frames of `work`, one of them open; `said` collects what to tell, for whoever shows it to take."""

    def __init__(self, work: Work) -> None:
        self.work = work
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
        self.held = False
        """Somebody else labels the set whose turn it is; `problem` says who."""
        self.said: list[Sentence] = []
        self._lock = SetLock()
        self._left: tuple[object, ...] | None = None
        """How the files of the frame on show were when another app was."""

    @property
    def item(self) -> Item:
        """The frame whose turn it is."""
        return self.work.items[self.index]

    def refresh(self) -> int | None:
        """Looks for frames that were saved meanwhile; returns which is to be opened, None where all may stay.

        A draft that was left comes first.
        """
        try:
            self.work.refresh()
        except UserError as error:
            self.problem = error.message
            return None
        self.labelled = self.work.labelled()
        if self.held or self._left is not None:
            return self._come_back()
        if self.sheet is None and self.work.items:
            drafts = (at for at, item in enumerate(self.work.items) if item.draft.exists())
            return next(drafts, self.work.open_after(-1) or 0)
        return None

    def open(self, index: int) -> None:
        """Another frame; one that cannot be read leaves words in `problem`."""
        self.index = index
        self.labelled = self.work.labelled()
        try:
            self.held, self._left = False, None
            self._lock.hold(self.item.folder)
            self.sheet, self.problem = read_sheet(self.item), ""
        except SetHeldError as error:
            self._hold_off(error)
        except UserError as error:
            self.sheet, self.problem = None, error.message
            self.unreadable[error.message] = None
        else:
            if self.sheet.words:
                self.say(self.sheet.words)

    def beside(self, step: int) -> int:
        """The index `step` further, past the rest of a set that somebody else labels; it may lie past either end."""
        to = self.index + step
        while self.held and 0 <= to < len(self.work.items) and self.work.items[to].folder == self.item.folder:
            to += step
        return to

    def leave(self) -> None:
        """Somebody looks at something else: another may label the set meanwhile, if all is on disk."""
        if self.work.items and not self.unsaved:
            self._left = stamp(self.item)
            self._lock.release()

    def _come_back(self) -> int | None:
        """Goes on with the frame; it is to be read anew where somebody wrote its mask or draft."""
        if self.sheet is None or self._left != stamp(self.item):
            return self.index
        try:
            self._lock.hold(self.item.folder)
        except SetHeldError as error:
            self._hold_off(error)
        self._left = None
        return None

    def _hold_off(self, error: SetHeldError) -> None:
        self.sheet, self.problem, self.held = None, error.message, True

    def keep(self, cuts: bool) -> None:
        """Keeps a step; what cannot be kept is told, and stays in memory. `cuts` is of the open polygon."""
        if self.sheet is None:
            return
        try:
            self.sheet.keep(cuts)
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
            self.say(OPEN, Level.WARN)
            return False
        try:
            if sheet.write():
                self.say(f"Written: {sheet.item.folder.name}/{sheet.item.mask.name}", Level.GOOD)
            self.unsaved = ""
        except OSError as error:
            self.unsaved = f"The mask cannot be written into {sheet.item.folder}: {error.strerror}."
        self.labelled = self.work.labelled()
        return not self.unsaved

    def say(self, words: str, level: Level = Level.PLAIN) -> None:
        """For a toast."""
        self.said.append(Sentence(words, level))

    def close(self) -> None:
        """Lets the set go."""
        self._lock.release()
