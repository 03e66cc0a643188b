"""Who joins when, what waits where, and what is too large: the bus at its sockets, beside others that are not ours."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
import zmq
from msgspec.structs import replace

from common import codec, shared
from common.bus import Bus, topic_endpoint
from common.clock import boot_id, now_ns
from common.messages import Frame, Health, Plate, ServiceState
from common.metrics import Metrics
from common.places import Places
from common.topics import SERVICES, topic_of
from tests.common.test_bus import LIMIT_S, SETTINGS, frame, heard, once_heard, open_bus, plate

Context = zmq.Context


@pytest.fixture
def context() -> Iterator[Context]:
    made = zmq.Context()
    yield made
    made.destroy(linger=0)


def test_each_late_joiner_is_greeted_not_the_first_alone(instance: Places) -> None:
    with open_bus("segment", instance) as segment, ExitStack() as joined:
        segment.publish(plate("kept"))
        for _ in range(3):
            late = joined.enter_context(open_bus("reader", instance, Plate))
            assert [message.plate_id for message in heard(late, Plate, segment)] == ["kept"]


def test_what_is_kept_travels_inside_however_large(instance: Places, context: Context) -> None:
    """So that it can be told again when its publisher's slots have long been used for others."""
    with open_bus("segment", instance) as segment:
        joiner = context.socket(zmq.SUB)
        joiner.subscribe(b"")
        joiner.connect(topic_endpoint(topic_of(Plate), "segment", SETTINGS, instance))
        large = replace(plate("large"), image=np.full((300, 300, 3), 5, np.uint8))
        segment.publish(large)
        give_up = time.monotonic() + LIMIT_S
        while not joiner.poll(10):
            assert time.monotonic() < give_up
            segment.wait(0.01)
        _, _, pixels = joiner.recv_multipart()
    assert pixels == large.image.tobytes()


def test_heartbeats_of_every_service_are_heard(instance: Places) -> None:
    with ExitStack() as up:
        buses = [up.enter_context(open_bus(name, instance)) for name in SERVICES]
        reader = up.enter_context(open_bus("reader", instance, Health))
        for name, bus in zip(SERVICES, buses, strict=True):
            bus.publish(Health(name, ServiceState.RUNNING, 1, 2.0, None, None, "", ""))
        told: set[str] = set()
        give_up = time.monotonic() + LIMIT_S
        while told != set(SERVICES) and time.monotonic() < give_up:
            for bus in buses:
                bus.wait(0)
            reader.wait(0.01)
            told |= {health.service for health in reader.every(Health)}
    assert told == set(SERVICES)


def test_of_a_long_queue_only_the_end_is_taken_in(instance: Places) -> None:
    with open_bus("camera", instance) as camera, open_bus("reader", instance, Frame) as reader:
        once_heard(camera, reader)
        for seq in range(500):
            camera.publish(frame(seq))
            time.sleep(0.0005)  # or the queue fills at once and drops what comes
        time.sleep(0.1)
        waited = reader.every(Frame)
    assert 0 < len(waited) <= 2 * shared.IN_TURN


def test_a_part_without_measure_is_not_even_taken_in(
    instance: Places, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "MAX_MESSAGE_BYTES", 1 << 16)
    metrics, foreign = Metrics("reader"), context.socket(zmq.PUB)
    instance.runtime.mkdir(parents=True)
    foreign.bind(topic_endpoint(topic_of(Frame), "camera", SETTINGS, instance))
    good = [bytes(part) for part in codec.encode(frame(1), codec.Envelope("s", 1, now_ns(), boot_id()))]
    sample = metrics.registry.get_sample_value
    with Bus("reader", SETTINGS, instance, metrics, (Frame,)) as reader:
        give_up = time.monotonic() + LIMIT_S
        while not reader.every(Frame):
            assert time.monotonic() < give_up
            foreign.send_multipart([b"frame/cam0/", *good])
            reader.wait(0.05)
        for size, counted in ((1 << 16, 1), (1 << 18, 1)):  # dropped by the codec, and by the socket
            foreign.send_multipart([b"frame/cam0/", good[0], bytes(size)])
            reader.wait(0.5)
            assert reader.every(Frame) == []
            assert sample("bgsub_messages_dropped_total", {"topic": "frame", "reason": "oversized"}) == counted
