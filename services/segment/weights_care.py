"""The network in use, and how another takes its place between two frames: for other weights, and for another plate."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from common.control import Call
from common.errors import UserError
from common.messages import AskWeights, Blob, Done, Image, Refused, SwapWeights, WeightsInUse
from common.weights import Weights, WeightsError
from services.segment.aside import Aside
from services.segment.kept_plate import KeptPlate
from services.segment.kept_weights import Choice, WeightsStore
from services.segment.network import Loads, Network

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """A network and the plate that it knows."""

    network: Network
    plate: KeptPlate


class WeightsCare:
    """Loads, checks and warms networks aside; only one that is ready is ever assigned to `network`.

    `base` are the weights that the settings name; `plate` gives the plate to warm up on. The next plate is looked at
    aside as well, by the same network, while masks go on with the one before.
    """

    def __init__(
        self, aside: Aside, store: WeightsStore, base: Weights, load: Loads, plate: Callable[[], KeptPlate | None]
    ) -> None:
        self.network: Network | None = None
        self._known: KeptPlate | None = None
        self._preparing = False
        self.swaps = 0
        self._aside = aside
        self._store = store
        self._base = base
        self._load = load
        self._plate = plate
        self._previous = ""
        self._swapping = False
        self._answer: WeightsInUse | None = None

    def start(self) -> None:
        """Begins to load the weights last in use if the settings still name the same base, else the base."""
        choice = self._store.choice()
        ids = [self._base.id]
        if choice is not None and choice.base == self._base.id:
            self._previous = choice.previous
            ids = [choice.in_use, self._base.id]
        elif choice is not None:
            _log.warning("other weights are named or shipped now: those last in use, %s, are left out", choice.in_use)
        plate = self._plate()
        self._aside.begin(lambda: self._load_first(ids, plate), lambda network: self._started(network, plate), _end)

    def ready(self, plate: KeptPlate | None) -> Ready | None:
        """What to make masks with, given the plate in use: for a moment the one before; None while there is none."""
        if plate is None or self.network is None:
            self._known = None
            return None
        if not self._preparing and (self._known is None or self._known.id != plate.id):
            self._prepare(self.network, plate)
        return Ready(self.network, self._known) if self._known is not None else None

    def _prepare(self, network: Network, plate: KeptPlate) -> None:
        self._preparing = True

        def then(other: Network) -> None:
            self._preparing = False
            if self.network is network:
                self._use(other, plate)

        self._aside.begin(lambda: network.with_plate(plate.image), then, _end)

    def take(self, call: Call) -> None:
        """SwapWeights or RollBackWeights, answered when the swap is over; AskWeights, answered at once."""
        network, plate, request = self.network, self._plate(), call.request
        if network is not None and isinstance(request, AskWeights):
            call.reply(self._handed_out(network.weights))
            return
        if network is None or self._swapping:
            call.reply(Refused("Other weights are just being loaded. Try again in a moment."))
            return
        if isinstance(request, SwapWeights):
            data, origin = request.weights, request.origin
            self._begin(call, network.weights.id, lambda: Weights.from_bytes(data, origin or "The weights"), plate)
        elif not self._previous:
            call.reply(Refused("There are no earlier weights to go back to."))
        else:
            previous = self._previous
            self._begin(call, network.weights.id, lambda: self._stored(previous), plate)

    def _handed_out(self, weights: Weights) -> WeightsInUse:
        # written once: the check sum takes as long as a mask
        if self._answer is None or self._answer.weights_id != weights.id:
            self._answer = WeightsInUse(Blob(weights.to_bytes()), weights.id)
        return self._answer

    def _begin(self, call: Call, in_use: str, read: Callable[[], Weights], plate: KeptPlate | None) -> None:
        self._swapping = True

        def work() -> Network:
            weights = read()
            network = self._load(weights, _image(plate))
            if weights.id != in_use:
                self._keep(weights, in_use)
            return network

        def failed(words: str) -> None:
            self._swapping = False
            call.reply(Refused(f"{words} The weights in use stay."))

        self._aside.begin(work, lambda network: self._swapped(call, network, plate), failed)

    def _keep(self, weights: Weights, in_use: str) -> None:
        """Before the swap: should the process die in between, it comes back with the new ones, which are checked."""
        if weights.id != self._base.id:
            self._store.save(weights)
        self._store.choose(Choice(self._base.id, weights.id, in_use))

    def _swapped(self, call: Call, network: Network, plate: KeptPlate | None) -> None:
        self._swapping = False
        before = self.network.weights.id if self.network is not None else ""
        if network.weights.id == before:
            call.reply(Done(f"These weights, {before}, are in use already.", {"weights_id": before}))
            return
        self._previous = before
        self._assign(network, plate)
        self.swaps += 1
        words = f"Weights {network.weights.id} are in use; {before} are kept to go back to."
        call.reply(Done(words, {"weights_id": network.weights.id, "previous": before}))

    def _started(self, network: Network, plate: KeptPlate | None) -> None:
        self._assign(network, plate)
        _log.info("weights %s on %s, %s", network.weights.id, network.engine, network.device)

    def _assign(self, network: Network, plate: KeptPlate | None) -> None:
        if self.network is not None:
            # aside: to free its memory takes longer than a frame
            self._aside.begin(self.network.close, lambda _: None, _end)
        self._use(network, plate)

    def _use(self, network: Network, plate: KeptPlate | None) -> None:
        self.network, self._known = network, plate
        if plate is not None:
            self._aside.begin(network.look_closer, lambda _: None, _end)

    def _load_first(self, ids: list[str], plate: KeptPlate | None) -> Network:
        """The first of these weights that can be had; the last are the base."""
        for weights_id in ids[:-1]:
            try:
                return self._load(self._stored(weights_id), _image(plate))
            except WeightsError as error:
                _log.warning("the weights last in use cannot be had, so the shipped ones are: %s", error.message)
        return self._load(self._base, _image(plate))

    def _stored(self, weights_id: str) -> Weights:
        weights = self._base if weights_id == self._base.id else self._store.load(weights_id)
        if weights is None:
            raise WeightsError(f"The copy of the weights {weights_id} is gone or damaged.")
        return weights


def _image(plate: KeptPlate | None) -> Image | None:
    return plate.image if plate is not None else None


def _end(words: str) -> None:
    """Without a network there is no service: the process says why and ends."""
    raise UserError(words)
