import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from msgspec import structs

from cli.status import Row, State, row, status_command, table
from common.clock import now_ns
from common.messages import Health, ServiceState
from common.places import Places
from deploy.board import Line

ALIVE = Line("segment", "RUNNING", pid=7, exit_status=0, started_ns=now_ns() - 90 * 10**9, restarts=2, given_up=False)
DOWN = replace(ALIVE, pid=0)
# young however late the test runs
YOUNG = replace(ALIVE, started_ns=now_ns() + 3600 * 10**9)
SAID = Health("segment", ServiceState.RUNNING, 7, 90.0, 29.97, 12.34, "cpu", "")


@pytest.mark.parametrize(
    ("line", "health", "state"),
    [
        (ALIVE, SAID, State.RUNNING),
        (ALIVE, structs.replace(SAID, state=ServiceState.DEGRADED), State.DEGRADED),
        (ALIVE, structs.replace(SAID, state=ServiceState.STARTING), State.STARTING),
        (ALIVE, None, State.HUNG),
        (ALIVE, structs.replace(SAID, pid=6), State.HUNG),
        (YOUNG, None, State.STARTING),
        (replace(DOWN, state="BACKOFF"), None, State.BACKOFF),
        (replace(DOWN, state="EXITED", exit_status=1), None, State.BACKOFF),
        (replace(DOWN, state="FATAL", given_up=True), None, State.GIVEN_UP),
        (replace(DOWN, state="STOPPED", given_up=True), None, State.GIVEN_UP),
        (replace(DOWN, state="STOPPED"), SAID, State.STOPPED),
        (None, SAID, State.RUNNING),
    ],
)
def test_the_service_itself_tells_its_state_and_silence_is_no_good_sign(
    line: Line | None, health: Health | None, state: State
) -> None:
    assert row("segment", line, health).state == state


def test_a_row_holds_what_both_know() -> None:
    expected = Row("segment", State.RUNNING, 7, 30.0, 12.3, restarts=2, device="cpu", error="")
    assert row("segment", ALIVE, SAID) == expected


def test_what_an_earlier_process_said_is_not_shown() -> None:
    assert row("segment", ALIVE, structs.replace(SAID, pid=6, error="old")).error.startswith("It lives, but")
    assert row("segment", replace(DOWN, state="STOPPED"), structs.replace(SAID, error="old")).error == ""


def test_the_table_shows_an_error_below_its_row() -> None:
    rows = [row("segment", ALIVE, structs.replace(SAID, state=ServiceState.DEGRADED, error="The plate does not fit."))]
    _, first, error = table(rows).splitlines()
    assert first.split() == ["segment", "\x1b[33mDEGRADED", "\x1b[0m", "7", "30.0", "Hz", "12", "ms", "2", "cpu"]
    assert error.strip() == "The plate does not fit."


def test_says_so_when_nothing_runs(instance: Places) -> None:
    result = CliRunner().invoke(status_command)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"Nothing runs as the instance '{instance.instance}'" in result.stderr
    assert not instance.runtime.exists()


def test_json_is_a_list_even_when_nothing_runs() -> None:
    result = CliRunner().invoke(status_command, ["--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
