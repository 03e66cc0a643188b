import numpy as np

from common.messages import Frame, FrameKey
from services.segment.backlog import Backlog

IMAGE = np.zeros((2, 2, 3), np.uint8)


def frames(*seqs: int) -> list[Frame]:
    return [Frame(FrameKey("cam0", "s", seq, 0, "boot"), IMAGE, False, "test", seq, False) for seq in seqs]


def seqs(backlog: Backlog, *turns: list[Frame]) -> list[int | None]:
    return [frame.index if (frame := backlog.next(arrived)) else None for arrived in turns]


def test_each_frame_is_masked_where_the_machine_keeps_up() -> None:
    assert seqs(Backlog(), frames(1), frames(2), [], frames(3)) == [1, 2, None, 3]


def test_a_short_stumble_is_made_up_for() -> None:
    assert seqs(Backlog(), frames(1, 2), frames(3), [], frames(4)) == [1, 2, 3, 4]


def test_after_a_stall_only_the_newest_counts() -> None:
    assert seqs(Backlog(), frames(1, 2, 3, 4), [], frames(5)) == [4, None, 5]


def test_a_machine_that_is_too_slow_masks_the_newest_and_forms_no_queue() -> None:
    backlog = Backlog()
    masked = seqs(backlog, *(frames(2 * turn, 2 * turn + 1) for turn in range(50)))
    assert all(seq is not None and 2 * turn + 1 - seq <= 1 for turn, seq in enumerate(masked))
