from typing import Any, get_args

import cv2
import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from common import codec, shared
from common import messages as m

KEY = m.FrameKey("cam0", "session", 7, 123, "boot")
ENVELOPE = codec.Envelope("sender", 1, 2, "boot")
HEALTH = m.PlateHealth(m.PlateState.GOOD, "plate good")
IMAGE = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
POINT = m.Keypoint(1.5, 2.5, 0.75)
SHOTS = (m.Shot("0.png", IMAGE), m.Shot("bkg.png", IMAGE))
EXAMPLES = [
    m.Frame(KEY, IMAGE, mirrored=True, source="a.png", index=3, live=False),
    m.Palms(KEY, (m.Person(0.5, (POINT,) * 17, POINT, None),)),
    m.Mask(KEY, IMAGE[..., 0], "weights", "plate", HEALTH, "torch"),
    m.Plate("", np.zeros((0, 0, 3), np.uint8), "cam0", 0, "", HEALTH),
    m.Recording(m.RecordingState.SAVED, m.RecordingTarget.FRAME, 2, 0.5, 3, True, 2, "0.png", "saved", "job", SHOTS),
    m.Training(m.TrainingState.RUNNING, "job", 1, 10, 0.5, None, 0.9, None, "", "training", IMAGE),
    m.Health("camera", m.ServiceState.RUNNING, 1, 2.0, 30, None, "cpu", ""),
    m.LearnPlate(1.5),
    m.LoadPlate(IMAGE, "room.png"),
    m.ClearPlate(),
    m.SwapWeights(m.Blob(b"\x00\x01"), "a file"),
    m.RollBackWeights(),
    m.Capture(m.RecordingTarget.PLATE),
    m.CancelCapture(),
    m.Train(10, 2, (1, 2)),
    m.StopTraining(),
    m.TellTraining(m.Training(m.TrainingState.RUNNING, "job", 1, 10, 0.5, None, 0.9, None, "", "training", IMAGE)),
    m.AskStatus(),
    m.Done("done", {"id": "x"}),
    m.Accepted("job", "begun"),
    m.Refused("no"),
    m.UndoSave(),
    m.LockCamera(),
    m.UnlockCamera(),
    m.AskWeights(),
    m.WeightsInUse(m.Blob(b"\x00"), "id"),
]


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, Struct):
        return type(a) is type(b) and all(equal(getattr(a, name), getattr(b, name)) for name in a.__struct_fields__)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return bool(a == b)


def wire(message: Any) -> list[bytes]:
    return [bytes(part) for part in codec.encode(message, ENVELOPE)]


def test_a_training_carries_its_curve() -> None:
    points = (m.TrainingPoint(1, 0.5, None), m.TrainingPoint(2, 0.4, 0.9))
    assert codec.decode(wire(replace(EXAMPLES[5], curve=points, swapped=True)))[1].curve == points


def tampered(message: Any, **changes: Any) -> list[bytes]:
    header, *buffers = wire(message)
    return [msgpack.packb({**msgpack.unpackb(header), **changes}), *buffers]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_every_message_survives_the_wire(message: Any) -> None:
    envelope, again = codec.decode(wire(message))
    assert envelope == ENVELOPE
    assert equal(again, message)


def test_the_examples_are_all_there_is() -> None:
    kinds = {kind for union in (m.Message, m.Request, m.Reply) for kind in get_args(union)}
    assert {type(message) for message in EXAMPLES} == kinds


def test_the_bytes_on_the_wire_are_those_of_any_msgpack() -> None:
    image = {"dtype": "uint8", "shape": [2, 4, 3], "codec": "raw"}
    key = {"camera": "cam0", "session": "session", "seq": 7, "capture_ns": 123, "boot": "boot"}
    body = {"key": key, "image": 0, "mirrored": True, "source": "a.png", "index": 3, "live": False}
    sender = {"session": "sender", "seq": 1, "sent_ns": 2, "boot": "boot", "id": ""}
    header = {"v": 1, "type": "Frame", **sender, "body": body, "buffers": [image]}
    assert wire(EXAMPLES[0]) == [msgpack.packb(header), IMAGE.tobytes()]


def test_numbers_of_numpy_are_sent_and_other_things_are_not() -> None:
    point = m.Keypoint(np.float64(1.5), 2, 0.75)
    assert codec.decode(wire(m.Palms(KEY, (m.Person(0.5, (point,), None, None),))))[1].people[0].keypoints == (point,)
    with pytest.raises(TypeError, match="cannot be sent"):
        wire(replace(EXAMPLES[0], image=IMAGE.astype(np.float64)))
    with pytest.raises(TypeError, match="cannot be sent"):
        wire(m.Refused(object()))  # type: ignore[arg-type]


