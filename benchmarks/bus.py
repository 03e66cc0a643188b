"""Bus: from publish() of an ordinary array until each reader holds a checked copy, beside plain pyzmq and imagezmq.

    python -m benchmarks.bus [--json] [--seconds 4]

Readers are processes of their own; pictures come 30 times a second. The ways follow each other at every size, so that a
noisy machine troubles all alike: look at the ratios. CPU is of publisher and readers together.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import click
import numpy as np
import zmq

from common.bus import Bus
from common.clock import boot_id, now_ns
from common.messages import Frame, FrameKey
from common.metrics import Metrics
from common.places import Places, places
from common.settings import Settings

SIZES = {"640x480": (480, 640), "1280x720": (720, 1280), "1920x1080": (1080, 1920)}
RATE_HZ = 30
WAYS = ("bgsub", "pyzmq multipart", "imagezmq")


def frame(image: Any, seq: int) -> Frame:
    return Frame(FrameKey("cam0", "bench", seq, now_ns(), boot_id()), image, False, "bench", seq, False)


def copied(image: Any) -> bool:
    """The work of a reader that keeps its picture: it owns the bytes, and their ends are what was sent."""
    kept = image if image.flags.owndata else image.copy()
    return bool(kept[0, 0, 0] == kept[-1, -1, -1])


def read_bgsub(where: Places, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
    with Bus("reader", Settings(), where, Metrics("reader"), (Frame,)) as bus:
        while not stop():
            bus.wait(0.1)
            for got in bus.every(Frame):
                assert copied(got.image)
                tell((now_ns() - got.key.capture_ns) / 1e6)


def read_pyzmq(where: Places, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.subscribe(b"")
    socket.connect(f"ipc://{where.runtime / 'pyzmq'}")
    while not stop():
        if socket.poll(100):
            header, pixels = socket.recv_multipart(copy=False)
            described = json.loads(header.bytes)
            assert copied(np.frombuffer(pixels.buffer, np.uint8).reshape(described["shape"]))
            tell((now_ns() - described["sent"]) / 1e6)
    context.destroy(linger=0)


def read_imagezmq(where: Places, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
    import imagezmq  # noqa: PLC0415  (a peer that only this benchmark needs)

    hub = imagezmq.ImageHub(open_port=f"ipc://{where.runtime / 'imagezmq'}", REQ_REP=False)
    while not stop():
        if hub.zmq_socket.poll(100):
            sent, image = hub.recv_image()
            assert copied(image)
            tell((now_ns() - int(sent)) / 1e6)
    hub.close()


READERS = {"bgsub": read_bgsub, "pyzmq multipart": read_pyzmq, "imagezmq": read_imagezmq}


def reader(way: str, where: Places, pipe: Connection) -> None:
    """A process: tells (latencies in ms, its CPU seconds since it was ready) when it is told to stop."""
    times: list[float] = []
    os.environ["BGSUB_INSTANCE"] = where.instance
    ready = time.process_time()
    READERS[way](where, times.append, pipe.poll)
    pipe.send((times, time.process_time() - ready))


@contextmanager
def sender(way: str, where: Places) -> Iterator[Callable[[Any, int], None]]:
    """What publishes one picture in the given way."""
    if way == "bgsub":
        with Bus("camera", Settings(), where, Metrics("camera")) as bus:
            yield lambda image, seq: (bus.publish(frame(image, seq)), bus.wait(0))[0]
        return
    if way == "imagezmq":
        import imagezmq  # noqa: PLC0415

        peer = imagezmq.ImageSender(connect_to=f"ipc://{where.runtime / 'imagezmq'}", REQ_REP=False)
        yield lambda image, _seq: peer.send_image(str(now_ns()), image)
        peer.close()
        return
    context = zmq.Context()
    socket = context.socket(zmq.PUB)
    socket.bind(f"ipc://{where.runtime / 'pyzmq'}")
    yield lambda image, _seq: socket.send_multipart(
        [json.dumps({"shape": image.shape, "sent": now_ns()}).encode(), image], copy=False
    )
    context.destroy(linger=0)


def measure(way: str, size: tuple[int, int], readers: int, seconds: float, where: Places) -> dict[str, float]:
    """p50 and p95 of the latency in ms, CPU in ms a frame, share of frames that arrived."""
    spawn = multiprocessing.get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(readers)]
    processes = [spawn.Process(target=reader, args=(way, where, theirs)) for _, theirs in pipes]
    with sender(way, where) as send:
        for process in processes:
            process.start()
        time.sleep(1.5)
        pictures = [np.full((*size, 3), value, np.uint8) for value in range(8)]
        cpu, sent = time.process_time(), int(seconds * RATE_HZ)
        for seq in range(sent):
            send(pictures[seq % len(pictures)], seq)
            time.sleep(1 / RATE_HZ)
        cpu = time.process_time() - cpu
        results = []
        for ours, _ in pipes:
            ours.send("stop")
            results.append(ours.recv() if ours.poll(10) else ([], 0.0))
    for process in processes:
        process.join(10)
    times = [ms for of_one, _ in results for ms in of_one]
    return {
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
        "cpu_ms": 1000 * (cpu + sum(of_one for _, of_one in results)) / sent,
        "arrived": len(times) / (sent * readers),
    }


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of each measurement.")
def main(as_json: bool, seconds: float) -> None:
    """Time the bus beside its peers."""
    where = places("bench")
    where.runtime.mkdir(parents=True, exist_ok=True)
    rows = [
        {"size": name, "readers": count, "way": way, **measure(way, size, count, seconds, where)}
        for name, size in SIZES.items()
        for count in (1, 4)
        for way in WAYS
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    click.echo("      size readers              way   p50 ms   p95 ms CPU ms/frame  arrived")
    for row in rows:
        size, readers, way, p50, p95, cpu, arrived = row.values()
        click.echo(f"{size:>10} {readers:>7} {way:>16} {p50:8.2f} {p95:8.2f} {cpu:12.2f} {arrived:8.0%}")


if __name__ == "__main__":
    main()
