"""kill -9 of each service in turn: it comes back with the same plate and weights, and the others do not notice."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from common.bus import Bus
from common.messages import Frame, Health, Mask, Message, ServiceState
from common.topics import SERVICES
from tests.system.conftest import Figure
from tests.system.running import NO_PALMS, Running, read_for, system, until

pytestmark = pytest.mark.system

HEALED_S = 5.0
FLOWS: dict[str, type[Message]] = {"camera": Frame, "segment": Mask}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with system(tmp_path_factory.mktemp("healing"), "--source", "demo", "--front", "web", **NO_PALMS) as up:
        up.learn_plate(insist=True)
        until(lambda: mask_ids(up)[1])
        yield up


def mask_ids(running: Running) -> tuple[str, str]:
    """The ids of weights and plate behind the masks of now."""
    with running.listen(Mask) as bus:
        masks = list(read_for(bus, [Mask], 0.5))
    return (masks[-1].weights_id, masks[-1].plate_id) if masks else ("", "")


def rows(running: Running) -> dict[str, tuple[int, int]]:
    """The pid and the restarts of every service."""
    return {row["name"]: (row["pid"], row["restarts"]) for row in running.status()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_service_heals_and_the_others_go_on(running: Running, service: str, figure: Figure) -> None:
    ids, before = mask_ids(running), rows(running)
    pid, restarts = before[service]
    with running.listen(Health, Frame, Mask) as bus:
        list(read_for(bus, [Health, Frame, Mask], 0.5))
        os.kill(pid, signal.SIGKILL)
        healed_s, frame_gap_s = time_to_heal(bus, service, pid)
    figure(f"{service} killed: back after {healed_s:.2f} s")
    assert healed_s < HEALED_S
    assert service == "camera" or frame_gap_s < 1
    until(running.all_work)
    assert mask_ids(running) == ids
    after = rows(running)
    assert after.pop(service)[1] == restarts + 1
    assert after == {name: row for name, row in before.items() if name != service}


def time_to_heal(bus: Bus, service: str, old_pid: int) -> tuple[float, float]:
    """Seconds until the new process says that it works and its messages flow, and the longest time without a frame."""
    start = frame_at = time.monotonic()
    works, gap = False, 0.0
    for message in read_for(bus, [Health, Frame, Mask], 20):
        if isinstance(message, Frame):
            gap, frame_at = max(gap, time.monotonic() - frame_at), time.monotonic()
        if isinstance(message, Health) and message.service == service and message.pid != old_pid:
            works = message.state in (ServiceState.RUNNING, ServiceState.DEGRADED)
        if works and isinstance(message, FLOWS.get(service, Health)):
            return time.monotonic() - start, gap
    pytest.fail(f"{service} did not come back")