def test_an_array_is_sent_without_a_copy_and_read_only() -> None:
    _, part = codec.encode(EXAMPLES[0], ENVELOPE)
    assert np.shares_memory(np.frombuffer(part, np.uint8), IMAGE)
    _, frame = codec.decode(wire(EXAMPLES[0]))
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0, 0] = 1


def test_a_slice_that_is_not_contiguous_arrives_whole() -> None:
    frame = replace(EXAMPLES[0], image=IMAGE[:, ::-1])
    assert equal(codec.decode(wire(frame))[1], frame)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([], "truncated"),
        ([b"\xc1"], "malformed"),
        ([b"\x91" * 5000], "malformed"),
        ([b"\x81\xa1v" + b"\x91" * 5000], "malformed"),
        ([b"\x81\xa1v\xdd\xff\xff\xff\xff"], "malformed"),
        ([b"\x81\xa7buffers\xdd\xff\xff\xff\xff"], "malformed"),
        ([part.replace(b"a.png", b"\xff.png") for part in wire(EXAMPLES[0])], "malformed"),
        ([msgpack.packb([1])], "malformed"),
        (tampered(EXAMPLES[0], v=2), "version"),
        (tampered(EXAMPLES[0], v=None), "version"),
        (tampered(EXAMPLES[0], type="Nonsense"), "malformed"),
        (tampered(EXAMPLES[0], type=["Frame"]), "malformed"),
        (tampered(EXAMPLES[0], body=None), "malformed"),
        (tampered(EXAMPLES[0], buffers=3), "malformed"),
        (tampered(EXAMPLES[0], seq="7"), "malformed"),
        (tampered(EXAMPLES[7], body={"seconds": "long"}), "malformed"),
        (tampered(EXAMPLES[7], body={}), "malformed"),
        (tampered(EXAMPLES[7], body={"seconds": 1, "more": 1}), "malformed"),
        (tampered(EXAMPLES[12], body={"target": "moon"}), "malformed"),
        (tampered(EXAMPLES[8], body={"image": 4, "origin": "x"}), "malformed"),
        (tampered(EXAMPLES[10], body={"weights": b"inside", "origin": "x"}), "malformed"),
        (tampered(EXAMPLES[17], body={"words": b"\xff", "detail": {}}), "malformed"),
        (tampered(EXAMPLES[17], body={"words": "", "detail": {"a": 1}}), "malformed"),
        (tampered(EXAMPLES[7], body={"seconds": True}), "malformed"),
        (tampered(EXAMPLES[0], buffers=[{"dtype": "uint8", "shape": [24], "codec": "shm"}])[:1], "malformed"),
        (tampered(EXAMPLES[0], v="1", seq="none"), "version"),
        (tampered(EXAMPLES[0], body=[]), "malformed"),
        (tampered(EXAMPLES[0], buffers=[{"dtype": "object", "shape": [24], "codec": "raw"}]), "malformed"),
        (tampered(EXAMPLES[0], buffers=[{"dtype": "uint8", "shape": [-24], "codec": "raw"}]), "malformed"),
        (tampered(EXAMPLES[0], buffers=[{"dtype": "uint8", "shape": [0, 1 << 62, 9], "codec": "raw"}]), "oversized"),
        (tampered(EXAMPLES[0], buffers=[{"dtype": "uint8", "shape": [25], "codec": "raw"}]), "truncated"),
        (wire(EXAMPLES[0])[:1], "truncated"),
        ([wire(EXAMPLES[0])[0], b"short"], "truncated"),
        ([b"\x00" * (codec.MAX_HEADER_BYTES + 1)], "oversized"),
        ([wire(EXAMPLES[0])[0], bytes(codec.MAX_MESSAGE_BYTES)], "oversized"),
        ([wire(EXAMPLES[5])[0], *[b""] * (codec.MAX_BUFFERS + 1)], "oversized"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(parts: list[bytes], reason: str) -> None:
    with pytest.raises(codec.WireError) as refused:
        codec.decode(parts)
    assert refused.value.reason == reason


@settings(deadline=None)
@given(st.integers(0, len(EXAMPLES) - 1), st.data())
def test_one_changed_byte_is_read_or_refused_but_never_breaks(which: int, data: st.DataObject) -> None:
    header, *buffers = wire(EXAMPLES[which])
    at = data.draw(st.integers(0, len(header) - 1))
    changed = bytearray(header)
    changed[at] = data.draw(st.integers(0, 255))
    try:
        codec.decode([bytes(changed), *buffers])
    except codec.WireError as error:
        assert error.reason in ("malformed", "truncated", "oversized", "version")


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4))
def test_noise_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(codec.WireError):
        codec.decode(parts)


