"""The commands of the services. What they import takes seconds, and Ctrl-C meanwhile ends them without a traceback."""

import signal
import sys
from functools import partial
from importlib import import_module
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT
"""The exit status, as shells have it."""


def start(module: str) -> None:
    """Runs the module's `main`. Until that takes the signals itself, Ctrl-C ends the process with INTERRUPTED."""
    signal.signal(signal.SIGINT, _end)
    import_module(module).main()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(INTERRUPTED)


camera = partial(start, "services.camera.main")
pose = partial(start, "services.pose.main")
segment = partial(start, "services.segment.main")
recorder = partial(start, "services.recorder.main")
trainer = partial(start, "services.trainer.main")
ui = partial(start, "services.ui.main")
label = partial(start, "services.ui.label.main")
