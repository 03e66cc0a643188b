from deploy.processes import DEATHS, Process
from deploy.rpc import Seen
from deploy.watch import Watch

TABLE = (Process("camera", "camera"), Process("ui", "ui", ends_all=True))


def seen(name: str, pid: int, state: str = "RUNNING", exit_status: int = 0) -> list[Seen]:
    return [Seen(name, state, pid, exit_status)]


def test_the_first_start_is_no_restart() -> None:
    watch = Watch(TABLE)
    watch.look(seen("camera", 0, "STOPPED"), 0)
    assert watch.look(seen("camera", 10), 1).restarted == ()
    assert watch.restarts == {"camera": 0, "ui": 0}


def test_counts_a_restart_whether_or_not_the_gap_was_seen() -> None:
    watch = Watch(TABLE)
    watch.look(seen("camera", 10), 0)
    assert watch.look(seen("camera", 11), 1).restarted == ("camera",)
    assert watch.look(seen("camera", 0, "BACKOFF"), 2).restarted == ()
    assert watch.look(seen("camera", 12, "STARTING"), 3).restarted == ("camera",)
    assert watch.restarts["camera"] == 2


def test_gives_up_once_at_the_fifth_death_within_a_minute() -> None:
    watch = Watch(TABLE)
    verdicts = [watch.look(seen("camera", 10 + n), 12.0 * n) for n in range(DEATHS + 2)]
    assert [bool(verdict.given_up) for verdict in verdicts] == [False] * DEATHS + [True, False]


def test_deaths_far_apart_are_forgiven() -> None:
    watch = Watch(TABLE)
    assert not any(watch.look(seen("camera", 10 + n), 16.0 * n).given_up for n in range(30))


def test_gives_up_on_what_the_supervisor_cannot_start() -> None:
    assert Watch(TABLE).look(seen("camera", 0, "FATAL"), 0).given_up == ("camera",)


def test_only_the_orderly_end_of_the_marked_process_ends_all() -> None:
    watch = Watch(TABLE)
    assert watch.look(seen("ui", 0, "EXITED", exit_status=0), 0).ended_by == "ui"
    assert watch.look(seen("ui", 0, "EXITED", exit_status=1), 0).ended_by == ""
    assert watch.look(seen("ui", 0, "BACKOFF", exit_status=0), 0).ended_by == ""
    assert watch.look(seen("camera", 0, "EXITED", exit_status=0), 0).ended_by == ""
