"""Publishes frames of a webcam, a stream, files or the demo.

Reads: nothing.  Writes: frame, health.  Control: LockCamera, UnlockCamera, AskStatus.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import click
import cv2

from common.clock import boot_id, now_ns
from common.messages import Frame, FrameKey, Image, LockCamera, Message, Refused, UnlockCamera
from common.service import ServiceLike, Vitals, running
from common.settings import CameraSettings, load_settings
from services.camera.choose import choose
from services.camera.devices import webcams
from services.camera.lock_care import LockCare
from services.camera.locks import Locks
from services.camera.player import Player
from services.camera.source import Picture

TURN_S = 0.05
Loan = Callable[[type[Message], tuple[int, ...]], Image]
"""See Bus.loan."""


def run(service: ServiceLike, player: Player, care: LockCare, settings: CameraSettings) -> None:
    """Turns until the service is asked to stop."""
    seq = 0
    while not service.stopping():
        service.wait(0)
        for call in service.requests():
            if isinstance(call.request, LockCamera | UnlockCamera):
                care.take(call, player.webcam)
            else:
                call.reply(Refused(f"The camera has no use for {type(call.request).__name__}."))
        if picture := player.next(TURN_S):
            care.see(picture.image)
            key = FrameKey(settings.name, service.session, seq, picture.captured_ns or now_ns(), boot_id())
            service.publish(frame_of(picture, key, player, settings.mirror, service.loan))
            seq += 1
        care.turn()
        service.beat(told(player.vitals(), care.words))
    care.close()
    player.close()


def told(vitals: Vitals, locks: str) -> Vitals:
    """The vitals with what is held added to the device's words."""
    return replace(vitals, device=f"{vitals.device}; {locks}") if locks else vitals


def frame_of(picture: Picture, key: FrameKey, player: Player, mirror: str, loan: Loan) -> Frame:
    """The picture as a message, mirrored where `mirror` (yes, no, auto) and its source ask for it.

    The mirror image is written where it is published from.
    """
    mirrored = player.mirrors if mirror == "auto" else mirror == "yes"
    image = picture.image
    if mirrored:
        image = cast(Image, cv2.flip(image, 1, loan(Frame, image.shape)))
    return Frame(key, image, mirrored, picture.source, picture.index, player.live)


def list_devices() -> None:
    """Prints the webcams, a line each."""
    found = webcams()
    for device in found:
        click.echo(str(device))
    if not found:
        click.echo("No webcam was found.", err=True)


@click.command()
@click.option(
    "--source", help="A webcam's number or path, a file, a folder, a URL, demo, or auto; several with commas."
)
@click.option("--name", help="The camera's name in topics and sets, `cam0` unless set.")
@click.option("--width", type=int, help="Width asked of a webcam, drawn by demo: 640 unless set.")
@click.option("--height", type=int, help="Height asked of a webcam, drawn by demo: 480 unless set.")
@click.option("--fps", type=float, help="Rate asked of a webcam, and of still pictures: 30 unless set.")
@click.option("--mirror/--no-mirror", default=None, help="Mirror the picture; unless set, live webcams alone are.")
@click.option(
    "--lock/--no-lock",
    default=None,
    help="Hold a webcam's exposure, white balance and focus while a plate is in use; done unless set.",
)
@click.option("--list-devices", "listing", is_flag=True, help="Print the webcams there are, and end.")
def main(
    *,
    source: str | None,
    name: str | None,
    width: int | None,
    height: int | None,
    fps: float | None,
    mirror: bool | None,
    lock: bool | None,
    listing: bool,
) -> None:
    """Publish frames of a webcam, a stream, files or the demo."""
    if listing:
        list_devices()
        return
    given: dict[str, str | float | None] = {
        "source": source,
        "name": name,
        "width": width,
        "height": height,
        "fps": fps,
    }
    overrides = {f"camera.{key}": value for key, value in given.items()}
    for key, flag in (("mirror", mirror), ("lock", lock)):
        overrides[f"camera.{key}"] = flag if flag is None else ("no", "yes")[flag]
    settings = load_settings(overrides)
    mine = settings.camera
    with running("camera", settings) as service:
        # frames are small: more threads would only take the other services' processors
        cv2.setNumThreads(1)
        # its warnings at each opening say less than our own sentence
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        locks = Locks(service.places.state / "camera" / "locked.json")
        openers = choose(mine, unlock=locks.restore)
        player = Player(openers, mine.fps, service.metrics.reopened.inc)
        run(service, player, LockCare(locks, wanted=mine.lock == "yes"), mine)
