"""Floor: how fast the network could be at best on one core, from what it must compute and move.

    python -m benchmarks.floor [--size 640x480] [--json]

Counts, layer by layer in OpenVINO's own graph, the multiply-adds of the frame's part and the bytes that move if every
convolution reads its input and weights and writes its result once. The ceilings are measured here and now: the best of
many large matrix products (BLAS, one thread), and of many copies of a picture too large for the core's own cache. The
floor is the larger of the two times; what the engine takes beyond it is layers too small or too thin to fill the core.
"""

import json
import math
import os
import time
from collections.abc import Callable
from typing import Any

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(ONE_THREAD, "1"))

import click  # noqa: E402
import numpy as np  # noqa: E402

from common.nets import graph  # noqa: E402
from common.nets.engine_openvino import OpenVinoEngine  # noqa: E402
from common.nets.view import net_size  # noqa: E402
from common.weights import Weights  # noqa: E402

SIZES = ("640x480", "1280x720", "1920x1080")
RUNS = 30
SIDE = 1024
COPIED_BYTES = 8 << 20


def best_s(work: Callable[[], object], runs: int = RUNS) -> float:
    """Processor time of the fastest run, which on a busy machine is the honest one."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def counted(shape: tuple[int, int, int]) -> dict[str, float]:
    """Multiply-adds, and bytes moved, of the frame's part for pictures H,W,3."""
    weights = Weights.shipped()
    plate = graph.plate_part(weights, shape)
    model = graph.frame_part(weights, shape, [output.get_shape() for output in plate.outputs])
    layers = [op for op in model.get_ordered_ops() if op.get_type_name() not in ("Parameter", "Constant", "Result")]
    return {"multiply_adds": float(sum(map(multiply_adds, layers))), "bytes": float(sum(map(moved, layers)))}


def multiply_adds(layer: Any) -> int:
    """Of a convolution; everything else is small beside them."""
    if layer.get_type_name() not in ("Convolution", "GroupConvolution"):
        return 0
    kernel = list(layer.input(1).get_shape())
    per_result = math.prod(kernel[2:] if layer.get_type_name() == "GroupConvolution" else kernel[1:])
    return int(math.prod(layer.output(0).get_shape()) * per_result)


def moved(layer: Any) -> int:
    """Bytes of float32 that a convolution reads and writes. What stands between two convolutions is fused with them."""
    if "Convolution" not in layer.get_type_name():
        return 0
    values = [*layer.inputs(), layer.output(0)]
    return sum(4 * math.prod(map(int, value.get_shape())) for value in values)


def ceilings() -> dict[str, float]:
    """Multiply-adds and bytes a second of one core."""
    rng = np.random.default_rng(1)
    a, b = (rng.random((SIDE, SIDE), np.float32) for _ in range(2))
    out = np.empty_like(a)
    product = best_s(lambda: np.matmul(a, b, out=out))
    source = rng.integers(0, 256, COPIED_BYTES, np.uint8)
    target = np.empty_like(source)
    copy = best_s(lambda: np.copyto(target, source))
    return {"multiply_adds_a_s": SIDE**3 / product, "bytes_a_s": 2 * COPIED_BYTES / copy}


def engine_ms(shape: tuple[int, int, int]) -> float:
    engine = OpenVinoEngine(Weights.shipped(), 1)
    picture = np.random.default_rng(1).random(shape, np.float32) * 255
    engine.prepare([(shape[1], shape[0])])
    kept = engine.keep(picture)
    return 1000 * best_s(lambda: engine.logits(picture, kept))


def measure(size: str) -> dict[str, Any]:
    """All of it for a camera's size."""
    width, height = net_size(*map(int, size.split("x")))
    work, top = counted((height, width, 3)), ceilings()
    arithmetic = 1000 * work["multiply_adds"] / top["multiply_adds_a_s"]
    memory = 1000 * work["bytes"] / top["bytes_a_s"]
    return {
        "network": f"{width}x{height}",
        **work,
        **top,
        "arithmetic_ms": arithmetic,
        "memory_ms": memory,
        "floor_ms": max(arithmetic, memory),
        "openvino_ms": engine_ms((height, width, 3)),
    }


@click.command()
@click.option("--size", type=click.Choice(SIZES), default="640x480", show_default=True, help="Of the camera.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(*, size: str, as_json: bool) -> None:
    """Count the network's work and measure what a core can do."""
    found = measure(size)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"network {found['network']}: {found['multiply_adds'] / 1e6:.0f} million multiply-adds, ", nl=False)
    click.echo(f"{found['bytes'] / 1e6:.0f} MB moved")
    click.echo(
        f"this core: {found['multiply_adds_a_s'] / 1e9:.0f} G multiply-adds/s, {found['bytes_a_s'] / 1e9:.1f} GB/s"
    )
    click.echo(
        f"floor {found['floor_ms']:.2f} ms: arithmetic {found['arithmetic_ms']:.2f}, memory {found['memory_ms']:.2f}"
    )
    click.echo(f"OpenVINO, one thread: {found['openvino_ms']:.2f} ms")


if __name__ == "__main__":
    main()
