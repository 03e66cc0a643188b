"""Snaps on a thread of its own: GrabCut takes longer than a picture may be late, and runs without Python's lock."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass

import numpy as np

from common.messages import Alpha, Image
from services.ui.label.editor import MaskEditor
from services.ui.label.snap import snapped


@dataclass(frozen=True, slots=True)
class _Snap:
    editor: MaskEditor
    image: Image
    touched: Alpha
    before: Alpha
    moved: "Future[Alpha | None]"

    @property
    def is_outdated(self) -> bool:
        """Whether somebody drew meanwhile where it moves the border."""
        return bool(((self.editor.mask != self.before) & (self.touched > 0)).any())


class Snapping:
    """The snap under way, if there is one. For the main loop alone."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "snap")
        self._snap: _Snap | None = None

    @property
    def touched(self) -> Alpha | None:
        """Where the snap under way moves the border, None where there is none."""
        return self._snap.touched if self._snap is not None else None

    def begin(self, editor: MaskEditor, image: Image, touched: Alpha) -> None:
        """Moves the border where `touched` is not 0; a snap under way goes on within the new one."""
        if self._snap is not None:
            touched = np.maximum(touched, self._snap.touched)
        before = editor.mask.copy()
        self._snap = _Snap(editor, image, touched, before, self._thread.submit(snapped, image, before, touched))

    def drop(self) -> None:
        """Gives up the one under way."""
        self._snap = None

    def news(self, wait_s: float = 0.0) -> bool | None:
        """True once the border was moved, as one step of the editor; False where there is no border to move.

        None while there is nothing to tell. Waits for it so long, at most.
        """
        snap = self._snap
        if snap is None or snap.editor.stroking or not wait_for([snap.moved], wait_s).done:
            return None
        self._snap = None
        moved = snap.moved.result()
        if moved is None:
            return False
        if snap.is_outdated:
            self.begin(snap.editor, snap.image, snap.touched)
            return self.news(wait_s) if wait_s else None
        snap.editor.move_border(moved, snap.touched)
        return True

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown(cancel_futures=True)
