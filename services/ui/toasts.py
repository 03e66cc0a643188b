"""What happened, said for a moment, some of it with a button to take it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ui.actions import Action
from services.ui.draw.panels import Sentence, Toast

_SHOWN = 3
_LEAST_S, _A_CHARACTER_S = 2.5, 0.035


@dataclass(frozen=True, slots=True)
class Offer:
    """What a toast's button does, and its word."""

    word: str
    action: Action
    stays_s: float = 8.0
    """So much longer than without a button: it takes a while to get to the keyboard."""


@dataclass(frozen=True, slots=True)
class _Said:
    toast: Toast
    offer: Offer | None
    kind: str


class Toasts:
    """The newest few; a longer sentence stays longer, and what can be taken back is the last to be pushed out."""

    def __init__(self) -> None:
        self._said: list[_Said] = []

    def say(self, sentence: Sentence, now: float, offer: Offer | None = None, kind: str = "") -> None:
        """Adds one. It takes the place of the one before of its `kind`, as "3 doubles" that of "2 doubles"; the same
        words again only stay longer."""
        until = now + _LEAST_S + _A_CHARACTER_S * len(sentence.words) + (offer.stays_s if offer is not None else 0)
        standing = [one for one in self._said if now < one.toast.until]
        same = [one for one in standing if one.toast.sentence == sentence or (kind and one.kind == kind)]
        others = [one for one in standing if one not in same]
        since = min([one.toast.since for one in same], default=now)
        toast = Toast(sentence, since, until, offer.word if offer is not None else "")
        self._said = [*others, _Said(toast, offer, kind)]
        if len(self._said) > _SHOWN:
            self._said.remove(next((one for one in others if one.offer is None), others[0]))

    def current(self, now: float) -> Sequence[Toast]:
        """Those on show, the oldest first."""
        return [one.toast for one in self._said if one.toast.since <= now < one.toast.until]

    def accept(self, now: float) -> Action | None:
        """Takes the newest offer, once, and its toast away; None where none stands."""
        for one in reversed(self._said):
            if one.offer is not None and one.toast.since <= now < one.toast.until:
                self._said.remove(one)
                return one.offer.action
        return None
