"""`bgsub status`: a row a service, from its own heartbeat and the supervisor's view of its process."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

import click

from common.bus import Bus
from common.clock import now_ns
from common.counts import Uncounted
from common.messages import Health, ServiceState
from common.places import Places, places
from common.settings import load_settings
from common.topics import SERVICES, topic_of
from deploy import board
from deploy.board import Line
from deploy.processes import DEATHS, DEATHS_WITHIN_S

YOUNG_S = 20.0
"""A process this young that has not said a word is starting; an older one hangs."""
LISTEN_S = 0.3
"""Heartbeats come at once; those of processes that start are waited for no longer than this."""


class State(StrEnum):
    """What the table shows."""

    RUNNING = "RUNNING"
    STARTING = "STARTING"
    DEGRADED = "DEGRADED"
    HUNG = "HUNG"
    BACKOFF = "BACKOFF"
    GIVEN_UP = "GIVEN UP"
    STOPPED = "STOPPED"


SILENT = {
    State.HUNG: f"It lives, but has said nothing for {topic_of(Health).alive_s:g} s.",
    State.GIVEN_UP: f"It died {DEATHS} times within {DEATHS_WITHIN_S:g} s and stays down; its log says why.",
}
"""What stands for the words of a service that says none."""
FINE = (State.RUNNING, State.DEGRADED)
COLOURS = {State.RUNNING: "green", State.STARTING: "cyan", State.DEGRADED: "yellow", State.BACKOFF: "yellow"}


@dataclass(frozen=True, slots=True)
class Row:
    """One service. What is not known is None or empty."""

    name: str
    state: State
    pid: int | None
    rate_hz: float | None
    latency_ms: float | None
    restarts: int
    device: str
    error: str


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def status_command(as_json: bool) -> None:
    """How each service is doing. Exit status 0 when all of them work, 1 otherwise."""
    where = places()
    rows = look(where)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows]))
    elif rows:
        click.echo(table(rows))
        click.echo(f"Logs: {board.logs(where)}", err=True)
    if not rows:
        click.echo(f"Nothing runs as the instance {where.instance!r}. `bgsub up` starts it.", err=True)
    if not rows or any(row.state not in FINE for row in rows):
        raise SystemExit(1)


def look(where: Places) -> list[Row]:
    """The rows as of now; empty when neither the supervisor nor any service is up."""
    if not where.runtime.exists():
        return []
    processes = {line.name: line for line in board.read(where)}
    heard = listen(where, processes)
    names = [name for name in SERVICES if name in processes or (not processes and name in heard)]
    return [row(name, processes.get(name), heard.get(name)) for name in names]


def listen(where: Places, processes: Mapping[str, Line]) -> dict[str, Health]:
    """The heartbeats, by service. Whoever should speak and does not is waited for as long as its topic's row allows."""
    heard: dict[str, Health] = {}
    start = time.monotonic()
    with Bus("status", load_settings(), where, Uncounted(), reads=(Health,)) as bus:
        while (left := start + _patience_s(processes, heard) - time.monotonic()) > 0:
            bus.wait(min(left, 0.1))
            heard.update({health.service: health for health in bus.every(Health)})
    return heard


def _patience_s(processes: Mapping[str, Line], heard: Mapping[str, Health]) -> float:
    """How long to listen in all, given who has been heard."""
    silent = [line for line in processes.values() if line.pid and not _is_own(heard.get(line.name), line)]
    if not all(map(_is_young, silent)):
        return topic_of(Health).alive_s
    return LISTEN_S if silent or not processes else 0.0


def _is_own(health: Health | None, line: Line) -> bool:
    return health is not None and health.pid == line.pid


def _is_young(line: Line) -> bool:
    return (now_ns() - line.started_ns) / 1e9 < YOUNG_S


def row(name: str, line: Line | None, health: Health | None) -> Row:
    """One row from what the board says (None where there is no supervisor) and what the service says."""
    if line is not None and not _is_own(health, line):
        health = None
    state = _state(line, health)
    return Row(
        name=name,
        state=state,
        pid=(line.pid if line else health.pid if health else 0) or None,
        rate_hz=_rounded(health.rate_hz if health else None),
        latency_ms=_rounded(health.latency_ms if health else None),
        restarts=line.restarts if line else 0,
        device=health.device if health else "",
        error=health.error if health else SILENT.get(state, ""),
    )


def _state(line: Line | None, health: Health | None) -> State:
    if line is not None and not line.pid:
        if line.given_up:
            return State.GIVEN_UP
        crashed = line.state == "BACKOFF" or (line.state == "EXITED" and line.exit_status)
        return State.BACKOFF if crashed else State.STOPPED
    if health is None:
        return State.STARTING if line is not None and _is_young(line) else State.HUNG
    return {
        ServiceState.STARTING: State.STARTING,
        ServiceState.RUNNING: State.RUNNING,
        ServiceState.DEGRADED: State.DEGRADED,
        ServiceState.STOPPING: State.STOPPED,
    }[health.state]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def table(rows: Iterable[Row]) -> str:
    """The rows for a person."""
    lines = [
        click.style(
            f"{'SERVICE':9} {'STATE':9} {'PID':>7} {'RATE':>8} {'LATENCY':>8} {'RESTARTS':>8}  DEVICE", dim=True
        )
    ]
    for one in rows:
        rate = f"{one.rate_hz:.1f} Hz" if one.rate_hz is not None else "-"
        latency = f"{one.latency_ms:.0f} ms" if one.latency_ms is not None else "-"
        state = click.style(f"{one.state:9}", fg=COLOURS.get(one.state, "red"))
        cells = (
            f"{one.name:9} {state} {one.pid or '-':>7} {rate:>8} {latency:>8} {one.restarts:>8}  {one.device or '-'}"
        )
        lines.append(f"{cells}\n{'':9} {one.error}" if one.error else cells)
    return "\n".join(lines)
