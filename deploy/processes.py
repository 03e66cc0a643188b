"""THE table of processes: one row each. The supervisor steers to it; there is no start order."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Process:
    """One row."""

    name: str
    command: str
    """A command installed beside the interpreter."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Set for this process alone."""
    steady_s: int = 5
    """A life shorter than this was a failed start: the next one waits 1, 2, 3, 4 s. After a longer life none waits."""
    ends_all: bool = False
    """When it ends in good order (exit status 0) everything ends; otherwise it is started again like the others."""


TABLE = (
    Process("camera", "bgsub-camera"),
    Process("pose", "bgsub-pose", env={"OMP_NUM_THREADS": "1"}),
    Process("segment", "bgsub-segment"),
    Process("recorder", "bgsub-recorder"),
    # waits; its trainings run in a child that steps back by itself
    Process("trainer", "bgsub-trainer"),
    # Supervisor tells an end's exit status only for a process that was steady, and Ext may be pressed at once
    Process("ui", "bgsub-ui", steady_s=0, ends_all=True),
)

DEATHS = 5
"""So many deaths of one process within DEATHS_WITHIN_S and it is given up: left down, and shown as GIVEN UP."""
DEATHS_WITHIN_S = 60.0
