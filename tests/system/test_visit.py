"""A visit at the real page and at the real window: what is pressed by palm and by click, and what the pixels show."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from benchmarks.visit import visit_page, visit_window
from common.messages import Image
from tests.system.conftest import Figure
from tests.system.visit import Findings

pytestmark = pytest.mark.system


@pytest.mark.parametrize("visit", [visit_page, visit_window], ids=["page", "window"])
def test_a_visit(
    tmp_path: Path, visit: Callable[[Path, dict[str, Image]], Findings], figure: Figure, request: pytest.FixtureRequest
) -> None:
    """The figure presses Bkg and Sav by palm; clone, backdrop and Ext are clicked; segment is killed under backdrop."""
    pictures: dict[str, Image] = {}
    try:
        found = visit(tmp_path, pictures)
    except LookupError as missing:
        pytest.skip(str(missing))
    figure(
        f"visit at the {request.node.callspec.id}: palms by {found.palms} ({100 * found.palms_near:.0f} % near), "
        f"the double within {found.double.worst_px:.1f} px, {found.pictures_hidden} pictures of backdrop "
        f"({found.cards} cards) with {found.room_px} patches of the room, {found.seconds:.0f} s"
    )
    assert found.double.is_right, found.double
    assert found.room_on_cards == 0
    assert found.room_px == 0
    assert found.cards > 0
    assert len(pictures.keys() - {"room-seen"}) == 7
    with av.open(str(tmp_path / found.film)) as film:
        assert sum(1 for _ in film.decode(video=0)) >= 3
