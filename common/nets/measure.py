"""Times the network on each engine and tells it as JSON on stdout; for choice.py, as a process of its own.

    python -m common.nets.measure [PARENT]

Engines take turns, and of each the best of many runs counts: that is what stays the same on a busy machine.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict

import numpy as np

from common.nets.choice import Choice, candidates
from common.nets.segmenter import Segmenter
from common.parent import die_with
from common.weights import Weights

LIMIT_S = 240.0
NICENESS = 19
WARM_UP, RUNS = 3, 20
SIZE = (480, 640, 3)


def measure() -> dict[Choice, float]:
    """The best time of a step in ms, measured by a process of its own that nothing waits behind.

    Raises OSError, subprocess.SubprocessError or ValueError where that fails.
    """
    command = [sys.executable, "-m", "common.nets.measure", str(os.getpid())]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=LIMIT_S)
    return {Choice(row["engine"], row["threads"]): float(row["ms"]) for row in json.loads(done.stdout)}


def timed(choices: list[Choice]) -> dict[Choice, float]:
    """In this very process."""
    rng = np.random.default_rng(1)
    plate, frame = (rng.integers(0, 256, SIZE, np.uint8) for _ in range(2))
    weights = Weights.shipped()
    best: dict[Choice, float] = {}
    # torch has one count of threads for the whole process: choices with the same count share a turn
    for threads in sorted({choice.threads for choice in choices}):
        level = [choice for choice in choices if choice.threads == threads]
        networks = [Segmenter(weights, choice.engine, "cpu", threads) for choice in level]
        for network in networks:
            network.closer = False
            network.set_plate(plate)
        times = [[step_ms(network, frame) for network in networks] for _ in range(WARM_UP + RUNS)]
        best |= dict(zip(level, map(min, zip(*times[WARM_UP:], strict=True)), strict=True))
    return best


def step_ms(network: Segmenter, frame: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> float:
    start = time.perf_counter()
    network.alpha(frame)
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Dies with the process whose number it is given, as a measurement that nobody waits for only takes room."""
    if sys.argv[1:] and not die_with(int(sys.argv[1])):
        return
    os.nice(NICENESS)
    rows = [{**asdict(choice), "ms": ms} for choice, ms in timed(candidates()).items()]
    sys.stdout.write(json.dumps(rows) + "\n")


if __name__ == "__main__":
    main()
