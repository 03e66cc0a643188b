"""What happened, said for a moment, some of it with a button to take it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ui.actions import Action
from services.ui.draw.panels import Sentence, Toast

_SHOWN = 3
_LEAST_S, _A_CHARACTER_S = 2.5, 0.035
_OFFER_S = 8.0
"""A toast with a button stays so much longer: it takes a while to get to the keyboard."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a toast's button does, and its word."""

    word: str
    action: Action


class Toasts:
    """The newest few; a longer sentence stays longer, and what can be taken back is not pushed out by what cannot."""

    def __init__(self) -> None:
        self._toasts: list[tuple[Toast, Offer | None]] = []

    def say(self, sentence: Sentence, now: float, offer: Offer | None = None) -> None:
        """Adds one; the same words again only stay longer."""
        until = now + _LEAST_S + _A_CHARACTER_S * len(sentence.words) + (_OFFER_S if offer is not None else 0)
        others = [pair for pair in self._toasts if pair[0].sentence != sentence and now < pair[0].until]
        same = [toast for toast in self.current(now) if toast.sentence == sentence]
        since = same[0].since if same else now
        toast = Toast(sentence, since, until, offer.word if offer is not None else "")
        self._toasts = [*others, (toast, offer)]
        if len(self._toasts) > _SHOWN:
            self._toasts.remove(next((pair for pair in others if pair[1] is None), others[0]))

    def current(self, now: float) -> Sequence[Toast]:
        """Those on show, the oldest first."""
        return [toast for toast, _ in self._toasts if toast.since <= now < toast.until]

    def accept(self, now: float) -> Action | None:
        """Takes the newest offer, once, and its toast away; None where none stands."""
        for pair in reversed(self._toasts):
            toast, offer = pair
            if offer is not None and toast.since <= now < toast.until:
                self._toasts.remove(pair)
                return offer.action
        return None
