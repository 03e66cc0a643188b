"""Growth: does memory grow while everything is up?

    python -m benchmarks.growth [--minutes 60] [--from-minute 10] [--every 60] [--source demo] [--json]

The system of benchmarks.live with its page open; the proportional share (PSS) of each of the six processes is read at
even times. Growth is the last reading less the one at `--from-minute`; the slope of all readings since then, which one
stray reading troubles less, is told beside it. Palms press nothing here, so no set is recorded. Exit code 1 where the
growth is over --most-mb.
"""

import json
import sys
import time
from typing import Any

import click
import numpy as np

from benchmarks.live import learn_empty_demo, pids, pss_mb, settle_engine, system
from common.bus import Bus
from common.messages import Frame
from common.metrics import Metrics
from common.settings import Settings


def readings(source: str, plate: str, minutes: float, every_s: float) -> list[dict[str, float]]:
    """A row a reading: `minute`, then MB by process."""
    rows: list[dict[str, float]] = []
    settle_engine()
    with system(source, plate, "web") as up:
        processes = pids(up.where)
        if source == "demo" and not plate:
            with Bus("growth", Settings(), up.where, Metrics("growth"), (Frame,)) as bus:
                learn_empty_demo(bus, up.where)
        began = time.monotonic()
        while (now := time.monotonic() - began) <= 60 * minutes:
            rows.append({"minute": now / 60, **{name: pss_mb(pid) for name, pid in processes.items()}})
            click.echo(line(rows[-1]), err=True)
            time.sleep(max(0.0, every_s * len(rows) - (time.monotonic() - began)))
    return rows


def line(row: dict[str, float]) -> str:
    """A reading for a person."""
    shares = "  ".join(f"{name} {mb:.1f}" for name, mb in row.items() if name != "minute")
    return f"minute {row['minute']:5.1f}  {shares}  in all {total(row):.1f} MB"


def total(row: dict[str, float]) -> float:
    return sum(mb for name, mb in row.items() if name != "minute")


def grown(rows: list[dict[str, float]], from_minute: float) -> dict[str, Any]:
    """MB from the first reading at or after `from_minute` to the last: in all, by process, and an hour by the slope."""
    since = [row for row in rows if row["minute"] >= from_minute - 0.01]
    if len(since) < 2:
        raise click.ClickException(f"fewer than two readings since minute {from_minute:g}: take more --minutes")
    slope = np.polyfit([row["minute"] for row in since], [total(row) for row in since], 1)[0]
    by_process = {name: since[-1][name] - since[0][name] for name in since[0] if name != "minute"}
    return {
        "from_minute": since[0]["minute"],
        "to_minute": since[-1]["minute"],
        "pss_mb_in_all": total(since[-1]),
        "growth_mb": sum(by_process.values()),
        "growth_mb_by_process": by_process,
        "growth_mb_an_hour_by_slope": 60 * float(slope),
    }


@click.command()
@click.option("--source", default="demo", show_default=True, help="What the camera plays.")
@click.option("--plate", default="", help="The plate: an image, a video or a set. demo learns its own.")
@click.option("--minutes", type=click.FloatRange(0.1, 1440), default=60.0, show_default=True, help="How long.")
@click.option(
    "--from-minute", type=click.FloatRange(0), default=10.0, show_default=True, help="Growth counts from here."
)
@click.option("--every", "every_s", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds apart.")
@click.option("--most-mb", default=20.0, show_default=True, help="Growth beyond it is a failure.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(
    *, source: str, plate: str, minutes: float, from_minute: float, every_s: float, most_mb: float, as_json: bool
) -> None:
    """Watch the memory of the whole system."""
    rows = readings(source, plate, minutes, every_s)
    found = grown(rows, from_minute)
    if as_json:
        click.echo(json.dumps({**found, "readings": rows}))
    else:
        told = "  ".join(f"{name} {mb:+.1f}" for name, mb in found["growth_mb_by_process"].items())
        click.echo(
            f"minute {found['from_minute']:.0f} to {found['to_minute']:.0f}: {found['growth_mb']:+.1f} MB  ({told})"
        )
        click.echo(
            f"by slope {found['growth_mb_an_hour_by_slope']:+.1f} MB an hour; {found['pss_mb_in_all']:.0f} MB in all"
        )
    sys.exit(found["growth_mb"] > most_mb)


if __name__ == "__main__":
    main()
