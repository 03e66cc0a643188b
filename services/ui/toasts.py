"""What happened, said for a moment."""

from collections.abc import Sequence

from services.ui.draw.panels import Sentence, Toast

_SHOWN = 3
_LEAST_S, _A_CHARACTER_S = 2.5, 0.035


class Toasts:
    """The newest few; a longer sentence stays longer."""

    def __init__(self) -> None:
        self._toasts: list[Toast] = []

    def say(self, sentence: Sentence, now: float) -> None:
        """Adds one; the same words again only stay longer."""
        until = now + _LEAST_S + _A_CHARACTER_S * len(sentence.words)
        others = [toast for toast in self._toasts if toast.sentence != sentence]
        same = [toast for toast in self.current(now) if toast.sentence == sentence]
        since = same[0].since if same else now
        self._toasts = [*others, Toast(sentence, since, until)][-_SHOWN:]

    def current(self, now: float) -> Sequence[Toast]:
        """Those on show, the oldest first."""
        return [toast for toast in self._toasts if toast.since <= now < toast.until]
