"""Opens what the picture is shown in: a window, a page, or both."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from common.files import write_aside
from common.places import make_private
from services.ui.fronts.front import Front
from services.ui.fronts.guard import Guard, new_token
from services.ui.fronts.web import Web
from services.ui.fronts.window import NoDisplayError, Window


@contextmanager
def open_fronts(choice: str, title: str, port: int, address: Path) -> Iterator[list[Front]]:
    """Window, page or both, closed at the end of the block. Raises UserError where one cannot be had.

    auto is a window, and a page where there is no display; it says why. The page's address is printed, and left at
    `address` while it is served, for whoever started this.
    """
    with ExitStack() as stack:
        fronts: list[Front] = []
        if choice != "web":
            try:
                fronts.append(Window(title))
                stack.callback(fronts[-1].close)
            except NoDisplayError as problem:
                if choice != "auto":
                    raise
                click.echo(problem.message, err=True)
        if choice in ("web", "both") or not fronts:
            fronts.append(_open_page(port, address, stack))
        yield fronts


def _open_page(port: int, address: Path, stack: ExitStack) -> Web:
    guard = Guard(port, new_token())
    page = Web(guard)
    stack.callback(page.close)
    make_private(address.parent)
    write_aside(address, f"{guard.address}\n".encode())
    stack.callback(address.unlink, missing_ok=True)
    click.echo(f"The picture is at {guard.address}")
    return page
