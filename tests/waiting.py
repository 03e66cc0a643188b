"""For what another thread or process does."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], limit_s: float = 45, every_s: float = 0.02) -> bool:
    """Whether it came true within the limit; what is costly to look at is looked at more seldom."""
    give_up = time.monotonic() + limit_s
    while time.monotonic() < give_up:
        if true():
            return True
        time.sleep(every_s)
    return False
