"""Studios to learn plates in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.segment.learned import Open
from tests.services.segment.scene import Studio


@pytest.fixture
def open_studio(tmp_path: Path) -> Iterator[Open]:
    """Opens studios that share a state folder."""
    opened: list[Studio] = []

    def start(**options: object) -> Studio:
        opened.append(Studio(tmp_path / "state", **options))
        return opened[-1]

    yield start
    for studio in opened:
        studio.close()


@pytest.fixture
def studio(open_studio: Open) -> Studio:
    return open_studio()
