"""What every test gets: an instance of its own in a folder of its own, so that no test meets a running system."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.places import PORTS_APART, Places, places

REPOSITORY = Path(__file__).parent.parent


@contextmanager
def own_instance(patch: pytest.MonkeyPatch, state: Path) -> Iterator[Places]:
    """The places of an instance that nobody else uses; settings of the surroundings do not reach it."""
    for name in [name for name in os.environ if name.startswith("BGSUB_") and name != "BGSUB_DATA"]:
        patch.delenv(name)
    # pytest's own folders are too deep for a socket's path
    with tempfile.TemporaryDirectory(prefix="bgsub-") as runtime:
        patch.setenv("XDG_RUNTIME_DIR", runtime)
        patch.setenv("XDG_STATE_HOME", str(state))
        patch.setenv("BGSUB_INSTANCE", own_name())
        yield places()


def own_name() -> str:
    """An instance's name. Its ports are none that a test which runs beside this one, in another worker, may have."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        name = f"t{uuid.uuid4().hex[:8]}"
        if places(name).base_port // PORTS_APART % workers == worker:
            return name


@pytest.fixture(autouse=True)
def instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Places]:
    """The places of this test's own instance."""
    with own_instance(monkeypatch, tmp_path / "state") as where:
        yield where


@pytest.fixture
def data() -> Path:
    """The folder of pictures that are not part of the project; a test that wants it is skipped where it is missing."""
    folder = Path(os.environ.get("BGSUB_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no pictures at {folder}; set BGSUB_DATA to run this test")
    return folder
