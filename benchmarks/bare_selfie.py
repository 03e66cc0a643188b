"""Times MediaPipe selfie segmentation's bare network in the peers' own environment; for step.py.

    python bare_selfie.py MODEL.tflite THREADS

For each line with a number on stdin it runs the network so often and answers with a line of times in ms, separated by
spaces. Nothing but the network is timed: no picture is shrunk, no mask enlarged. Imports nothing of this project.
"""

import sys
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def main() -> None:
    """Until stdin ends."""
    network = Interpreter(model_path=sys.argv[1], num_threads=int(sys.argv[2]))
    network.allocate_tensors()
    entry = network.get_input_details()[0]
    network.set_tensor(entry["index"], np.random.default_rng(1).random(entry["shape"], np.float32))
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            network.invoke()
            times.append(1000 * (time.perf_counter() - start))
        print(*times, flush=True)


if __name__ == "__main__":
    main()
