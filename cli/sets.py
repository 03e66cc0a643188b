"""`bgsub sets`: which image sets there are, what is in them, and what is wrong with them."""

import json
from dataclasses import asdict
from pathlib import Path

import click
import cv2
import numpy as np

from common.care import Report, look
from common.errors import UserError
from common.files import write_aside
from common.messages import Image
from common.sets import ImageSet, ImageSets, encode_png, read_image
from common.settings import load_settings

THUMB_WIDTH = 240
COLUMNS = 6
GREEN = (129, 194, 38)


@click.group("sets")
@click.option("--sets", "folder", type=click.Path(file_okay=False), help="Folder of the sets, `images` unless set.")
@click.pass_context
def sets_command(context: click.Context, folder: str | None) -> None:
    """List, show and check image sets."""
    context.obj = ImageSets(Path(load_settings({"recorder.sets": folder}).recorder.sets))


@sets_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
@click.pass_obj
def list_sets(sets: ImageSets, as_json: bool) -> None:
    """A line a set: frames, masks, plate."""
    rows = []
    for number in _numbers(sets):
        frames = sets.open(number).frames()
        masks = sum(frame.mask_path is not None for frame in frames)
        plate = sets.open(number).has_plate
        rows.append({"set": number, "frames": len(frames), "masks": masks, "plate": plate})
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        has_plate = "plate" if row["plate"] else "no plate"
        click.echo(f"set{row['set']:<4} {row['frames']:>4} frames  {row['masks']:>4} masks  {has_plate}")


@sets_command.command("check")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
@click.pass_obj
def check_sets(sets: ImageSets, numbers: tuple[int, ...], as_json: bool) -> None:
    """Read every file of the sets (all unless NUMBERS are given). Exit status 1 where something is wrong."""
    reports = [look(number, _open(sets, number)) for number in numbers or _numbers(sets)]
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], default=str))
    else:
        for report in reports:
            _tell(report)
    if any(report.faults for report in reports):
        raise SystemExit(1)


@sets_command.command("show")
@click.argument("number", type=int)
@click.option("--sheet", default="", help="Where the contact sheet goes; set<n>.png unless given.")
@click.pass_obj
def show_set(sets: ImageSets, number: int, sheet: str) -> None:
    """Put the plate and all frames, outlined by their masks, on one sheet (PNG)."""
    path = Path(sheet or f"set{number}.png")
    try:
        write_aside(path, encode_png(contact_sheet(_open(sets, number))))
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror}.") from None
    click.echo(path)


def contact_sheet(image_set: ImageSet) -> Image:
    """Thumbnails of THUMB_WIDTH, the plate first, COLUMNS a row. Raises UserError naming a file that cannot be read."""
    pictures = [read_image(image_set.plate_path)] if image_set.has_plate else []
    for frame in image_set.frames():
        image = read_image(frame.image_path)
        pictures.append(_outlined(image, read_image(frame.mask_path)) if frame.mask_path else image)
    if not pictures:
        raise UserError(f"{image_set.folder} holds no pictures.")
    height, width = pictures[0].shape[:2]
    size = (THUMB_WIDTH, round(THUMB_WIDTH * height / width))
    thumbs = [np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8) for picture in pictures]
    columns = min(COLUMNS, len(thumbs))
    thumbs += [np.zeros_like(thumbs[0])] * (-len(thumbs) % columns)
    return np.vstack([np.hstack(thumbs[at : at + columns]) for at in range(0, len(thumbs), columns)])


def _outlined(image: Image, mask: Image) -> Image:
    if mask.shape != image.shape:
        return image
    outlines, _ = cv2.findContours((mask[..., 0] > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    thickness = max(2, image.shape[1] // THUMB_WIDTH * 2)
    return np.asarray(cv2.drawContours(image.copy(), outlines, -1, GREEN, thickness), np.uint8)


def _numbers(sets: ImageSets) -> list[int]:
    numbers = sets.numbers()
    if not numbers:
        raise UserError(
            f"There are no sets in {sets.root}. Record some with Bkg and Sav, or name a folder with --sets."
        )
    return numbers


def _open(sets: ImageSets, number: int) -> ImageSet:
    if number not in sets.numbers():
        raise UserError(f"There is no set {number} in {sets.root}.")
    return sets.open(number)


def _tell(report: Report) -> None:
    well = "all is well" if not report.faults else f"{len(report.faults)} things to mend"
    click.echo(f"set{report.number}: {report.frames} frames, {report.masks} masks, {well}")
    for fault in report.faults:
        click.echo(f"  {fault.path.name} {fault.words}")
