"""The plate in use, kept in the state folder so that it comes back after a crash or a restart."""

import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from msgspec import structs

from common.files import write_aside
from common.messages import Frame, Image, PlateHealth, PlateState
from common.sets import encode_png, read_image
from services.segment.keep import if_whole, read_json, write_json

SMALLEST_PX = 16
"""Of a plate's sides: the network and the judgement of the plate need so many."""


def plate_id(image: Image) -> str:
    """12 hex digits over size and pixels."""
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(image.tobytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class View:
    """What the plate shows: it fits no other camera, and no other picture size."""

    camera: str
    source: str
    live: bool
    mirrored: bool
    width: int
    height: int

    @classmethod
    def of(cls, frame: Frame, source: str) -> "View":
        """`source` is the setting; a live camera's own name counts as well, a file's does not, as it changes."""
        height, width = frame.image.shape[:2]
        named = f"{source} {frame.source}" if frame.live else source
        return cls(frame.key.camera, named, frame.live, frame.mirrored, width, height)


@dataclass(frozen=True, slots=True)
class KeptPlate:
    """A plate and its story. `session` is the camera's: within it the plate comes back whatever its health."""

    image: Image
    id: str
    frames: int
    view: View
    session: str
    health: PlateHealth

    def suits(self, frame: Frame, source: str) -> bool:
        """Whether to go on with it: in the camera's same session, or for the same view if it was good."""
        if frame.image.shape != self.image.shape or frame.mirrored != self.view.mirrored:
            return False
        trusted = self.health.state in (PlateState.GOOD, PlateState.LIGHT_CHANGED, PlateState.STALE)
        return frame.key.session == self.session or (trusted and View.of(frame, source) == self.view)


class PlateStore:
    """`plate.png` and `plate.json` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "plate.png"
        self._about = folder / "plate.json"

    def save(self, plate: KeptPlate) -> None:
        """Raises OSError."""
        self._image.parent.mkdir(parents=True, exist_ok=True)
        write_aside(self._image, encode_png(plate.image))
        self.describe(plate)

    def describe(self, plate: KeptPlate) -> None:
        """Writes all but the image, when health or camera changed; raises OSError."""
        about = {field.name: getattr(plate, field.name) for field in fields(plate) if field.name != "image"}
        write_json(self._about, about | {"view": asdict(plate.view), "health": structs.asdict(plate.health)})

    def clear(self) -> None:
        """Forgets the plate; raises OSError."""
        self._about.unlink(missing_ok=True)
        self._image.unlink(missing_ok=True)

    def load(self) -> KeptPlate | None:
        """None where there is no plate that is surely whole."""
        return if_whole(self._about, self._read)

    def _read(self, path: Path) -> KeptPlate:
        about = read_json(path)
        image = read_image(self._image)
        if about["id"] != plate_id(image):
            raise ValueError(f"{self._image.name} is not the image it describes")
        health = PlateHealth(PlateState(about["health"]["state"]), str(about["health"]["words"]))
        view = View(**about["view"])
        return KeptPlate(image, about["id"], int(about["frames"]), view, str(about["session"]), health)
