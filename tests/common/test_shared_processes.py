"""A process that is killed, forks or ends leaves nothing behind in shared memory, and takes nothing from others."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from common import shared
from common.shared import Arena, Mappings, OverwrittenError, Reference
from tests.common.test_shared import flood, picture, read

pytestmark = pytest.mark.skipif(not shared.available(), reason="this machine shares no memory")


def script(body: str) -> list[str]:
    start = "import gc, json, os, sys, time\nimport numpy as np\nfrom common.shared import *\n"
    return [sys.executable, "-c", start + textwrap.dedent(body)]


def names_in_memory() -> set[str]:
    """Those in /dev/shm but for a browser's, which tests that run beside this one may start."""
    return {path.name for path in Path("/dev/shm").iterdir() if "chromium" not in path.name}


def test_a_killed_publisher_leaves_nothing_and_what_was_held_stays() -> None:
    body = """
        arena = Arena()
        print(json.dumps(arena.put(np.full((200, 200), 7, np.uint8))), flush=True)
        time.sleep(60)
    """
    before = names_in_memory()
    sent = np.full((200, 200), 7, np.uint8)
    with subprocess.Popen(script(body), stdout=subprocess.PIPE, text=True) as publisher:
        assert publisher.stdout is not None
        reference = Reference(*json.loads(publisher.stdout.readline()))
        early, late = Mappings(), Mappings()
        held = read(early, reference, sent)
        publisher.kill()
    assert np.array_equal(held, sent)
    del held
    assert np.array_equal(read(early, reference, sent), sent)
    with pytest.raises(OverwrittenError, match="gone"):
        read(late, reference, sent)
    assert names_in_memory() <= before


READER = """
    held = []
    for line in sys.stdin:
        held.append(Mappings().take(Reference(*json.loads(line)), "uint8", [64, 300]))
        print(len(held), flush=True)
"""


def test_a_killed_reader_lets_go_of_its_slots() -> None:
    arena = Arena()
    with subprocess.Popen(script(READER), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        while reference := arena.put(picture(1)):
            print(json.dumps(reference), file=reader.stdin, flush=True)
            assert reader.stdout.readline()
        assert arena.put(picture(1)) is None
        reader.kill()
        reader.wait(10)
        flood(arena)


def test_a_forked_child_that_drops_an_array_takes_nothing_from_its_parent() -> None:
    body = """
        arena, mappings = Arena(), Mappings()
        held = mappings.take(arena.put(np.full((64, 300), 7, np.uint8)), "uint8", [64, 300])
        if not (child := os.fork()):
            del held
            os._exit(0)
        os.waitpid(child, 0)
        for _ in range(3 * SLOTS):
            arena.put(np.full((64, 300), 9, np.uint8))
        sys.exit(0 if held.min() == held.max() == 7 else "it changed")
    """
    done = subprocess.run(script(body), timeout=60, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_process_that_ends_with_arrays_in_its_hands_says_nothing() -> None:
    body = """
        arena, mappings = Arena(), Mappings()
        held = mappings.take(arena.put(np.full((64, 300), 7, np.uint8)), "uint8", [64, 300])
        sys.kept = held[1:], mappings
        ring = [held]
        ring.append(ring)
    """
    done = subprocess.run(script(body), timeout=60, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
