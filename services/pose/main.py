"""Finds people's palms.

Reads: frame.  Writes: palms, health.  Control: AskStatus.
"""

import time

import click
import cv2

from common.clock import age_s
from common.messages import Frame, Refused
from common.priority import step_back
from common.service import ServiceLike, running
from common.settings import load_settings
from services.pose.loading import Loading
from services.pose.worker import Pace, Watcher


def run(service: ServiceLike, watcher: Watcher, pace: Pace) -> None:
    """Turns until the service is asked to stop; frames it has no time for are passed over."""
    while not service.stopping():
        service.wait(0.1)
        for call in service.requests():
            call.reply(Refused("pose only watches; there is nothing to ask of it but its status."))
        frame = service.newest(Frame)  # even when it is not due, or what waits there would end every wait
        if frame and pace.due():
            pace.took()
            with service.metrics.step("turn"):
                palms = watcher.look(frame)
            service.publish(palms)
            if (age := age_s(frame.key.capture_ns, frame.key.boot)) is not None:
                service.metrics.latency("palms", age)
        service.beat(watcher.vitals())
    watcher.close()


@click.command()
@click.option("--width", type=int, help="Width the picture is scaled to for the network: larger is more exact, slower.")
@click.option("--model", help="075 or 100: the network's width.")
@click.option("--rate", "rate_hz", type=float, help="Pictures looked at in a second, at most.")
@click.option("--min-score", type=float, help="Palms below this score, 0 to 1, are not shown.")
@click.option("--people", type=int, help="People looked for, at most.")
def main(
    width: int | None, model: str | None, rate_hz: float | None, min_score: float | None, people: int | None
) -> None:
    """See palms, so that buttons can be touched."""
    given = {"width": width, "model": model, "rate_hz": rate_hz, "min_score": min_score, "people": people}
    settings = load_settings({f"pose.{key}": value for key, value in given.items()})
    # a look takes three masks' time
    step_back()
    cv2.setNumThreads(settings.pose.threads)
    with running("pose", settings, reads=(Frame,)) as service:
        loading = Loading(settings.pose, service.places.cache)
        run(service, Watcher(loading, settings.pose), Pace(settings.pose.rate_hz, time.monotonic))


if __name__ == "__main__":
    main()
