import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import zmq

from common import codec
from common.bus import Bus, endpoint
from common.control import Call, ControlClient, ControlServer, ControlTimeoutError, ask, reachable
from common.errors import UserError
from common.messages import (
    AskWeights,
    Blob,
    Capture,
    Done,
    LoadPlate,
    RecordingTarget,
    Refused,
    Reply,
    RollBackWeights,
    SwapWeights,
    WeightsInUse,
)
from common.metrics import Metrics
from common.places import Places
from common.settings import BusSettings, Settings

SETTINGS = Settings()


@pytest.fixture
def bus(instance: Places) -> Iterator[Bus]:
    with Bus("segment", SETTINGS, instance, Metrics("segment")) as bus:
        yield bus


@pytest.fixture
def server(bus: Bus, instance: Places) -> Iterator[ControlServer]:
    server = ControlServer("segment", bus, SETTINGS, instance, Metrics("segment"))
    yield server
    server.close()


@contextmanager
def answering(bus: Bus, server: ControlServer, answer: Callable[[Call], Reply]) -> Iterator[list[Call]]:
    """A service's loop in a thread: `answer` is called once for each request."""
    calls: list[Call] = []
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            bus.wait(0.02)
            for call in server.requests():
                calls.append(call)
                call.reply(answer(call))

    thread = threading.Thread(target=loop)
    thread.start()
    yield calls
    stop.set()
    thread.join(5)


def arrived(bus: Bus, server: ControlServer) -> Call:
    """The next request, within 5 s."""
    give_up = time.monotonic() + 5
    while time.monotonic() < give_up:
        bus.wait(0.02)
        for call in server.requests():
            return call
    raise AssertionError("no request arrived")


def test_a_request_is_answered(bus: Bus, server: ControlServer) -> None:
    with answering(bus, server, lambda call: Done(type(call.request).__name__, {"id": "x"})):
        assert ask("segment", RollBackWeights()) == Done("RollBackWeights", {"id": "x"})


def test_pixels_and_bytes_arrive_whole(bus: Bus, server: ControlServer) -> None:
    image = np.arange(3000, dtype=np.uint8).reshape(10, 100, 3)
    weights = bytes(range(256)) * 8000
    with answering(bus, server, lambda call: Done("", {})) as calls:
        ask("segment", LoadPlate(image, "room.png"))
        ask("segment", SwapWeights(Blob(weights), "file"))
    first, second = (call.request for call in calls)
    assert isinstance(first, LoadPlate)
    assert np.array_equal(first.image, image)
    assert isinstance(second, SwapWeights)
    assert second.weights == weights


def test_a_dead_service_times_out_with_a_hint(instance: Places) -> None:
    start = time.monotonic()
    with pytest.raises(ControlTimeoutError, match=r"recorder did not answer within 0\.3 s.*bgsub status"):
        ask("recorder", Capture(RecordingTarget.FRAME), timeout_s=0.3)
    assert time.monotonic() - start < 5


def test_whether_there_is_a_socket_is_known_without_asking(server: ControlServer) -> None:
    assert reachable("segment")
    assert not reachable("trainer")


def test_a_service_elsewhere_may_be_there(instance: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Settings(bus=BusSettings(endpoints={"control.trainer": "tcp://127.0.0.1:5999"}))
    monkeypatch.setattr("common.control.load_settings", lambda: moved)
    assert reachable("trainer")


def test_a_loop_need_not_wait_for_an_answer(bus: Bus, server: ControlServer, instance: Places) -> None:
    with ControlClient("segment", SETTINGS, instance) as client:
        pending = client.send(RollBackWeights())
        assert pending.reply() is None
        call = arrived(bus, server)
        assert pending.reply() is None
        call.reply(Refused("nothing to go back to"))
        assert pending.reply(wait_s=2) == Refused("nothing to go back to")


def test_a_repeated_request_is_done_once_and_answered_twice(bus: Bus, server: ControlServer) -> None:
    with answering(bus, server, lambda call: Done(f"saved {call.id}", {})) as calls:
        first = ask("segment", RollBackWeights(), request_id="same")
        again = ask("segment", RollBackWeights(), request_id="same")
    assert first == again == Done("saved same", {})
    assert len(calls) == 1


def test_a_repeated_question_is_asked_anew_for_its_large_answer_is_not_kept(bus: Bus, server: ControlServer) -> None:
    answers = iter([b"old", b"new"])
    with answering(bus, server, lambda call: WeightsInUse(Blob(next(answers)), "id")) as calls:
        ask("segment", AskWeights(), request_id="same")
        again = ask("segment", AskWeights(), request_id="same")
    assert isinstance(again, WeightsInUse)
    assert bytes(again.weights) == b"new"
    assert len(calls) == 2


def test_a_request_repeated_before_its_answer_gets_that_answer(
    bus: Bus, server: ControlServer, instance: Places
) -> None:
    with ControlClient("segment", SETTINGS, instance) as client:
        first, second = (client.send(RollBackWeights(), request_id="same") for _ in range(2))
        calls: list[Call] = []
        for _ in range(20):
            bus.wait(0.02)
            calls += server.requests()
        assert len(calls) == 1
        calls[0].reply(Done("once", {}))
        assert first.reply(wait_s=2) == second.reply(wait_s=2) == Done("once", {})


def test_a_request_that_cannot_be_read_is_refused_and_the_service_goes_on(
    bus: Bus, server: ControlServer, instance: Places
) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.connect(endpoint("control.segment", SETTINGS, instance))
    with answering(bus, server, lambda call: Done("fine", {})) as calls:
        for parts in ([b"\xc1"], codec.encode(Done("no request", {}), codec.Envelope("", 0, 0, "", "id"))):
            socket.send_multipart(parts)
            assert socket.poll(2000)
            _, reply = codec.decode(socket.recv_multipart())
            assert isinstance(reply, Refused)
        assert ask("segment", RollBackWeights()) == Done("fine", {})
    assert len(calls) == 1
    context.destroy(linger=0)


def test_a_client_that_went_away_harms_nobody(bus: Bus, server: ControlServer, instance: Places) -> None:
    client = ControlClient("segment", SETTINGS, instance)
    pending = client.send(RollBackWeights())
    call = arrived(bus, server)
    pending.close()
    client.close()
    call.reply(Done("into the void", {}))
    with answering(bus, server, lambda call: Done("fine", {})):
        assert ask("segment", RollBackWeights()) == Done("fine", {})


def test_a_second_server_is_refused(bus: Bus, server: ControlServer, instance: Places) -> None:
    with pytest.raises(UserError, match="in use by process"):
        ControlServer("segment", bus, SETTINGS, instance, Metrics("segment"))
