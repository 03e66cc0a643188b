"""Slots are held, passed over and given back: within one process and between threads."""

import gc
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import shared
from common.shared import Arena, Mappings, OverwrittenError, Reference

pytestmark = pytest.mark.skipif(not shared.available(), reason="this machine shares no memory")

SHAPE = [64, 300]


def picture(value: int) -> np.ndarray:
    return np.full(SHAPE, value % 256, np.uint8)


def put(arena: Arena, array: np.ndarray) -> Reference:
    reference = arena.put(array)
    assert reference is not None, "no slot was free"
    return reference


def read(mappings: Mappings, reference: Reference, array: np.ndarray) -> np.ndarray:
    return mappings.take(reference, array.dtype.name, list(array.shape))


def flood(arena: Arena, count: int = 3 * shared.SLOTS) -> None:
    for value in range(count):
        put(arena, picture(100 + value))


def exhausted(arena: Arena) -> Iterator[np.ndarray]:
    """Arrays held by so many readers that no slot is left."""
    while reference := arena.put(picture(1)):
        yield Mappings().take(reference, "uint8", SHAPE)


def test_a_reader_uses_the_array_where_it_lies_and_cannot_write() -> None:
    arena, mappings = Arena(), Mappings()
    loaned = arena.loan((200, 100, 3), np.uint8)
    assert loaned is not None
    loaned[...] = 9
    got = mappings.take(put(arena, loaned), "uint8", [200, 100, 3])
    assert got.min() == got.max() == 9
    loaned[0, 0, 0] = 5  # one and the same memory
    assert got[0, 0, 0] == 5
    with pytest.raises(ValueError, match="cannot set WRITEABLE"):
        got.flags.writeable = True


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array,
        lambda array: array[10:, ::-1][5:].T[3:],
        lambda array: array.reshape(-1).view(np.float32),
        lambda array: np.asarray(memoryview(array)),
        lambda array: np.frombuffer(array, np.uint16),
        lambda array: np.lib.stride_tricks.sliding_window_view(array, (3, 3)),
        lambda array: array.view(np.recarray)[2:].view(np.ndarray),
    ],
)
def test_a_view_of_any_kind_keeps_the_slot(view: Any) -> None:
    arena, mappings = Arena(), Mappings()
    kept = view(read(mappings, put(arena, picture(7)), picture(0)))
    before = kept.tobytes()
    flood(arena)
    assert kept.tobytes() == before
    assert before == view(picture(7)).tobytes()


def test_a_slot_that_nobody_keeps_is_used_again_after_seven_others() -> None:
    arena, mappings = Arena(), Mappings()
    references = [put(arena, picture(value)) for value in range(shared.IN_TURN)]
    read(mappings, references[0], picture(0))
    assert put(arena, picture(99)).offset == references[0].offset
    with pytest.raises(OverwrittenError, match="used again"):
        read(mappings, references[0], picture(0))
    assert read(mappings, references[1], picture(0))[0, 0] == 1


def test_whoever_comes_to_a_reused_slot_does_not_hold_it() -> None:
    arena, mappings = Arena(), Mappings()
    old = put(arena, picture(1))
    flood(arena, shared.IN_TURN)
    with pytest.raises(OverwrittenError, match="used again"):
        read(mappings, old, picture(0))
    flood(arena)


def test_the_same_slot_twice_is_a_copy_and_neither_lets_go_of_the_other() -> None:
    arena, mappings = Arena(), Mappings()
    reference = put(arena, picture(7))
    first, second = (read(mappings, reference, picture(0)) for _ in range(2))
    del second
    flood(arena)
    assert np.all(first == 7)
    held = read(mappings, put(arena, picture(8)), picture(0))
    again = Mappings().take(put(arena, picture(9)), "uint8", SHAPE)
    del first
    flood(arena)
    assert np.all(held == 8)
    assert np.all(again == 9)


def test_of_more_than_a_few_there_are_copies_that_hold_nothing() -> None:
    arena, mappings = Arena(), Mappings()
    kept = [read(mappings, put(arena, picture(value)), picture(0)) for value in range(200)]
    assert [array.flags.owndata for array in kept] == [False] * shared.HELD + [True] * (200 - shared.HELD)
    assert all(np.all(array == value) for value, array in enumerate(kept))
    kept.clear()
    assert not read(mappings, put(arena, picture(1)), picture(0)).flags.owndata


