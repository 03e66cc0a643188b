"""The facts about ZeroMQ that the bus is built on, each over real sockets."""

import socket
import threading
import time
from collections.abc import Iterator

import msgpack
import numpy as np
import pytest
import zmq
from msgspec.structs import replace

from common import codec, shared
from common.bus import Bus, topic_endpoint
from common.clock import boot_id, now_ns
from common.errors import UserError
from common.messages import Frame, FrameKey, Mask, Message, Plate, PlateHealth, PlateState
from common.metrics import Metrics
from common.places import Places
from common.settings import BusSettings, Settings
from common.topics import topic_of

SETTINGS = Settings()
LIMIT_S = 5.0


def frame(seq: int, size: int = 8) -> Frame:
    image = np.full((size, size, 3), seq % 256, np.uint8)
    return Frame(FrameKey("cam0", "s", seq, now_ns(), boot_id()), image, False, "test", seq, False)


def plate(name: str) -> Plate:
    return Plate(name, np.zeros((2, 2, 3), np.uint8), "cam0", 31, "", PlateHealth(PlateState.GOOD, "plate good"))


def open_bus(service: str, places: Places, *reads: type[Message]) -> Bus:
    return Bus(service, SETTINGS, places, Metrics(service), reads)


@pytest.fixture
def camera(instance: Places) -> Iterator[Bus]:
    with open_bus("camera", instance) as bus:
        yield bus


@pytest.fixture
def reader(instance: Places) -> Iterator[Bus]:
    with open_bus("reader", instance, Frame, Plate) as bus:
        yield bus


def joined(camera: Bus, reader: Bus) -> None:
    """Publishes until the reader hears, then until it has taken in all of it."""
    once_heard(camera, reader)
    time.sleep(0.05)
    reader.every(Frame)


def heard(bus: Bus, kind: type[Message], publisher: Bus) -> list[Message]:
    give_up = time.monotonic() + LIMIT_S
    while time.monotonic() < give_up:
        publisher.wait(0.01)
        messages = bus.every(kind)
        if messages:
            return messages
    return []


def once_heard(camera: Bus, reader: Bus) -> Frame:
    """Publishes until the reader hears: who was overrun has no room at once for one more."""
    give_up = time.monotonic() + LIMIT_S
    while (newest := reader.newest(Frame)) is None:
        assert time.monotonic() < give_up, "the reader never caught up"
        camera.publish(frame(9, 200))
        camera.wait(0.01)
    return newest


def test_a_frame_arrives_as_it_was_sent(camera: Bus, reader: Bus) -> None:
    joined(camera, reader)
    sent = frame(3)
    camera.publish(sent)
    reader.wait(LIMIT_S)
    got = reader.newest(Frame)
    assert got is not None
    assert got.key == sent.key
    assert np.array_equal(got.image, sent.image)


def test_a_late_joiner_gets_the_kept_value(instance: Places) -> None:
    with open_bus("segment", instance) as segment:
        segment.publish(plate("first"))
        segment.publish(plate("second"))
        with open_bus("reader", instance, Plate) as late:
            assert [message.plate_id for message in heard(late, Plate, segment)] == ["second"]


def test_a_kept_value_sent_again_is_told_once(instance: Places) -> None:
    with open_bus("segment", instance) as segment, open_bus("reader", instance, Plate) as reader:
        segment.publish(plate("only"))
        assert len(heard(reader, Plate, segment)) == 1
        segment.repeat_kept()
        segment.publish(plate("next"))
        assert [message.plate_id for message in heard(reader, Plate, segment)] == ["next"]


def test_a_restarted_publisher_is_heard_again(instance: Places) -> None:
    with open_bus("reader", instance, Plate) as reader:
        for name in ("before", "after"):
            with open_bus("segment", instance) as segment:
                segment.publish(plate(name))
                assert [message.plate_id for message in heard(reader, Plate, segment)] == [name]


class Flood:
    """A camera that publishes from a thread of its own until the block ends; `seq` is the number sent last."""

    def __init__(self, places: Places) -> None:
        self.seq = 0
        self._bus = open_bus("camera", places)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._publish)

    def _publish(self) -> None:
        while not self._stop.wait(0.005):
            self.seq += 1
            self._bus.publish(frame(self.seq, size=100))

    def __enter__(self) -> "Flood":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(LIMIT_S)
        self._bus.close()


def test_a_slow_reader_gets_the_newest_each_time(instance: Places, reader: Bus) -> None:
    with Flood(instance) as flood:
        reader.wait(LIMIT_S)
        for _ in range(5):
            asleep = flood.seq
            time.sleep(0.3)
            awake = flood.seq
            # one call does it, but on a machine so busy that the flood itself stands still
            seen = [reader.newest(Frame) for _ in range(3)]
    # what waited in the queue came when the sleep began
    assert any(frame is not None and frame.key.seq > (asleep + awake) / 2 for frame in seen)


