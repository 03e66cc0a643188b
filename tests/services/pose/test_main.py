import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.errors import UserError
from common.messages import LearnPlate, Palms, Refused, ServiceState
from common.settings import PoseSettings
from services.pose.main import main, run
from services.pose.worker import Pace, Watcher
from tests.fakes import FakeCall, FakeService
from tests.services.pose.fakes import FakeEstimator, FakeLoading, frame


class Clock:
    """Stands at `now` until moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def always() -> Pace:
    ticks = iter(range(1000))
    return Pace(1, lambda: float(next(ticks)))


def test_every_frame_that_is_due_gets_its_palms() -> None:
    loading = FakeLoading(FakeEstimator())
    service = FakeService([[], [frame(1)], [frame(2), frame(3)], []])
    run(service, Watcher(loading, PoseSettings()), always())
    palms = service.of(Palms)
    assert [p.key.seq for p in palms] == [1, 3]
    assert all(p.people[0].left_palm and p.people[0].right_palm for p in palms)
    assert service.vitals[-1].state is ServiceState.RUNNING
    assert service.vitals[-1].device == "fake"
    assert loading.closed


def test_frames_that_come_too_fast_are_passed_over() -> None:
    service = FakeService([[], *([frame(i)] for i in range(10))])
    run(service, Watcher(FakeLoading(FakeEstimator()), PoseSettings()), Pace(10, Clock()))
    assert len(service.of(Palms)) <= 2


def test_without_weights_it_says_so_and_its_messages_go_on() -> None:
    service = FakeService([[], [frame(1)], [frame(2)]])
    run(service, Watcher(FakeLoading(FakeEstimator(), after=99), PoseSettings()), always())
    assert [p.people for p in service.of(Palms)] == [(), ()]
    assert service.vitals[-1].state is ServiceState.DEGRADED
    assert service.vitals[-1].error == "There are no pose weights."


def test_weights_that_appear_are_taken_up() -> None:
    service = FakeService([[], [frame(1)], [], [frame(2)]])
    run(service, Watcher(FakeLoading(FakeEstimator(), after=2), PoseSettings()), always())
    assert [len(p.people) for p in service.of(Palms)] == [0, 1]
    assert service.vitals[-1].state is ServiceState.RUNNING


def test_left_and_right_are_the_person_s_own_in_a_mirror_image() -> None:
    service = FakeService([[], [frame(1)], [frame(2, mirrored=True, session="two")]])
    run(service, Watcher(FakeLoading(FakeEstimator()), PoseSettings()), always())
    plain, mirrored = (p.people[0] for p in service.of(Palms))
    assert plain.left_palm and mirrored.right_palm
    assert (plain.left_palm.x, plain.left_palm.y) == (mirrored.right_palm.x, mirrored.right_palm.y)
    assert plain.left_palm.x != plain.right_palm.x


def test_requests_are_refused_in_words() -> None:
    call = FakeCall(LearnPlate(1.0))
    run(FakeService([[call]]), Watcher(FakeLoading(FakeEstimator()), PoseSettings()), always())
    assert isinstance(call.replies[0], Refused)


def test_the_pace_is_kept_on_average() -> None:
    clock = Clock()
    pace, begun = Pace(12, clock), 0
    for _ in range(300):  # frames at 30 a second for 10 s
        clock.now += 1 / 30
        if pace.due():
            pace.took()
            begun += 1
    assert 118 <= begun <= 123


def test_a_rate_out_of_range_is_told_without_a_traceback() -> None:
    answer = CliRunner().invoke(main, ["--rate", "0"])
    assert answer.exit_code == 2
    assert "pose.rate_hz" in answer.output
    assert "Traceback" not in answer.output


def test_it_steps_back_before_any_thread_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        done.append("service")
        raise UserError("no service here")

    monkeypatch.setattr("services.pose.main.step_back", lambda: done.append("back"))
    monkeypatch.setattr("services.pose.main.running", refuse)
    assert "no service here" in CliRunner().invoke(main, []).output
    assert done == ["back", "service"]


def test_a_start_imports_no_torch() -> None:
    script = "import sys, services.pose.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, cwd=Path.cwd(), check=False).returncode == 0
