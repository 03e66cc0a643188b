"""A set to label, and who labels it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ui.label.labeller import Labeller
from tests.services.ui.label import rooms


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of three frames without a label."""
    return rooms.write_set(tmp_path)


@pytest.fixture
def made(folder: Path) -> Iterator[Labeller]:
    """On that set."""
    labeller = rooms.labeller(folder.parent)
    yield labeller
    labeller.close()
