"""Makes a soft mask of every frame, and owns the plate and the weights.

Reads: frame, palms.  Writes: mask, plate, health.  Control: LearnPlate, LoadPlate, ClearPlate, SwapWeights,
RollBackWeights, AskWeights, AskStatus.  Asks camera: LockCamera, UnlockCamera.
"""

from pathlib import Path

import click
import cv2

from common.clock import age_s
from common.control import ControlClient
from common.messages import Frame, Mask, Palms
from common.metrics import Metrics
from common.nets.choice import Choices
from common.places import Places
from common.service import ServiceLike, running
from common.settings import Settings, load_settings
from common.weights import Weights
from services.segment.aside import Aside
from services.segment.backlog import Backlog
from services.segment.camera_lock import CameraLock
from services.segment.kept_plate import PlateStore
from services.segment.kept_weights import WeightsStore
from services.segment.network import Loader, measure_later
from services.segment.plate_care import PlateCare
from services.segment.sources import plate_path
from services.segment.weights_care import WeightsCare
from services.segment.worker import Segmentation


def run(service: ServiceLike, segmentation: Segmentation) -> None:
    """Turns until the service is asked to stop."""
    swaps, backlog = 0, Backlog()
    while not service.stopping():
        service.wait(0.05 if backlog.empty else 0)
        for call in service.requests():
            segmentation.take(call)
        for palms in service.every(Palms):
            segmentation.notice(palms)
        frame = backlog.next(service.every(Frame))
        with service.metrics.step("turn"):
            messages = segmentation.turn(frame)
        for message in messages:
            service.publish(message)
            if isinstance(message, Mask) and (age := age_s(message.key.capture_ns, message.key.boot)) is not None:
                service.metrics.latency("mask", age)
        segmentation.look_back()
        service.metrics.swaps.inc(segmentation.swaps - swaps)
        swaps = segmentation.swaps
        service.beat(segmentation.vitals())
    segmentation.close()


def build(settings: Settings, places: Places, metrics: Metrics, camera: CameraLock) -> Segmentation:
    """The real parts. Raises UserError for weights, a plate or a device that cannot be had."""
    mine, state = settings.segment, places.state / "segment"
    base = Weights.from_file(Path(mine.weights)) if mine.weights else Weights.shipped()
    given = plate_path(mine.plate) if mine.plate else None
    choices = Choices(places.cache, base.story.architecture)
    aside, load = Aside(), Loader(mine, choices.kept, metrics.step, metrics.stood.inc)
    if load.open:
        measure_later(choices)
    plates = PlateCare(aside, PlateStore(state), settings.camera, given, refresh=mine.refresh == "yes")
    plates.camera = camera
    weights = WeightsCare(aside, WeightsStore(state), base, load, lambda: plates.likely)
    return Segmentation(aside, plates, weights, load)


@click.command()
@click.option(
    "--device",
    type=click.Choice(("auto", "cpu", "cuda")),
    help="cuda fails where there is none; auto takes it where it works.",
)
@click.option("--engine", type=click.Choice(("auto", "torch", "openvino")), help="What runs the network.")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads for the network.")
@click.option("--plate", help="An image, a video of the empty scene, or a set: the plate to start with.")
@click.option("--weights", type=click.Path(exists=True, dir_okay=False), help="A safetensors file.")
def main(device: str | None, engine: str | None, threads: int | None, plate: str | None, weights: str | None) -> None:
    """Cut people out of the camera's picture with a neural network and a plate of the empty scene."""
    settings = load_settings(
        {
            "segment.device": device,
            "segment.engine": engine,
            "segment.threads": threads,
            "segment.plate": plate,
            "segment.weights": weights,
        }
    )
    # pictures are small: a second thread would be waited for, and is missed by the other services
    cv2.setNumThreads(1)
    with (
        running("segment", settings, reads=(Frame, Palms)) as service,
        ControlClient("camera", settings, service.places) as camera,
    ):
        run(service, build(settings, service.places, service.metrics, CameraLock(camera.send)))