def test_five_readers_that_keep_all_they_may_starve_nobody() -> None:
    arena, kept = Arena(), []
    readers = [Mappings() for _ in range(5)]
    for value in range(100):
        reference = put(arena, picture(value))
        kept += [(value, read(reader, reference, picture(0))) for reader in readers]
    assert all(np.all(array == value) for value, array in kept)


def test_where_every_slot_is_held_there_is_none_and_then_there_is_one() -> None:
    arena = Arena()
    held = list(exhausted(arena))
    assert arena.loan(tuple(SHAPE), np.uint8) is None
    held.pop(0)
    assert arena.put(picture(2)) is not None
    assert all(np.all(array == 1) for array in held)


def test_memory_that_nobody_needs_is_never_touched() -> None:
    arena = Arena()
    slots = {put(arena, picture(value)).offset for value in range(100)}
    assert len(slots) == shared.IN_TURN


def test_a_larger_picture_gets_a_larger_arena_and_the_old_one_lives_while_held() -> None:
    arena, mappings = Arena(), Mappings()
    kept = []
    for side in (64, 640, 64, 1000, 1200, 1300, 1400, 1500):
        sent = np.full((side, side), side % 251, np.uint8)
        kept.append((sent, read(mappings, put(arena, sent), sent)))
    gc.collect()
    assert all(np.array_equal(sent, got) for sent, got in kept)


def arenas_mapped() -> int:
    """How many arenas this process can see, its own and those of others."""
    return sum("bgsub-arena" in line for line in Path("/proc/self/maps").read_text().splitlines())


def test_a_dead_publishers_memory_goes_once_another_is_heard() -> None:
    mappings, before = Mappings(), arenas_mapped()
    for value in range(3):
        arena = Arena()
        reference = put(arena, picture(value))
        assert np.all(read(mappings, reference, picture(0)) == value)
        arena.close()
        del arena
        gc.collect()
        assert arenas_mapped() == before + 1


def test_nobody_sees_a_loan_before_it_is_put() -> None:
    arena, mappings = Arena(), Mappings()
    references = [put(arena, picture(value)) for value in range(shared.IN_TURN)]
    loaned = arena.loan(tuple(SHAPE), np.uint8)
    assert loaned is not None
    with pytest.raises(OverwrittenError, match="written"):
        read(mappings, references[0], loaned)
    other = picture(77)
    assert np.array_equal(read(mappings, put(arena, other), other), other)
    loaned[...] = 3  # its turn is over: it lies in a slot that nobody was told of
    assert np.array_equal(read(mappings, put(arena, loaned), loaned), loaned)
    with pytest.raises(OverwrittenError, match="used again"):
        read(mappings, references[0], loaned)


