"""`bgsub sets split` and `merge`."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import click

from cli.sets.counted import counted
from common.errors import UserError
from common.regroup import Part, carry_out, keep_aside, merge, retire, split, whole
from common.sets import HIGHEST, ImageSets


def ranges(_context: click.Context, _option: click.Parameter, value: str | None) -> list[range]:
    """`0-4,7` as ranges, so that a slip of the finger makes no list of a billion numbers."""
    found = []
    for piece in value.split(",") if value is not None else ():
        match = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", piece.strip())
        if not match or int(match[2] or match[1]) < int(match[1]):
            raise click.BadParameter(f"{piece!r} is neither a frame's number nor a range such as 0-4.")
        found.append(range(int(match[1]), int(match[2] or match[1]) + 1))
    return found


json_option = click.option("--json", "as_json", is_flag=True, help="An object, for programs.")
keep_option = click.option("--keep", is_flag=True, help="Leave the old sets where they are.")
dry_option = click.option("--dry-run", is_flag=True, help="Only say what would be made.")


@click.command("split")
@click.argument("number", type=click.IntRange(0, HIGHEST))
@click.option("--frames", callback=ranges, metavar="0-4,7", help="These go into one set, the rest into another.")
@click.option("--aside", type=click.IntRange(2, 1000), metavar="N", help="One labelled frame in N goes to aside/.")
@keep_option
@dry_option
@json_option
@click.pass_obj
def split_set(
    sets: ImageSets,
    *,
    number: int,
    frames: list[range],
    aside: int | None,
    keep: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make two sets of one: by frames (--frames 0-4,7), or to train on and to judge by (--aside 5).

    Both get the plate, and frames keep their numbers. The old set then lies in retired/, whole. What is in aside/ is
    never trained on; `bgsub eval images/aside` scores it.
    """
    if bool(frames) == bool(aside):
        raise click.UsageError("Say how to split: either --frames or --aside.")
    parts = keep_aside(sets, number, aside) if aside else split(sets, number, _among(sets, number, frames))
    _do(sets, parts, [] if keep else [number], dry_run, as_json)


@click.command("merge")
@click.argument("numbers", type=click.IntRange(0, HIGHEST), nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Though the plates differ; that of the first set is taken.")
@keep_option
@dry_option
@json_option
@click.pass_obj
def merge_sets(
    sets: ImageSets, *, numbers: tuple[int, ...], force: bool, keep: bool, dry_run: bool, as_json: bool
) -> None:
    """Make one set of several that show the same room. Frames are numbered anew, in the order of NUMBERS.

    The old sets then lie in retired/, whole.
    """
    _do(sets, [merge(sets, numbers, force)], [] if keep else numbers, dry_run, as_json)


def _among(sets: ImageSets, number: int, ranges: Sequence[range]) -> set[int]:
    """The frames in the ranges. A range may reach past those there are, but must hold one at least."""
    found = [frame.k for frame in whole(sets, number).frames()]
    for one in ranges:
        if not any(k in one for k in found):
            raise UserError(f"set{number} has no frame {one[0]}" + (f" to {one[-1]}." if len(one) > 1 else "."))
    return {k for k in found if any(k in one for one in ranges)}


def _do(sets: ImageSets, parts: Sequence[Part], old: Sequence[int], dry_run: bool, as_json: bool) -> None:
    retired: list[Path] = []
    if not dry_run:
        try:
            carry_out(parts)
        except OSError as error:
            raise UserError(f"Nothing was changed: {error.filename or sets.root}: {error.strerror}.") from None
        retired = retire(sets, old)
    if as_json:
        made = [{"folder": str(part.folder), "frames": len(part.frames), "masks": part.masks} for part in parts]
        click.echo(json.dumps({"made": made, "retired": [str(place) for place in retired], "dry_run": dry_run}))
        return
    for part in parts:
        verb = "Would make" if dry_run else "Made"
        click.echo(f"{verb} {part.folder}: {counted(len(part.frames), 'frame')}, {counted(part.masks, 'mask')}.")
    for place in retired:
        click.echo(f"The old set lies in {place}; nothing of it was deleted.")
