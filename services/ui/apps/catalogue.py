"""The apps, in the order of their keys 1, 2, 3."""

from services.ui.apps.app import App
from services.ui.apps.studio import Studio


def apps() -> tuple[App, ...]:
    """One of each, fresh."""
    return (Studio(),)
