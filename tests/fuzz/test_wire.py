"""Messages changed at random, to the codec and to a service's control socket: refused or read, and it goes on."""

import threading
from collections.abc import Iterator
from typing import Any

import msgpack
import numpy as np
import pytest
import zmq

from common import codec
from common.bus import Bus, endpoint
from common.control import ControlServer, ask
from common.messages import Done, RollBackWeights
from common.metrics import Metrics
from common.places import Places
from common.settings import Settings
from tests.common.test_codec import EXAMPLES, wire

pytestmark = pytest.mark.fuzz

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**63 - 1, -(2**63), 2**64 - 1, 1e308, float("nan"), float("inf"), "", "x" * 5000, "\0",
    "\udcff", b"", b"\xff" * 100, [], [[]], {}, {"": {}}, [0] * 1000, {"v": 1}, "Frame", "shm", "raw", "uint8",
    [2**31, 2**31, 3],
)  # fmt: skip
"""What may stand where something else belongs."""


def changed(value: Any, rng: np.random.Generator) -> Any:
    """The value with one place in it changed: replaced, dropped, doubled or renamed."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = list(value)[rng.integers(len(value))]
        rest = {name: inner for name, inner in value.items() if name != key}
        how = rng.random()
        if how < 0.1:
            return rest
        return {**rest, "other" if how < 0.2 else key: changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = int(rng.integers(len(value)))
        how = rng.random()
        if how < 0.2:
            return value[:at] + value[at + 1 :]
        return value * 2 if how < 0.3 else [*value[:at], changed(value[at], rng), *value[at + 1 :]]
    return ODD[rng.integers(len(ODD))]


def torn(parts: list[bytes], rng: np.random.Generator) -> list[bytes]:
    """The parts with bytes turned, cut, or parts lost, doubled and swapped."""
    for _ in range(int(rng.integers(1, 4))):
        which = int(rng.integers(len(parts) + 1))
        here, rest = parts[which : which + 1], parts[which + 1 :]
        ways: list[list[bytes]] = [
            [turned(part, rng) for part in here],
            [part[: int(rng.integers(len(part) + 1))] for part in here],
            [],
            [*here, rng.bytes(int(rng.integers(200)))],
            here * 2,
        ]
        parts = [*parts[:which], *ways[rng.integers(len(ways))], *rest]
    return parts


def turned(part: bytes, rng: np.random.Generator) -> bytes:
    """One byte of it is another."""
    at = int(rng.integers(len(part) + 1))
    return part[:at] + rng.bytes(1) + part[at + 1 :]


def mutations(seed: int, count: int) -> Iterator[list[bytes]]:
    """The same ones for the same seed."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        header, *buffers = wire(EXAMPLES[rng.integers(len(EXAMPLES))])
        if rng.random() < 0.7:
            again = changed(msgpack.unpackb(header), rng)
            yield [msgpack.packb(again, unicode_errors="surrogatepass"), *buffers]
        else:
            yield torn([header, *buffers], rng)


@pytest.mark.parametrize("seed", range(20))
def test_a_changed_message_is_read_or_refused(seed: int) -> None:
    refused = 0
    for parts in mutations(seed, 500):
        try:
            codec.decode(parts)
        except codec.WireError as error:
            refused += 1
            assert str(error)
            assert len(str(error)) < 500
    assert refused > 250


def test_the_control_socket_goes_on(instance: Places) -> None:
    """Every message that a peer can send is answered or dropped; the next real request is answered still."""
    stop = threading.Event()
    with Bus("segment", Settings(), instance, Metrics("segment")) as bus:
        server = ControlServer("segment", bus, Settings(), instance, Metrics("segment"))

        def serve() -> None:
            while not stop.is_set():
                bus.wait(0.02)
                for call in server.requests():
                    call.reply(Done(type(call.request).__name__, {}))

        thread = threading.Thread(target=serve)
        thread.start()
        context = zmq.Context()
        try:
            for seed in range(30):
                socket = context.socket(zmq.DEALER)
                socket.connect(endpoint("control.segment", Settings(), instance))
                for parts in mutations(100 + seed, 40):
                    if parts:
                        socket.send_multipart(parts)
                socket.poll(200)
                socket.close(linger=0)
                assert ask("segment", RollBackWeights(), timeout_s=10) == Done("RollBackWeights", {})
            assert thread.is_alive()
        finally:
            stop.set()
            thread.join(5)
            server.close()
            context.destroy(linger=0)
