import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bus import Bus
from common.control import ask
from common.errors import UserError
from common.messages import AskStatus, Health, ServiceState
from common.metrics import Metrics
from common.places import Places
from common.service import Service, Vitals, running
from common.settings import Settings

SERVICE = textwrap.dedent("""
    from common.service import Vitals, running
    from common.settings import load_settings
    with running("camera", load_settings()) as service:
        while not service.stopping():
            service.wait(0.05)
            service.requests()
            service.beat(Vitals(device="cpu"))
""")

ENDED_EARLY = textwrap.dedent("""
    import signal
    import common.service
    from common.settings import load_settings
    made = common.service.Bus
    def seen(*given):
        bus = made(*given)
        signal.raise_signal(signal.SIGTERM)
        return bus
    common.service.Bus = seen
    with common.service.running("camera", load_settings()) as service:
        assert service.stopping()
""")
"""In a process of its own: OpenVINO, once loaded, may leave this one an alternate signal stack that is gone."""

SIGNALS_IN_A_SIGNAL = textwrap.dedent("""
    import signal, sys
    from common.service import running
    from common.settings import load_settings
    def another(frame, event, value):
        signal.raise_signal(signal.SIGINT)
        return another
    with running("camera", load_settings()) as service:
        sys.settrace(another)
        signal.raise_signal(signal.SIGTERM)
        sys.settrace(None)
        assert service.stopping()
""")
"""A second one at every line that the handler of the first runs: Ctrl-C may come while a supervisor sends SIGTERM."""


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen([sys.executable, "-c", SERVICE], stderr=subprocess.DEVNULL)
    yield started
    started.kill()
    started.wait(10)


def status(timeout_s: float = 20) -> Health:
    reply = ask("camera", AskStatus(), timeout_s)
    assert isinstance(reply, Health)
    return reply


def test_a_service_answers_for_itself(process: "subprocess.Popen[bytes]") -> None:
    health = status()
    assert (health.service, health.pid) == ("camera", process.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(process: "subprocess.Popen[bytes]", instance: Places, number: int) -> None:
    status()
    process.send_signal(number)
    assert process.wait(10) == 0
    assert list(instance.runtime.iterdir()) == []


def test_it_starts_again_after_kill_9(process: "subprocess.Popen[bytes]") -> None:
    status()
    process.kill()
    process.wait(10)
    again = subprocess.Popen([sys.executable, "-c", SERVICE], stderr=subprocess.DEVNULL)
    try:
        assert status().pid == again.pid
    finally:
        again.kill()
        again.wait(10)


def test_it_dies_with_its_supervisor() -> None:
    parent = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SERVICE!r}], env=dict(os.environ, BGSUB_SUPERVISED=str(os.getpid())))
child.wait()
"""
    supervisor = subprocess.Popen([sys.executable, "-c", parent], stderr=subprocess.DEVNULL)
    pid = status().pid
    supervisor.kill()
    supervisor.wait(10)
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up and _alive(pid):
        time.sleep(0.05)
    assert not _alive(pid)


def test_it_ends_where_its_supervisor_died_before_it_was_up() -> None:
    late = subprocess.Popen(
        [sys.executable, "-c", SERVICE],
        env={**os.environ, "BGSUB_SUPERVISED": str(2**22 + 1)},
        stderr=subprocess.PIPE,
        text=True,
    )
    _, err = late.communicate(timeout=60)
    assert late.returncode != 0
    assert "The supervisor that started this process has ended" in err


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # an orphan may wait as a zombie for a parent that never collects it
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_metrics_are_served_on_loopback(instance: Places) -> None:
    with running("pose", Settings()) as service:
        service.metrics.latency("palms", 0.02)
        for device in ("abacus", "cpu, openvino", ""):
            service.beat(Vitals(ServiceState.RUNNING, device))
        port = instance.base_port + 1
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    assert 'bgsub_latency_seconds_count{what="palms"} 1.0' in text
    assert 'bgsub_service_info{device="cpu, openvino",service="pose"} 1.0' in text
    assert "abacus" not in text
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


@pytest.mark.usefixtures("instance")
def test_who_sees_a_service_may_end_it_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", ENDED_EARLY], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "stopped" in done.stderr


@pytest.mark.usefixtures("instance")
def test_a_signal_in_the_middle_of_another_does_no_harm() -> None:
    command = [sys.executable, "-c", SIGNALS_IN_A_SIGNAL]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr


def test_a_taken_metrics_port_is_explained(instance: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    with running("pose", Settings()):
        monkeypatch.setenv("BGSUB_BASE_PORT", str(instance.base_port))
        monkeypatch.setenv("BGSUB_INSTANCE", "other")
        with (
            pytest.raises(UserError, match=r"metrics port.*pose is taken.*BGSUB_BASE_PORT"),
            running("pose", Settings()),
        ):
            pass


def test_a_beat_tells_rate_and_changes_at_once(instance: Places) -> None:
    service = Service("camera", Settings(), instance, ())
    with Bus("reader", Settings(), instance, Metrics("reader"), (Health,)) as reader:
        heard: list[Health] = []
        give_up = time.monotonic() + 10
        while not heard and time.monotonic() < give_up:
            service.wait(0.01)
            service.beat(Vitals())
            heard = reader.every(Health)
        service.beat(Vitals(ServiceState.DEGRADED, error="the cable is out"))
        reader.wait(2)
        (told,) = reader.every(Health)
    service.close()
    assert (told.state, told.error) == (ServiceState.DEGRADED, "the cable is out")