@pytest.mark.skipif(not shared.available(), reason="this machine shares no memory")
def test_with_an_arena_large_arrays_stay_behind_and_arrive_alike() -> None:
    arena, mappings = shared.Arena(), shared.Mappings()
    frame = replace(EXAMPLES[0], image=np.arange(120_000, dtype=np.uint8).reshape(200, 200, 3)[:, ::-1])
    parts = codec.encode(frame, ENVELOPE, arena)
    assert len(parts) == 1
    assert equal(codec.decode(parts, mappings.take)[1], frame)
    with pytest.raises(codec.WireError, match="cannot be followed"):
        codec.decode(parts)
    for _ in range(shared.IN_TURN):
        codec.encode(frame, ENVELOPE, arena)
    with pytest.raises(codec.WireError) as refused:
        codec.decode(parts, mappings.take)
    assert refused.value.reason == "overwritten"


@pytest.mark.skipif(not shared.available(), reason="this machine shares no memory")
def test_where_readers_hold_all_slots_arrays_travel_inside() -> None:
    arena, readers, kept = shared.Arena(), [shared.Mappings() for _ in range(shared.SLOTS)], []
    frame = replace(EXAMPLES[0], image=np.arange(120_000, dtype=np.uint8).reshape(200, 200, 3))
    while len(parts := codec.encode(frame, ENVELOPE, arena)) == 1:
        kept.append(codec.decode(parts, readers.pop().take)[1])
    assert len(kept) == shared.SLOTS
    assert equal(codec.decode(parts)[1], frame)
    kept.pop(0)
    assert len(codec.encode(frame, ENVELOPE, arena)) == 1


def scene(height: int = 120, width: int = 160) -> m.Frame:
    """A frame that a JPEG can hold nearly as it is."""
    across = np.linspace(0, 255, width, dtype=np.uint8)
    return replace(EXAMPLES[0], image=np.repeat(np.tile(across, (height, 1))[..., None], 3, 2))


def test_a_picture_may_travel_as_jpeg() -> None:
    frame = scene()
    parts = codec.encode(frame, ENVELOPE, jpeg=90)
    assert len(parts[1]) < frame.image.nbytes / 10
    image = codec.decode(parts)[1].image
    assert (image.shape, image.dtype, image.flags.writeable) == (frame.image.shape, np.uint8, False)
    assert np.abs(image.astype(int) - frame.image).max() <= 3
    assert len(parts[1]) > len(codec.encode(frame, ENVELOPE, jpeg=10)[1])


@pytest.mark.parametrize(
    "message",
    [
        EXAMPLES[0],
        replace(EXAMPLES[2], alpha=np.zeros((200, 300), np.uint8)),
        replace(EXAMPLES[0], image=np.zeros((1, 1 << 16, 3), np.uint8)),
    ],
    ids=["small", "a mask", "wider than a JPEG"],
)
def test_what_is_no_picture_for_a_jpeg_travels_exactly(message: Any) -> None:
    assert equal(codec.decode(codec.encode(message, ENVELOPE, jpeg=50))[1], message)


def as_jpeg(data: bytes, shape: tuple[int, ...] = (120, 160, 3), dtype: str = "uint8") -> list[bytes]:
    buffers = [{"dtype": dtype, "shape": list(shape), "codec": "jpeg"}]
    return [*tampered(EXAMPLES[0], buffers=buffers)[:1], data]


JPEG = bytes(codec.encode(scene(), ENVELOPE, jpeg=50)[1])
PNG = cv2.imencode(".png", scene().image)[1].tobytes()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (as_jpeg(b""), "malformed"),
        (as_jpeg(b"\xff\xd8"), "malformed"),
        (as_jpeg(PNG), "malformed"),
        (as_jpeg(JPEG, (160, 120, 3)), "malformed"),
        (as_jpeg(JPEG, (120, 160)), "malformed"),
        (as_jpeg(JPEG, dtype="float32"), "malformed"),
        (as_jpeg(JPEG[:300]), "malformed"),
        (as_jpeg(JPEG, (1 << 15, 1 << 15, 3)), "oversized"),
        (as_jpeg(JPEG)[:1], "truncated"),
    ],
)
def test_what_is_no_such_jpeg_is_refused(parts: list[bytes], reason: str) -> None:
    with pytest.raises(codec.WireError) as refused:
        codec.decode(parts)
    assert refused.value.reason == reason


@settings(deadline=None)
@given(st.integers(0, len(JPEG) - 1), st.integers(0, 255))
def test_a_damaged_jpeg_is_a_picture_of_its_size_or_refused(at: int, value: int) -> None:
    try:
        image = codec.decode(as_jpeg(JPEG[:at] + bytes([value]) + JPEG[at + 1 :]))[1].image
    except codec.WireError as error:
        assert error.reason == "malformed"
    else:
        assert image.shape == (120, 160, 3)
