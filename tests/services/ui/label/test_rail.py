"""The tools beside the frame that is labelled."""

import numpy as np
import pytest

from services.ui.label.acts import Do
from services.ui.label.rail import RailLook, cells, draw_rail
from tests.services.ui.test_draw import contrast, sheet


@pytest.mark.parametrize("wall", [0, 128, 255])
@pytest.mark.parametrize("tool", [Do.POLYGON, Do.BRUSH])
def test_the_letters_of_the_tools_can_be_read_over_any_frame(wall, tool):
    canvas = sheet(wall)
    draw_rail(canvas, cells(canvas.unit, below_row=False), RailLook(Do.POLYGON, frozenset(), None, False))
    image = canvas.finish()
    cell = next(cell for cell in cells(canvas.unit, below_row=False) if cell.act.do is tool)
    # a letter and what is around it, without the panel's edge
    letter = image[round(cell.y + 4) : round(cell.y + cell.height - 4), round(cell.x + 32) : round(cell.x + 44)]
    flat = letter.reshape(-1, 3)
    ground, ink = flat[flat.sum(axis=1).argmin()], flat[flat.sum(axis=1).argmax()]
    assert contrast(ground, ink) >= 4.5 and np.abs(ground.astype(int) - ink).max() > 100
