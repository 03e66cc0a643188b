"""Work aside gives way to the loop, one job at a time, and its ends are dealt with in the loop."""

import os
import subprocess
import sys
import threading

import pytest

from common.errors import UserError
from services.segment.aside import NICENESS, Aside


def ended(aside: Aside) -> None:
    for future, _, _ in aside._jobs:
        future.exception(30)
    aside.turn()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a thread a priority of its own")
def test_the_thread_gives_way_and_the_loop_does_not() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    aside, before, found = Aside(), niceness(), list[int]()
    aside.begin(niceness, found.append, pytest.fail)
    ended(aside)
    aside.close()
    assert found == [min(19, before + NICENESS)]
    assert niceness() == before


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs to become somebody who is not root")
def test_a_process_that_was_started_with_nice_does_its_work_aside_too() -> None:
    script = """if True:
        import os
        from services.segment.aside import Aside
        os.nice(10)
        os.setuid(65534)
        aside = Aside()
        aside.begin(lambda: os.getpriority(os.PRIO_PROCESS, 0), print, print)
        aside.close()
        aside.turn()
    """
    done = subprocess.run([sys.executable, "-c", script], timeout=60, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_ends_are_dealt_with_in_the_loop_and_in_order() -> None:
    aside, here, said = Aside(), threading.get_ident(), list[object]()

    def work(number: int) -> tuple[int, bool]:
        return number, threading.get_ident() == here

    def then(result: tuple[int, bool]) -> None:
        said.append((result, threading.get_ident() == here))

    for number in range(3):
        aside.begin(lambda number=number: work(number), then, pytest.fail)
    ended(aside)
    aside.close()
    assert said == [((number, False), True) for number in range(3)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("Worn out."), "Worn out."),
        (OSError(28, "No space left on device", "plate.png"), "plate.png: No space left on device."),
        (OSError(5, "Input/output error"), "The disk: Input/output error."),
    ],
)
def test_what_fails_is_told_in_words(error: Exception, words: str) -> None:
    def work() -> None:
        raise error

    aside, said = Aside(), list[str]()
    aside.begin(work, lambda _: pytest.fail("it failed"), said.append)
    ended(aside)
    aside.close()
    assert said == [words]


def test_what_nobody_foresaw_ends_the_loop() -> None:
    aside = Aside()
    aside.begin(lambda: 1 // 0, lambda _: None, pytest.fail)
    with pytest.raises(ZeroDivisionError):
        ended(aside)
    aside.close()
