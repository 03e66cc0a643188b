"""The words over the frame."""

import pytest

from services.ui.draw.canvas import Weight, text_width
from services.ui.label.acts import Do
from services.ui.label.furniture import facts
from services.ui.label.labeller import Look

ROOM = 0.77 * 640 - 2 * 14
"""Of the strip on a picture of 640x480, see draw_strip."""


@pytest.mark.parametrize("look", [look for look in Look if look is not Look.MASK])
def test_how_the_frame_is_seen_is_said_whatever_is_in_hand(made, look):
    made.do(Do.BRUSH)
    made.look = look
    words = [fact.words for fact in facts(made)]
    assert words[3] == look.value
    assert sum(28 + text_width(fact, 13, Weight.MEDIUM) for fact in words[:4]) + 14 < ROOM
