"""Runs a command that must not outlive its parent: `python leash.py PARENT_PID COMMAND...`

The kernel sends the command SIGTERM when the parent dies, even by kill -9 (PR_SET_PDEATHSIG, prctl(2); Linux). The
command has its own pid in $BGSUB_SUPERVISED, by which what it starts can tell whether its parent still lives.
Needs nothing but the standard library, so that it can be run by its path.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Becomes the command; ends at once where the parent is gone already."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.environ["BGSUB_SUPERVISED"] = str(os.getpid())
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
