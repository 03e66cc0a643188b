"""`bgsub weights`: which weights there are, what made them, and how to put others into the running system."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from common.control import ControlTimeoutError, ask
from common.errors import UserError
from common.messages import (
    AskStatus,
    AskWeights,
    Blob,
    Done,
    Reply,
    Request,
    RollBackWeights,
    SwapWeights,
    WeightsInUse,
)
from common.places import places
from common.settings import load_settings
from common.weights import Weights, WeightsError

SWAP_S = 60.0
"""Segment builds and tries the new network before it puts it in use."""
SHIPPED = "shipped"


@click.group("weights")
def weights_command() -> None:
    """List, show and swap the network's weights."""


@weights_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def list_weights(as_json: bool) -> None:
    """The shipped weights, those that segment keeps, and those of your runs; a star marks the ones in use."""
    in_use = _in_use()
    rows = [
        {"id": weights.id, "created": weights.story.created, "in_use": weights.id == in_use, "where": where}
        for where, weights in _known()
    ]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        click.echo(f"{'*' if row['in_use'] else ' '} {row['id']}  {row['created'] or '-':<25}  {row['where']}")


@weights_command.command("show")
@click.argument("file", default=SHIPPED)
@click.option("--json", "as_json", is_flag=True, help="An object, for programs.")
def show_weights(file: str, as_json: bool) -> None:
    """What made the weights in FILE (or with that id, the shipped ones unless given), and how large they are."""
    weights = _read(file)
    count = sum(tensor.size for tensor in weights.tensors.values())
    facts = {"id": weights.id, "parameters": count, **asdict(weights.story)}
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name:<13} {_words(value)}")


@weights_command.command("swap")
@click.argument("file")
def swap_weights(file: str) -> None:
    """Put the weights in FILE (or with that id; `shipped` is one too) into the running segment, between two frames."""
    _say(_asked(SwapWeights(Blob(_read(file).to_bytes()), file)))


@weights_command.command("rollback")
def roll_back_weights() -> None:
    """Go back to the weights in use before the last swap."""
    _say(_asked(RollBackWeights()))


def _in_use() -> str:
    """The id of the weights in use; empty where segment is not running."""
    try:
        reply = ask("segment", AskWeights(), timeout_s=1)
    except ControlTimeoutError:
        return ""
    return reply.weights_id if isinstance(reply, WeightsInUse) else ""


def _read(named: str) -> Weights:
    """A file's, `shipped`, or those of the list with this id."""
    if named == SHIPPED or Path(named).exists():
        return Weights.shipped() if named == SHIPPED else Weights.from_file(Path(named))
    by_id = (weights for _, weights in _known() if weights.id == named)
    return next(by_id, None) or Weights.from_file(Path(named))


def _known() -> Iterator[tuple[str, Weights]]:
    yield SHIPPED, Weights.shipped()
    kept = (places().state / "segment").glob("weights-*.safetensors")
    runs = Path(load_settings().trainer.runs).glob("*/best.safetensors")
    for path in (*sorted(kept), *sorted(runs)):
        try:
            yield str(path), Weights.from_file(path)
        except WeightsError as error:
            click.echo(error.message, err=True)


def _asked(request: Request) -> Reply:
    """Whether segment is there at all shows within two seconds."""
    ask("segment", AskStatus())
    return ask("segment", request, timeout_s=SWAP_S)


def _say(reply: Reply) -> None:
    words = getattr(reply, "words", "")
    if not isinstance(reply, Done):
        raise UserError(words or "Segment gave no answer to that.")
    click.echo(words)


def _words(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {number:.4f}" for name, number in value.items()) or "-"
        case list() | tuple():
            return ", ".join(map(str, value)) or "-"
        case _:
            return str(value) or "-"