ACTS = ("publish", "take", "late", "drop", "view")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(ACTS)), max_size=150))
def test_readers_of_any_pace_never_see_a_held_array_change_nor_starve_the_publisher(steps: list[Any]) -> None:
    arena, readers = Arena(), [Mappings() for _ in range(4)]
    sent: list[tuple[int, Reference]] = [(0, put(arena, picture(0)))]
    kept: list[list[tuple[int, np.ndarray]]] = [[] for _ in readers]
    for who, what in steps:
        if what == "publish":
            sent.append((len(sent) % 256, put(arena, picture(len(sent)))))
        elif what in ("take", "late"):
            value, reference = sent[-1] if what == "take" else sent[max(0, len(sent) - 3 * shared.IN_TURN // 2)]
            try:
                kept[who].append((value, read(readers[who], reference, picture(0))))
            except OverwrittenError:
                assert what == "late", "a slot was used again at once"
        elif kept[who] and what == "view":
            value, array = kept[who].pop(0)
            kept[who].append((value, array[1:] if len(array) > 1 else array))
        elif kept[who]:
            kept[who].pop(0)
        assert all(array.min() == array.max() == value for of_one in kept for value, array in of_one)


def test_a_torn_picture_never_leaves() -> None:
    """A writer in a hurry, readers of different pace beside it that drop arrays in other threads: none ever changes."""
    arena, stop = Arena(), threading.Event()
    latest: list[Reference] = [put(arena, np.zeros((300, 400), np.uint8))]
    torn: list[int] = []
    whole: list[int] = []
    starved: list[int] = []

    def write() -> None:
        value = 0
        while not stop.is_set():
            value = (value + 1) % 256
            reference = arena.put(np.full((300, 400), value, np.uint8))
            latest[0] = reference or latest[0]
            starved.extend([] if reference else [value])

    def look(keep: int) -> None:
        mappings, kept = Mappings(), []
        for _ in range(800):
            try:
                array = read(mappings, latest[0], np.empty((300, 400), np.uint8))
            except OverwrittenError:
                continue
            kept.append((int(array[0, 0]), array))
            if len(kept) > keep:
                value, oldest = kept.pop(random.randrange(len(kept)))
                (whole if oldest.min() == oldest.max() == value else torn).append(1)
                threading.Thread(target=lambda *_: None, args=(oldest,)).start()

    writer, readers = threading.Thread(target=write), [threading.Thread(target=look, args=(n,)) for n in (0, 2, 6)]
    for thread in (writer, *readers):
        thread.start()
    for thread in readers:
        thread.join(60)
    stop.set()
    writer.join(5)
    assert not torn
    assert not starved
    assert whole


def test_an_array_dropped_in_another_thread_gives_its_slot_back() -> None:
    arena = Arena()
    held = list(exhausted(arena))
    assert arena.put(picture(2)) is None
    dropping = threading.Thread(target=held.clear)
    dropping.start()
    dropping.join(10)
    assert all(arena.put(picture(value)) is not None for value in range(3 * shared.SLOTS))


def only_mapping(mappings: Mappings) -> Any:
    assert mappings._latest is not None
    return mappings._latest[1]


def test_an_array_that_goes_while_its_thread_takes_another_hangs_nobody() -> None:
    """As when the collector runs in the midst of it."""
    arena, mappings = Arena(), Mappings()
    held = [read(mappings, put(arena, picture(1)), picture(0))]

    def drop() -> None:
        with only_mapping(mappings)._busy:
            held.clear()

    dropping = threading.Thread(target=drop, daemon=True)
    dropping.start()
    dropping.join(10)
    assert not dropping.is_alive()


def test_a_slot_taken_anew_before_another_thread_has_let_go_of_it_stays_held() -> None:
    arena, mappings = Arena(), Mappings()
    reference = put(arena, picture(7))
    held = [read(mappings, reference, picture(0))]
    dropping = threading.Thread(target=held.clear)
    with only_mapping(mappings)._busy:
        gone = next(iter(only_mapping(mappings)._held.values()))
        dropping.start()
        while gone() is not None:
            time.sleep(0.001)
        anew = read(mappings, reference, picture(0))
    dropping.join(10)
    flood(arena)
    assert not anew.flags.owndata
    assert np.all(anew == 7)


@given(st.integers(0, 4), st.integers(-(2**40), 2**40))
def test_a_reference_to_anything_else_is_refused(which: int, value: int) -> None:
    arena, mappings = Arena(), Mappings()
    sent = np.ones((200, 200), np.uint8)
    good = put(arena, sent)
    name = Reference._fields[which]
    bad = good._replace(**{name: value})
    if bad != good and not (name == "fd" and Path(f"/proc/self/fd/{value}").exists()):
        with pytest.raises(OverwrittenError):
            read(mappings, bad, sent)
    with pytest.raises(OverwrittenError):
        mappings.take(good, "uint8", [1 << 30])
    unused = next(offset for offset in range(0, good.offset + 1, 64) if not arena._generations[offset // 8])
    with pytest.raises(OverwrittenError):
        read(mappings, good._replace(offset=unused, generation=0), sent)
    arena.close()


def test_a_file_that_is_no_arena_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(100_000))
    with (tmp_path / "secret").open("rb") as file:
        inode = os.fstat(file.fileno()).st_ino
        with pytest.raises(OverwrittenError, match="no arena"):
            Mappings().take(Reference(os.getpid(), file.fileno(), inode, 0, 1), "uint8", [10])
