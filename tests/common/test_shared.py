import os
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import shared
from common.shared import Arena, Mappings, OverwrittenError, Reference

pytestmark = pytest.mark.skipif(not shared.available(), reason="shared memory is used on Linux x86-64 alone")


def read(mappings: Mappings, reference: Reference, array: np.ndarray) -> np.ndarray:
    return mappings.take(reference, array.dtype.name, list(array.shape))


def test_a_reader_gets_an_own_copy() -> None:
    arena, mappings = Arena(), Mappings()
    sent = np.arange(60000, dtype=np.uint8).reshape(100, 200, 3)
    got = read(mappings, arena.put(sent), sent)
    assert np.array_equal(got, sent)
    arena.put(np.zeros_like(sent))
    assert np.array_equal(got, sent)


def test_a_reused_slot_is_seen() -> None:
    arena, mappings = Arena(), Mappings()
    pictures = [np.full((64, 64), value, np.uint8) for value in range(shared.SLOTS + 1)]
    references = [arena.put(picture) for picture in pictures]
    with pytest.raises(OverwrittenError, match="used again"):
        read(mappings, references[0], pictures[0])
    assert read(mappings, references[1], pictures[1])[0, 0] == 1


def test_a_larger_picture_gets_a_larger_arena() -> None:
    arena, mappings = Arena(), Mappings()
    for side in (64, 640, 64):
        sent = np.full((side, side), side % 251, np.uint8)
        assert np.array_equal(read(mappings, arena.put(sent), sent), sent)


def test_a_torn_picture_never_leaves() -> None:
    """A writer in a hurry, readers beside it: each picture read is of one value, or refused."""
    arena, stop = Arena(), threading.Event()
    latest: list[Reference] = [arena.put(np.zeros((300, 400), np.uint8))]
    torn, whole, refused = [], [], []

    def write() -> None:
        value = 0
        while not stop.is_set():
            value = (value + 1) % 256
            latest[0] = arena.put(np.full((300, 400), value, np.uint8))

    def look() -> None:
        mappings = Mappings()
        for _ in range(1500):
            try:
                picture = read(mappings, latest[0], np.empty((300, 400), np.uint8))
            except OverwrittenError:
                refused.append(1)
            else:
                (torn if picture.min() != picture.max() else whole).append(1)

    writer, readers = threading.Thread(target=write), [threading.Thread(target=look) for _ in range(2)]
    for thread in (writer, *readers):
        thread.start()
    for thread in readers:
        thread.join(60)
    stop.set()
    writer.join(5)
    assert not torn
    assert whole


@given(st.integers(0, 4), st.integers(-(2**40), 2**40))
def test_a_reference_to_anything_else_is_refused(which: int, value: int) -> None:
    arena, mappings = Arena(), Mappings()
    sent = np.ones((200, 200), np.uint8)
    good = arena.put(sent)
    name = list(Reference.__dataclass_fields__)[which]
    bad = replace(good, **{name: value})
    if bad != good:
        with pytest.raises(OverwrittenError):
            read(mappings, bad, sent)
    with pytest.raises(OverwrittenError):
        mappings.take(good, "uint8", [1 << 30])
    arena.close()


def test_a_file_that_is_no_arena_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(100_000))
    with (tmp_path / "secret").open("rb") as file:
        inode = os.fstat(file.fileno()).st_ino
        with pytest.raises(OverwrittenError, match="no arena"):
            Mappings().take(Reference(os.getpid(), file.fileno(), inode, 0, 0), "uint8", [10])


def test_a_killed_publisher_leaves_nothing_and_its_readers_live() -> None:
    script = textwrap.dedent("""
        import dataclasses, json, sys, time
        import numpy as np
        from common.shared import Arena
        arena = Arena()
        print(json.dumps(dataclasses.asdict(arena.put(np.full((200, 200), 7, np.uint8)))), flush=True)
        time.sleep(60)
    """)
    before = set(Path("/dev/shm").iterdir())
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as publisher:
        assert publisher.stdout is not None
        import json

        reference = Reference(**json.loads(publisher.stdout.readline()))
        sent = np.full((200, 200), 7, np.uint8)
        early, late = Mappings(), Mappings()
        assert np.array_equal(read(early, reference, sent), sent)
        publisher.kill()
    assert np.array_equal(read(early, reference, sent), sent)
    with pytest.raises(OverwrittenError, match="gone"):
        read(late, reference, sent)
    assert set(Path("/dev/shm").iterdir()) <= before


def test_what_is_written_into_a_loan_is_not_copied_and_arrives() -> None:
    arena, mappings = Arena(), Mappings()
    loaned = arena.loan((200, 100, 3), np.uint8)
    loaned[...] = 9
    reference = arena.put(loaned)
    got, whole = mappings.look(reference, "uint8", [200, 100, 3])
    assert got.min() == got.max() == 9
    loaned[0, 0, 0] = 5  # one and the same memory
    assert got[0, 0, 0] == 5
    assert whole()


def test_nobody_sees_a_loan_before_it_is_put() -> None:
    arena, mappings = Arena(), Mappings()
    references = [arena.put(np.full((64, 64), value, np.uint8)) for value in range(shared.SLOTS)]
    loaned = arena.loan((64, 64), np.uint8)
    with pytest.raises(OverwrittenError):
        read(mappings, references[0], loaned)
    other = np.full((64, 64), 77, np.uint8)
    assert np.array_equal(read(mappings, arena.put(other), other), other)
    loaned[...] = 3  # its turn is over: it lies in a slot that nobody was told of
    assert np.array_equal(read(mappings, arena.put(loaned), loaned), loaned)


def test_a_look_at_a_slot_that_was_used_again_is_not_whole() -> None:
    arena, mappings = Arena(), Mappings()
    picture = np.ones((64, 64), np.uint8)
    _, whole = mappings.look(arena.put(picture), "uint8", [64, 64])
    for _ in range(shared.SLOTS - 1):
        arena.put(picture)
        assert whole()
    arena.loan((64, 64), np.uint8)
    assert not whole()