def test_after_a_stall_the_old_queue_is_passed_over(instance: Places, reader: Bus) -> None:
    with Flood(instance) as flood:
        reader.wait(LIMIT_S)
        asleep = flood.seq
        time.sleep(1)
        awake = flood.seq
        # one call does it, but on a machine so busy that the flood itself stands still
        seen = [reader.newest(Frame) for _ in range(3)]
    assert awake - asleep > 10 * topic_of(Frame).queue, "the stall was too short to show anything"
    assert any(frame is not None and frame.key.seq > (asleep + awake) / 2 for frame in seen)


def test_what_came_too_late_is_waited_behind_once(camera: Bus, reader: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sent it may have stopped since, and each further wait would be in vain."""
    joined(camera, reader)
    monkeypatch.setattr("common.bus.STALE_S", 0.0)
    camera.publish(frame(1))
    reader.wait(LIMIT_S)
    got = reader.newest(Frame)
    assert got is not None and got.key.seq == 1
    assert not reader._readers[Frame].behind


def test_publishing_never_waits_for_a_reader_that_sleeps(camera: Bus, reader: Bus) -> None:
    joined(camera, reader)
    start = time.monotonic()
    for seq in range(300):
        camera.publish(frame(seq, size=400))
    assert time.monotonic() - start < LIMIT_S
    assert len(reader.every(Frame)) <= 4 * topic_of(Frame).queue


def test_a_flood_of_masks_leaves_the_plate_alone(instance: Places) -> None:
    mask = Mask(frame(1).key, np.zeros((400, 400), np.uint8), "w", "p", plate("p").health, "torch")
    with open_bus("segment", instance) as segment, open_bus("reader", instance, Mask, Plate) as reader:
        segment.publish(plate("early"))
        assert heard(reader, Plate, segment)
        for _ in range(100):
            segment.publish(mask)
        segment.publish(plate("late"))
        assert [message.plate_id for message in heard(reader, Plate, segment)] == ["late"]


def test_a_second_start_is_refused_by_name(camera: Bus, instance: Places) -> None:
    with pytest.raises(UserError, match=r"frame\.cam0 is in use by process \d+.*BGSUB_INSTANCE"):
        open_bus("camera", instance)


def test_the_first_goes_on_after_a_second_was_refused(camera: Bus, reader: Bus, instance: Places) -> None:
    with pytest.raises(UserError):
        open_bus("camera", instance)
    joined(camera, reader)


def test_closing_with_unsent_frames_does_not_hang_and_leaves_nothing(instance: Places) -> None:
    camera = open_bus("camera", instance)
    reader = open_bus("reader", instance, Frame)
    joined(camera, reader)
    for seq in range(50):
        camera.publish(frame(seq, size=600))
    start = time.monotonic()
    camera.close()
    reader.close()
    assert time.monotonic() - start < LIMIT_S
    assert list(instance.runtime.iterdir()) == []


def test_the_runtime_folder_is_private(camera: Bus, instance: Places) -> None:
    assert instance.runtime.stat().st_mode & 0o777 == 0o700


def test_what_cannot_be_read_is_counted_logged_once_and_dropped(
    instance: Places, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics("reader")
    context = zmq.Context()
    foreign = context.socket(zmq.PUB)
    instance.runtime.mkdir(parents=True)
    foreign.bind(topic_endpoint(topic_of(Frame), "camera", SETTINGS, instance))
    good = [bytes(part) for part in codec.encode(frame(1), codec.Envelope("s", 1, now_ns(), boot_id()))]
    header = msgpack.unpackb(good[0])
    bad = {
        "malformed": [b"\xc1"],
        "truncated": good[:1],
        "version": [msgpack.packb({**header, "v": 99}), good[1]],
        "oversized": [good[0], bytes(codec.MAX_MESSAGE_BYTES)],
    }
    with Bus("reader", SETTINGS, instance, metrics, (Frame,)) as reader:
        give_up = time.monotonic() + LIMIT_S
        while not reader.every(Frame):
            assert time.monotonic() < give_up
            foreign.send_multipart([b"frame/cam0/", *good])
            reader.wait(0.05)
        for parts in (*bad.values(), *bad.values()):
            foreign.send_multipart([b"frame/cam0/", *parts])
            reader.wait(LIMIT_S)
            assert reader.every(Frame) == []
        foreign.send_multipart([b"frame/cam0/", *good])
        reader.wait(LIMIT_S)
        assert len(reader.every(Frame)) == 1
    context.destroy(linger=0)
    for reason in bad:
        assert (
            metrics.registry.get_sample_value("bgsub_messages_dropped_total", {"topic": "frame", "reason": reason}) == 2
        )
    assert len([record for record in caplog.records if "was dropped" in record.message]) == len(bad)


def test_two_instances_do_not_hear_each_other(camera: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    from common.places import places

    other = places("other")
    with open_bus("camera", other), open_bus("reader", other, Frame) as reader:
        for seq in range(20):
            camera.publish(frame(seq))
            camera.wait(0.01)
        assert reader.every(Frame) == []
        assert other.base_port != 9700


def test_conflate_keeps_one_part_of_a_multipart_message_and_so_cannot_serve_here() -> None:
    context = zmq.Context()
    sender, receiver = context.socket(zmq.PUB), context.socket(zmq.SUB)
    receiver.setsockopt(zmq.CONFLATE, 1)
    receiver.subscribe(b"")
    port = sender.bind_to_random_port("tcp://127.0.0.1")
    receiver.connect(f"tcp://127.0.0.1:{port}")
    give_up = time.monotonic() + LIMIT_S
    while not receiver.poll(20):
        assert time.monotonic() < give_up
        sender.send_multipart([b"topic", b"header", b"pixels"])
    assert receiver.recv_multipart() != [b"topic", b"header", b"pixels"]
    context.destroy(linger=0)


def test_pixels_written_into_a_loan_arrive(camera: Bus, reader: Bus) -> None:
    joined(camera, reader)
    for seq, side in enumerate((8, 200)):  # inside the message, and through shared memory
        image = camera.loan(Frame, (side, side, 3))
        image[...] = 40 + seq
        camera.publish(replace(frame(seq), image=image))
        got = heard(reader, Frame, camera)[-1]
        assert isinstance(got, Frame)
        assert got.image.shape == (side, side, 3)
        assert np.all(got.image == 40 + seq)


@pytest.mark.skipif(not shared.available(), reason="this machine shares no memory")
def test_a_picture_is_not_copied_and_stays_as_long_as_a_view_of_it_is_kept(camera: Bus, reader: Bus) -> None:
    joined(camera, reader)
    camera.publish(frame(7, 200))
    reader.wait(LIMIT_S)
    got = reader.newest(Frame)
    assert got is not None
    part = got.image[20:, ::-1][..., 1]
    assert not got.image.flags.owndata
    del got
    for seq in range(3 * shared.SLOTS):
        camera.publish(frame(100 + seq, 200))
    assert np.all(part == 7)
    newest = once_heard(camera, reader)
    assert newest.image.min() == newest.image.max() != 7


@pytest.mark.skipif(not shared.available(), reason="this machine shares no memory")
def test_however_many_pictures_are_kept_none_changes(camera: Bus, reader: Bus) -> None:
    joined(camera, reader)
    kept: list[Frame] = []
    give_up = time.monotonic() + LIMIT_S
    while len(kept) < 2 * shared.SLOTS:
        assert time.monotonic() < give_up
        camera.publish(frame(len(kept), 200))
        camera.wait(0.002)
        kept += reader.every(Frame)
    assert all(picture.image.min() == picture.image.max() == picture.key.seq for picture in kept)
    assert sum(not picture.image.flags.owndata for picture in kept) == shared.HELD


def test_an_endpoint_to_read_from_that_is_none_is_told_in_words(instance: Places) -> None:
    wrong = Settings(bus=BusSettings({"frame.cam0": "tcp:/nohost:1"}))
    with pytest.raises(UserError, match=r"tcp:/nohost:1.*bus\.endpoints"):
        Bus("reader", wrong, instance, Metrics("reader"), (Frame,))


def afar(jpeg: int) -> Settings:
    """Settings by which frames and plates go by way of tcp, as to another host."""
    with socket.socket() as frames, socket.socket() as plates:
        for one in (frames, plates):
            one.bind(("127.0.0.1", 0))
        names = (("frame.cam0", frames), ("plate.cam0", plates))
        ends = {name: f"tcp://127.0.0.1:{one.getsockname()[1]}" for name, one in names}
    return Settings(bus=BusSettings(ends, jpeg))


@pytest.mark.parametrize("jpeg", [0, 90])
def test_to_another_host_pixels_travel_inside_and_frames_as_jpeg_where_that_is_asked_for(
    instance: Places, jpeg: int
) -> None:
    far = afar(jpeg)
    noisy = np.random.default_rng(1).integers(100, 116, (120, 160, 3), np.uint8)
    with (
        Bus("camera", far, instance, Metrics("camera")) as camera,
        Bus("segment", far, instance, Metrics("segment")) as segment,
        Bus("reader", far, instance, Metrics("reader"), (Frame, Plate)) as reader,
    ):
        once_heard(camera, reader)
        loaned = camera.loan(Frame, noisy.shape)
        loaned[...] = noisy
        camera.publish(replace(frame(77, 200), image=loaned))
        segment.publish(replace(plate("far"), image=noisy))
        got = next(one for one in heard(reader, Frame, camera) if isinstance(one, Frame) and one.key.seq == 77)
        (kept,) = heard(reader, Plate, segment)
    assert isinstance(kept, Plate)
    assert np.array_equal(kept.image, noisy)
    assert np.array_equal(got.image, noisy) == (jpeg == 0)
    assert np.abs(got.image.astype(int) - noisy).mean() < 8
