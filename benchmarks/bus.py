"""Bus: from publish() of an array until each reader has the picture and checked it, beside plain pyzmq and imagezmq.

    python -m benchmarks.bus [--json] [--seconds 4] [--rounds 1] [--size 1920x1080] [--readers 4]

*Copied*: each reader made a copy of its own. *Held*: it keeps the picture that the bus gave it, which stays as it is:
with bgsub in the publisher's memory, as our services do, with pyzmq in the message that each reader received. Both
publish an ordinary array. *Loaned*: as held, but the picture was written into a loaned slot before the clock starts, as
a camera does; pyzmq, which sends an array without copying it, has no other way for that than *held*. *pyzmq empty*
sends 400 bytes and no picture: what a message costs before there is anything in it.

Readers are processes of their own; pictures come 30 times a second. The ways follow each other in each round, so that a
noisy machine troubles all alike: look at the ratios, of the medians over the rounds. CPU is of publisher and readers
together, a frame that all readers got.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
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
PEERS = {
    "bgsub copied": "pyzmq copied",
    "bgsub held": "pyzmq held",
    "bgsub loaned": "pyzmq held",
    "pyzmq copied": "pyzmq copied",
    "pyzmq held": "pyzmq held",
    "imagezmq": "pyzmq copied",
    "pyzmq empty": "pyzmq held",
}
"""Each way, and the one that its figures are divided by."""
EMPTY = bytes(400)
READY_S = 30.0


def frame(image: Any, seq: int) -> Frame:
    return Frame(FrameKey("cam0", "bench", seq, now_ns(), boot_id()), image, False, "bench", seq, False)


def kept(image: Any, way: str) -> Any:
    """What a reader keeps of a picture: its own copy, unless this way spares it; checked by its ends."""
    image = image.copy() if way.endswith("copied") else image
    assert image[0, 0, 0] == image[-1, -1, -1]
    return image


def read_bgsub(way: str, where: Places, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
    with Bus("reader", Settings(), where, Metrics("reader"), (Frame,)) as bus:
        picture = None
        while not stop():
            bus.wait(0.1)
            for got in bus.every(Frame):
                new = kept(got.image, way)
                tell((now_ns() - got.key.capture_ns) / 1e6)
                picture = new
        assert picture is not None


def read_pyzmq(way: str, where: Places, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
    picture = None
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.subscribe(b"")
    socket.connect(f"ipc://{where.runtime / 'pyzmq'}")
    while not stop():
        if socket.poll(100):
            header, pixels = socket.recv_multipart(copy=False)
            described = json.loads(header.bytes)
            array = np.frombuffer(pixels.buffer, np.uint8)
            new = array if way.endswith("empty") else kept(array.reshape(described["shape"]), way)
            tell((now_ns() - described["sent"]) / 1e6)
            picture = new
    assert picture is not None
    context.destroy(linger=0)


def read_imagezmq(way: str, where: Places, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
    import imagezmq  # noqa: PLC0415  (a peer that only this benchmark needs)

    hub = imagezmq.ImageHub(open_port=f"ipc://{where.runtime / 'imagezmq'}", REQ_REP=False)
    while not stop():
        if hub.zmq_socket.poll(100):
            sent, image = hub.recv_image()
            kept(image if image.flags.owndata else image.copy(), way)
            tell((now_ns() - int(sent)) / 1e6)
    hub.close()


READERS = {"bgsub": read_bgsub, "pyzmq": read_pyzmq, "imagezmq": read_imagezmq}


def reader(way: str, where: Places, pipe: Connection, over: Any) -> None:
    """A process: tells (latencies in ms, its CPU seconds since it was ready) when it is told to stop."""
    times: list[float] = []
    os.environ["BGSUB_INSTANCE"] = where.instance
    if way == "imagezmq":
        import imagezmq  # noqa: F401, PLC0415  (before the clock starts)
    pipe.send("ready")
    ready = time.process_time()
    READERS[way.partition(" ")[0]](way, where, times.append, lambda: bool(over.value))
    pipe.send((times, time.process_time() - ready))


def loaned(bus: Bus, image: Any) -> Any:
    """The picture as a camera that writes into a loan leaves it."""
    slot = bus.loan(Frame, image.shape)
    slot[...] = image
    return slot


Send = Callable[[Any, int], object]
"""Publishes one picture, and its number."""


@contextmanager
def sender(way: str, where: Places) -> Iterator[Send]:
    """What publishes in the given way."""
    if way.startswith("bgsub"):
        with Bus("camera", Settings(), where, Metrics("camera")) as bus:
            yield partial(send_bgsub, bus, way == "bgsub loaned")
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
        [json.dumps({"shape": image.shape, "sent": now_ns()}).encode(), EMPTY if way.endswith("empty") else image],
        copy=False,
    )
    context.destroy(linger=0)


def send_bgsub(bus: Bus, lend: bool, image: Any, seq: int) -> None:
    bus.publish(frame(loaned(bus, image) if lend else image, seq))
    bus.wait(0)


def measure(way: str, size: tuple[int, int], readers: int, seconds: float, where: Places) -> dict[str, float]:
    """p50 and p95 of the latency in ms, CPU in ms a frame, share of frames that arrived."""
    spawn = multiprocessing.get_context("spawn")
    pipes = [spawn.Pipe() for _ in range(readers)]
    over = spawn.RawValue("b", 0)
    processes = [spawn.Process(target=reader, args=(way, where, theirs, over)) for _, theirs in pipes]
    with sender(way, where) as send:
        for process in processes:
            process.start()
        for ours, _ in pipes:
            if not ours.poll(READY_S):
                raise click.ClickException(f"a reader of {way} is not up after {READY_S:g} s")
            ours.recv()
        time.sleep(0.5)
        pictures = [np.full((*size, 3), value, np.uint8) for value in range(8)]
        cpu, sent = time.process_time(), int(seconds * RATE_HZ)
        for seq in range(sent):
            send(pictures[seq % len(pictures)], seq)
            time.sleep(1 / RATE_HZ)
        cpu = time.process_time() - cpu
        over.value = 1
        results = [ours.recv() if ours.poll(10) else ([], 0.0) for ours, _ in pipes]
    for process in processes:
        process.join(10)
    times = [ms for of_one, _ in results for ms in of_one]
    return {
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
        "cpu_ms": 1000 * (cpu + sum(of_one for _, of_one in results)) * readers / max(1, len(times)),
        "arrived": len(times) / (sent * readers),
    }


def rows(sizes: Sequence[str], counts: Sequence[int], seconds: float, rounds: int) -> Iterator[dict[str, Any]]:
    """A row a size, count of readers and way: medians over the rounds."""
    where = places("bench")
    where.runtime.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        for count in counts:
            runs = [{way: measure(way, SIZES[size], count, seconds, where) for way in PEERS} for _ in range(rounds)]
            for way, compared in PEERS.items():
                middle = {name: float(np.median([run[way][name] for run in runs])) for name in runs[0][way]}
                peer = {name: float(np.median([run[compared][name] for run in runs])) for name in ("p50_ms", "cpu_ms")}
                parts = {f"{name[:-3]}_of_pyzmq": middle[name] / peer[name] for name in peer}
                yield {"size": size, "readers": count, "way": way, **middle, **parts}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--seconds", type=click.FloatRange(0.2, 600), default=4.0, show_default=True, help="Length of each measurement."
)
@click.option(
    "--rounds", type=click.IntRange(1), default=1, show_default=True, help="Measurements of each way, in turn."
)
@click.option("--size", "sizes", type=click.Choice(list(SIZES)), multiple=True, help="One size; all unless given.")
@click.option(
    "--readers", "counts", type=click.IntRange(1, 64), multiple=True, help="So many readers; 1 and 4 unless given."
)
def main(as_json: bool, seconds: float, rounds: int, sizes: tuple[str, ...], counts: tuple[int, ...]) -> None:
    """Time the bus beside plain pyzmq and imagezmq, from publish() until each reader has the picture."""
    found = rows(sizes or tuple(SIZES), counts or (1, 4), seconds, rounds)
    if as_json:
        click.echo(json.dumps(list(found)))
        return
    click.echo("      size readers              way   p50 ms   p95 ms CPU ms/frame  arrived  p50 and CPU of pyzmq's")
    for row in found:
        size, readers, way, p50, p95, cpu, arrived, p50_part, cpu_part = row.values()
        parts = f"{p50_part:7.2f} {cpu_part:7.2f}"
        click.echo(f"{size:>10} {readers:>7} {way:>16} {p50:8.2f} {p95:8.2f} {cpu:12.2f} {arrived:8.0%}  {parts}")


if __name__ == "__main__":
    main()
