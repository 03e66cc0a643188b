"""A whole visit at the real window or the real page, with a picture of each stage: the system tests', to look at.

    python -m benchmarks.visit --out DIR [--at window|page|both]

The demo's figure presses Bkg and Sav by palm through PoseNet; clone, backdrop and Ext are clicked. A minute each.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path

import click
import cv2

from common.messages import Image
from tests.system.running import system
from tests.system.visit import SETTINGS, Findings, Visit, sheet
from tests.system.visitors import at_page, at_window


def visit_page(folder: Path, pictures: dict[str, Image], out: Path | None = None) -> Findings:
    """At the page; `out` takes a picture of all that stands beside the camera's, too."""
    with at_page() as visitor, system(folder, "--source", "demo", "--front", "web", **SETTINGS) as running:
        visitor.open(running.page())

        def keep(name: str, picture: Image) -> None:
            pictures[name] = picture
            if out is not None:
                visitor.screenshot(out / f"page-{name}-whole.png")

        return Visit(running, visitor, keep).run()


def visit_window(folder: Path, pictures: dict[str, Image]) -> Findings:
    """At the window."""
    with at_window() as visitor:
        options = ("--source", "demo", "--front", "window")
        with system(folder, *options, DISPLAY=visitor.display, **SETTINGS) as running:
            visitor.open()
            return Visit(running, visitor, pictures.__setitem__).run()


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Where the pictures go.")
@click.option("--at", type=click.Choice(["window", "page", "both"]), default="both", show_default=True)
def main(out: Path, at: str) -> None:
    """Visit the studio, and keep a picture of each stage."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("window", "page") if at == "both" else (at,):
        pictures: dict[str, Image] = {}
        with tempfile.TemporaryDirectory(prefix="bgsub-visit-") as folder:
            try:
                found = (
                    visit_page(Path(folder), pictures, out) if name == "page" else visit_window(Path(folder), pictures)
                )
                for key, value in asdict(found).items():
                    click.echo(f"{name} {key}: {value}")
            finally:
                for stage, picture in pictures.items():
                    cv2.imwrite(str(out / f"{name}-{stage}.png"), picture)
                if pictures:
                    cv2.imwrite(str(out / f"{name}.png"), sheet(pictures))


if __name__ == "__main__":
    main()
