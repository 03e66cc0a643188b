"""What segment does with each frame and each request; it knows no bus."""

from common.clock import age_s
from common.control import Call
from common.messages import (
    Alpha,
    AskWeights,
    ClearPlate,
    Frame,
    LearnPlate,
    LoadPlate,
    Mask,
    Message,
    Palms,
    PlateState,
    Refused,
    RollBackWeights,
    ServiceState,
    SwapWeights,
)
from common.service import Vitals
from services.segment.aside import Aside
from services.segment.network import Loads, Network
from services.segment.plate_care import PlateCare
from services.segment.weights_care import WeightsCare

_CORRECTED = (PlateState.GOOD, PlateState.LIGHT_CHANGED)


class Segmentation:
    """Plate and weights brought together: a mask of every frame that fits the plate."""

    def __init__(self, aside: Aside, plates: PlateCare, weights: WeightsCare, load: Loads) -> None:
        self._aside = aside
        self._plates = plates
        self._weights = weights
        self._load = load
        self._latency_ms: float | None = None
        self._arrived: tuple[Frame, Alpha | None] | None = None
        self._ran: Network | None = None
        weights.start()

    @property
    def swaps(self) -> int:
        """How often other weights were put in use."""
        return self._weights.swaps

    def take(self, call: Call) -> None:
        """Answers now, or in a later turn."""
        if isinstance(call.request, LearnPlate | LoadPlate | ClearPlate):
            self._plates.take(call, job=call.id)
        elif isinstance(call.request, SwapWeights | RollBackWeights | AskWeights):
            self._weights.take(call)
        else:
            call.reply(Refused(f"Segment has no use for {type(call.request).__name__}."))

    def notice(self, palms: Palms) -> None:
        """Where people are: somebody who stands still must not get into the plate."""
        self._plates.notice(palms)

    def turn(self, frame: Frame | None) -> list[Message]:
        """Moves on, and masks the frame if there is one; what to publish, before `look_back`."""
        self._aside.turn()
        mask = self._mask(frame) if frame is not None else None
        self._plates.turn()
        news, self._plates.news = self._plates.news, []
        return [*news, mask] if mask is not None else [*news]

    def look_back(self) -> None:
        """Judges the plate by the frame that came, and lets a network that masked it look around; apart from `turn`, so
        that no mask waits for it."""
        if self._arrived is not None:
            self._plates.see(*self._arrived)
            self._arrived = None
        if self._ran is not None:
            self._ran.between_frames()
            self._ran = None

    def vitals(self) -> Vitals:
        """The device, and what keeps the masks from being right."""
        network, health = self._weights.network, self._plates.health
        if network is None:
            return Vitals(ServiceState.STARTING)
        device = f"{self._load.device}, {network.engine}"
        error = self._plates.not_kept if health.state in _CORRECTED else health.words
        return Vitals(ServiceState.RUNNING, device, error, self._latency_ms)

    def close(self) -> None:
        """Finishes a file that is being written, and gives up the rest."""
        self._aside.close()

    def _mask(self, frame: Frame) -> Mask | None:
        self._plates.arrive(frame)
        in_use = self._plates.plate
        ready = self._weights.ready(in_use)
        if ready is None or ready.plate.image.shape != frame.image.shape:
            self._arrived = frame, None
            return None
        alpha = ready.network.alpha(frame.image)
        judged = in_use is not None and ready.plate.id == in_use.id
        self._arrived, self._ran = (frame, alpha if judged else None), ready.network
        age = age_s(frame.key.capture_ns, frame.key.boot)
        self._latency_ms = None if age is None else 1000 * age
        network, health = ready.network, self._plates.health_in_words
        return Mask(frame.key, alpha, network.weights.id, ready.plate.id, health, network.engine)
