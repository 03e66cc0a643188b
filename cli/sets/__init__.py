"""`bgsub sets`: which image sets there are, what is in them, what is wrong with them, and new ones made of them."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from cli.sets.change import merge_sets, split_set
from cli.sets.counted import counted
from common.care import Fault, Report, look
from common.errors import UserError, printable
from common.files import write_new
from common.sets import ImageSets, encode_png, leads_out
from common.settings import load_settings


@click.group("sets")
@click.option("--sets", "folder", type=click.Path(file_okay=False), help="Folder of the sets, `images` unless set.")
@click.pass_context
def sets_command(context: click.Context, folder: str | None) -> None:
    """List, show, check, split and merge image sets."""
    context.obj = ImageSets(Path(load_settings({"recorder.sets": folder}).recorder.sets))


sets_command.add_command(split_set)
sets_command.add_command(merge_sets)


@sets_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
@click.pass_obj
def list_sets(sets: ImageSets, as_json: bool) -> None:
    """A line a set: frames, masks, plate. Reads no picture; `check` does."""
    for number in sets.strays():
        click.echo(_one_line(f"set{number} {_why_no_set(sets.root / f'set{number}')}"), err=True)
    rows = [_counted(sets, number) for number in sets.some()]
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        words = row["error"] or f"{'plate' if row['plate'] else 'no plate'}"
        click.echo(f"set{row['set']:<4} {row['frames']:>4} frames  {row['masks']:>4} masks  {printable(str(words))}")


@sets_command.command("check")
@click.argument("numbers", type=click.IntRange(0), nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
@click.pass_obj
def check_sets(sets: ImageSets, numbers: tuple[int, ...], as_json: bool) -> None:
    """Read every file of the sets (all unless NUMBERS are given). Exit status 1 where something is wrong."""
    strays = sets.strays()
    every = sorted([*sets.numbers(), *strays]) or sets.some()
    reports = [
        _stray(sets.root / f"set{number}", number) if number in strays else _looked_at(sets, number)
        for number in dict.fromkeys(numbers) or every
    ]
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], default=str))
    else:
        for report in reports:
            _tell(report)
    if any(report.faults for report in reports):
        raise SystemExit(1)


@sets_command.command("show")
@click.argument("number", type=click.IntRange(0))
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="The PNG to write, else set<n>.png.")
@click.pass_obj
def show_set(sets: ImageSets, number: int, sheet: Path | None) -> None:
    """Put the plate and all frames, outlined by their masks, on one sheet (PNG)."""
    from cli.sets.sheet import contact_sheet  # noqa: PLC0415 - skia, which the other commands do without

    path = sheet or Path(f"set{number}.png")
    if path.suffix.lower() != ".png":
        raise UserError(f"A sheet is a PNG: name it {path.with_suffix('.png')}.")
    if not leads_out(path, sets.root):
        raise UserError(f"{path} lies among the sets, which hold frames alone: put the sheet elsewhere.")
    picture = encode_png(contact_sheet(sets.existing(number)))
    try:
        write_new(path, picture)
    except FileExistsError:
        raise UserError(f"{path} is there already and is never overwritten: name another file with --sheet.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from None
    click.echo(path)


def _counted(sets: ImageSets, number: int) -> dict[str, object]:
    """A set that cannot be looked into has its reason as `error`, and does not hide the others."""
    row: dict[str, object] = {"set": number, "frames": 0, "masks": 0, "plate": False, "error": ""}
    try:
        found = sets.open(number)
        masks = [frame.mask_path is not None for frame in found.frames()]
        return {**row, "frames": len(masks), "masks": sum(masks), "plate": found.has_plate}
    except UserError as error:
        return {**row, "error": error.message}


def _stray(path: Path, number: int) -> Report:
    """What is named as a set and is no folder."""
    return Report(number, 0, 0, (Fault(path, _why_no_set(path)),))


def _why_no_set(path: Path) -> str:
    try:
        target = path.readlink()
    except OSError:
        return "is no folder, and so no set. Give it another name."
    where = "itself" if path.parent / target == path else f"nowhere, {target}"
    return f"is a link to {where}. Mend the link, or remove it."


def _looked_at(sets: ImageSets, number: int) -> Report:
    sets.require(number)
    try:
        return look(number, sets.open(number))
    except UserError as error:
        return Report(number, 0, 0, (Fault(sets.root / f"set{number}", error.message),))


def _tell(report: Report) -> None:
    well = f"{counted(len(report.faults), 'thing')} to mend" if report.faults else "all is well"
    click.echo(f"set{report.number}: {counted(report.frames, 'frame')}, {counted(report.masks, 'mask')}, {well}")
    for fault in report.faults:
        click.echo(_one_line(f"  {fault.path.name} {fault.words}"))


def _one_line(words: str) -> str:
    return printable(words).replace("\n", "\\n")
