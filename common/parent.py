"""A process that ends with the one that started it."""

import ctypes
import os
import signal
import sys


def die_with(parent: int, by: signal.Signals = signal.SIGKILL) -> bool:
    """Sends this process a signal when `parent` ends, even by kill -9; False where that had ended before.

    SIGKILL unless told, since a process that hangs must go too. Elsewhere than on Linux nobody sees to it.
    """
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, by)
    return os.getppid() == parent
