"""Hands better weights to the running segment service."""

from common.control import ControlTimeoutError, ask
from common.messages import AskStatus, Done, SwapWeights
from services.trainer.tuning import Outcome

WORSE_BY = 0.0005  # IoU; less is chance
SWAP_WITHIN_S = 120.0


def worth_it(outcome: Outcome) -> bool:
    """Not worse on the frames kept aside, as far as that is known."""
    before, after = outcome.iou_before, outcome.iou_after
    return before is None or after is None or after >= before - WORSE_BY


def gain(outcome: Outcome) -> str:
    """IoU before and after, in words."""
    if outcome.iou_before is None:
        return "No frame with a person was kept aside, so the gain is not known"
    if outcome.iou_after is None:
        return "No step was taken yet"
    of = "the training frames themselves (too few to keep any aside)" if outcome.judged_on_seen else "frames kept aside"
    return f"IoU {outcome.iou_before:.4f} → {outcome.iou_after:.4f} on {of}"


def swap(outcome: Outcome, force: bool) -> str:
    """Swaps unless the weights are worse; says what happened. That segment is not running is no error."""
    if not force and not worth_it(outcome):
        return "Worse than before, so not swapped; --force swaps anyway."
    request = SwapWeights(outcome.weights.to_bytes(), f"The weights of {outcome.folder}")
    try:
        ask("segment", AskStatus())
        reply = ask("segment", request, SWAP_WITHIN_S)
    except ControlTimeoutError as error:
        return f"Not swapped: {error.message}"
    return reply.words if isinstance(reply, Done) else f"Not swapped: {getattr(reply, 'words', reply)}"
