"""Hands better weights to the running segment service."""

from collections.abc import Callable
from dataclasses import dataclass

from common.control import ControlTimeoutError, ask
from common.messages import AskStatus, Blob, Done, SwapWeights
from common.weights import Weights
from services.trainer.judge import Scores, StoppedError, harm
from services.trainer.run_folder import BEST
from services.trainer.start import patience_s, weights_in_use
from services.trainer.tuning import Outcome

SWAP_WITHIN_S = 120.0


@dataclass(frozen=True)
class Swapped:
    """Whether it was done, and what to tell a person."""

    done: bool
    words: str


def gain(outcome: Outcome) -> str:
    """IoU before and after, in words."""
    before, after = outcome.before, outcome.after
    if before is None or after is None:
        return "Nothing was scored yet"
    drawn = f"drawn scenes {before.regression:.4f} → {after.regression:.4f}"
    if before.own is None or after.own is None:
        return f"No frame with a person was kept aside, so the gain is not known; {drawn}"
    of = "the training frames themselves (too few to keep any aside)" if outcome.judged_on_seen else "frames kept aside"
    return f"IoU {before.own:.4f} → {after.own:.4f} on {of}, {drawn}"


def by_hand(outcome: Outcome) -> str:
    """The command that swaps them, whatever they are worth."""
    return f"bgsub weights swap {outcome.folder / BEST}"


def left_alone(outcome: Outcome) -> str:
    """What to say where nothing was to be swapped."""
    if outcome.before is None or outcome.after is None:
        return "Nothing to swap."
    reason = harm(outcome.before, outcome.after)
    return f"They would not be swapped: {reason}." if reason else f"`{by_hand(outcome)}` puts them in use."


def beaten(outcome: Outcome, after: Scores, judged: Callable[[Weights], Scores]) -> str:
    """Why they should not take the place of what is in use, where that is not what the training began with any more:
    it went on with an older run, was given a file, or another training was swapped meanwhile."""
    in_use = weights_in_use()
    if in_use is None or in_use.id in (outcome.start, outcome.weights.id):
        return ""
    theirs = judged(in_use)
    own = "" if theirs.own is None else f", IoU {theirs.own:.4f}"
    return harm(theirs, after, f"the weights in use by now ({in_use.id}{own})")


def swap(outcome: Outcome, force: bool, judged: Callable[[Weights], Scores]) -> Swapped:
    """Swaps unless the weights do harm; `judged` scores those in use. That segment is not running is no error."""
    if outcome.before is None or outcome.after is None:
        return Swapped(False, "Nothing to swap.")
    try:
        reason = "" if force else harm(outcome.before, outcome.after) or beaten(outcome, outcome.after, judged)
    except StoppedError:
        reason = "stopped before the weights in use by now were scored"
    if reason:
        return Swapped(False, f"Not swapped: {reason}; `{by_hand(outcome)}` swaps all the same.")
    try:
        ask("segment", AskStatus(), patience_s())  # nobody waits two minutes for a service that is not there
        request = SwapWeights(Blob(outcome.weights.to_bytes()), f"The weights of {outcome.folder}")
        reply = ask("segment", request, SWAP_WITHIN_S)
    except ControlTimeoutError as error:
        return Swapped(False, f"Not swapped: {error.message} Once it runs, `{by_hand(outcome)}` puts them in use.")
    if isinstance(reply, Done):
        return Swapped(True, reply.words)
    return Swapped(False, f"Not swapped: {getattr(reply, 'words', reply)}")
