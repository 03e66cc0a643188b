"""One LearnPlate from its first frame to its verdict."""

from common.messages import Image, Palms, PlateHealth, PlateState
from common.plates import MOST_FRAMES, Burst, Learned
from services.segment.health import GOOD
from services.segment.presence import Presence

RESTLESS_SHARE = 0.03
"""A blob this large that never came to rest is somebody who moved about in one place."""
NO_FRAMES_S = 5.0

STANDING = PlateHealth(PlateState.OCCUPIED, "Somebody stands in the picture: step out.")
RESTLESS = PlateHealth(PlateState.OCCUPIED, "Something moves in the picture all the time: step out.")


class Learning:
    """Collects frames and poses. `insist` takes a plate with a person in it, whose flaw is then told."""

    def __init__(self, job: str, seconds: float, insist: bool, now_s: float) -> None:
        self.job = job
        self.insist = insist
        self._burst = Burst(seconds)
        self._presence: Presence | None = None
        self._heard_at = now_s

    def see(self, image: Image, now_s: float) -> None:
        """A frame."""
        self._heard_at = now_s
        self._burst.add(image, now_s)
        if self._presence is None:
            self._presence = Presence(image.shape[0], image.shape[1])

    def notice(self, palms: Palms) -> None:
        """Where people are."""
        if self._presence is not None:
            self._presence.notice(palms)

    def starved(self, now_s: float) -> bool:
        """No frame has come for too long."""
        return now_s - self._heard_at > NO_FRAMES_S

    def over(self, now_s: float) -> bool:
        """Enough was seen."""
        return self._burst.over(now_s)

    @property
    def images(self) -> list[Image]:
        return self._burst.images

    @property
    def progress(self) -> str:
        """In words."""
        return f"Learning the plate, {len(self.images)} of {MOST_FRAMES} frames. Keep out of the picture."

    def verdict(self, learned: Learned) -> PlateHealth:
        """Whether the plate shows the empty scene."""
        if self._presence is not None and self._presence.somebody_stands():
            return STANDING
        return RESTLESS if learned.restless > RESTLESS_SHARE else GOOD
