"""What the network proposed for which frame, as long as it may be wanted."""

from common.sets import PLATE_NAME
from services.ui.label.proposals import Proposal, Proposals
from services.ui.label.work import Item, Work

_KEPT = 8


class Suggestions:
    """Asks for the frames of `work` that have a plate and no label yet; for the main loop alone."""

    def __init__(self, proposals: Proposals, work: Work) -> None:
        self.proposals = proposals
        self._work = work
        self._known: dict[Item, tuple[int, Proposal]] = {}
        """With the time of the frame's file: an undone save frees its name for another picture."""

    def prepare(self, item: Item) -> None:
        """Asks, where a proposal may be wanted and none is known."""
        if self.of(item) is None and not item.labelled:
            self.ask(item)

    def ask(self, item: Item) -> bool:
        """Asks; False for a set without a plate, of which the network can say nothing."""
        plate = item.folder / PLATE_NAME
        if plate.exists():
            self.proposals.ask(item.frame, plate)
        return plate.exists()

    def waits(self, item: Item) -> bool:
        """Whether the answer is still to come."""
        return self.proposals.waits(item.frame)

    def news(self) -> list[tuple[Item, Proposal]]:
        """What came since the last call."""
        came = []
        for proposal in self.proposals.news():
            item = next((item for item in self._work.items if item.frame == proposal.frame), None)
            if item is not None:
                self._known[item] = _written_ns(item), proposal
                came.append((item, proposal))
        while len(self._known) > _KEPT:
            self._known.pop(next(iter(self._known)))
        return came

    def of(self, item: Item) -> Proposal | None:
        """What was proposed, None while nothing was."""
        written_ns, proposal = self._known.get(item, (0, None))
        return proposal if written_ns == _written_ns(item) else None

    def close(self) -> None:
        """Ends the process beside."""
        self.proposals.close()


def _written_ns(item: Item) -> int:
    """When the frame's file was written; -1 where it is gone."""
    try:
        return item.frame.stat().st_mtime_ns
    except OSError:
        return -1
