"""For what another thread or process does."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], limit_s: float = 45) -> bool:
    """Whether it came true within the limit."""
    give_up = time.monotonic() + limit_s
    while time.monotonic() < give_up:
        if true():
            return True
        time.sleep(0.02)
    return False
