"""A snap is made aside: nothing waits for it but what follows from it, and nothing of it is lost."""

import threading

import numpy as np
import pytest

from services.ui.label import snapping
from services.ui.label.acts import Do
from tests.services.ui.label.rooms import key, mask_in, names, stroke


@pytest.fixture
def slow(monkeypatch):
    """A snap that takes until the event is set, and then fills what was touched."""
    gate = threading.Event()

    def snapped(_image, mask, touched):
        gate.wait(20)
        return np.where(touched > 0, np.uint8(255), mask)

    monkeypatch.setattr(snapping, "snapped", snapped)
    yield gate
    gate.set()


def test_nothing_waits_for_a_snap(made, slow):
    stroke(made, tool=Do.SNAP)
    assert made.drawing.band.any() and not made.hear() and not made.sheet.editor.mask.any()
    made.do(Do.BRUSH)
    stroke(made, (10, 100), (30, 100))
    slow.set()
    made.settle()
    assert made.drawing.band is None and made.sheet.editor.mask[55, 75] == made.sheet.editor.mask[100, 20] == 255
    key(made, "z")
    assert made.sheet.editor.mask[55, 75] == 0 and made.sheet.editor.mask[100, 20] == 255


def test_what_is_drawn_under_a_snap_is_snapped_anew(made, slow):
    stroke(made, tool=Do.SNAP)
    before = [made.sheet.editor.mask.copy()]
    stroke(made, (60, 40), (64, 40), tool=Do.BRUSH)
    before.append(made.sheet.editor.mask.copy())
    slow.set()
    made.settle()
    for mask in reversed(before):
        key(made, "z")
        assert (made.sheet.editor.mask == mask).all()


def test_done_during_a_snap_writes_what_was_snapped(made, folder, slow):
    stroke(made, tool=Do.SNAP)
    made.do(Do.DONE)
    assert made.frames.item.k == 0 and names(folder) == []
    slow.set()
    made.close()
    assert mask_in(folder / "0_mask.png")[55, 75] == 255 and made.frames.item.k == 1


def test_undo_gives_a_snap_up(made, folder, slow):
    stroke(made, tool=Do.SNAP)
    made.do(Do.DONE)
    key(made, "z")
    key(made, "z")
    slow.set()
    made.settle()
    assert made.drawing.band is None and not made.sheet.editor.mask.any() and made.frames.item.k == 0


def test_a_snap_that_ends_during_a_stroke_waits_for_it(made, slow):
    stroke(made, tool=Do.SNAP)
    made.do(Do.BRUSH)
    made.drawing.press(10, 100)
    slow.set()
    made.drawing.snapping._thread.submit(int).result(20)
    assert not made.hear() and not made.sheet.editor.mask[55, 75]
    made.drawing.release()
    made.settle()
    assert made.sheet.editor.mask[55, 75] == made.sheet.editor.mask[100, 10] == 255
