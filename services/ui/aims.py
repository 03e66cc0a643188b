"""Where palms press: the app's buttons and the row's tabs as targets, and what each asks of a palm."""

from collections.abc import Sequence

from services.ui.apps.app import App
from services.ui.draw.buttons import Role, centre
from services.ui.draw.row import Tab
from services.ui.touch import Feel, Target

_ASKED_TWICE = (Role.LONG, Role.ENDS)


def targets(app: App, apps: Sequence[App], row: Sequence[Tab], feel: Feel, size: tuple[int, int]) -> list[Target]:
    """All of `app` in a picture of that height and width; the tab on show is none."""
    height, width = size
    buttons = [
        Target(
            button.id,
            *centre(button, width, height),
            dwell_s=feel.harmless_s if button.role is Role.HARMLESS else feel.writes_s,
            confirm=button.role in _ASKED_TWICE,
        )
        for button in app.buttons()
    ]
    bare = {f"app:{one.name}" for one in apps if not one.hides_room}
    tabs = [
        # a hand that rests must not show the room that an app hides
        Target(tab.id, *tab.centre, tab.box.width / 2, feel.writes_s, confirm=app.hides_room and tab.id in bare)
        for tab in row
        if tab.id != f"app:{app.name}"
    ]
    return buttons + tabs
