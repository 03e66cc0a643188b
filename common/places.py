"""Where an instance keeps its sockets, its state and its cache, and which ports are its own."""

import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError

PORTS_APART = 16
_LAST_PORT = 65_535 - PORTS_APART


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and ports of one instance; two instances share the cache and nothing else."""

    instance: str
    runtime: Path
    """Sockets and locks, readable by this user alone; empty after a clean stop."""
    state: Path
    """Plate, weights in use, logs: what survives a restart."""
    cache: Path
    """What can be fetched or made again."""
    base_port: int
    """The first of its ports on loopback: one a service for metrics, then the page's."""

    @property
    def page_port(self) -> int:
        """The web page's port."""
        return self.base_port + 10


def places(instance: str | None = None) -> Places:
    """The places of `instance`, else of $BGSUB_INSTANCE, else of `default`. Makes no folder."""
    name = instance or os.environ.get("BGSUB_INSTANCE") or "default"
    if not name.replace("-", "").replace("_", "").isalnum() or len(name) > 24:
        raise UserError(f"The instance name {name!r} will not do: letters, digits, - and _ alone, 24 at most.")
    port = 9700 if name == "default" else 10_000 + PORTS_APART * (zlib.crc32(name.encode()) % 1400)
    return Places(
        name,
        runtime=_runtime_root() / name,
        state=_xdg("XDG_STATE_HOME", ".local/state") / "bgsub" / name,
        cache=_xdg("XDG_CACHE_HOME", ".cache") / "bgsub",
        base_port=_port(os.environ.get("BGSUB_BASE_PORT", str(port))),
    )


def _port(words: str) -> int:
    """The first of the instance's ports."""
    if not (words.isdecimal() and words.isascii() and len(words) <= 5 and 1 <= int(words) <= _LAST_PORT):
        raise UserError(f"$BGSUB_BASE_PORT is {words!r}; it must be a number from 1 to {_LAST_PORT}.")
    return int(words)


def make_private(folder: Path) -> Path:
    """Makes the folder for this user alone (0700). Raises UserError where it cannot, or another user owns it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        words = "Set XDG_RUNTIME_DIR and XDG_STATE_HOME to folders that you may write to."
        raise UserError(f"{folder} cannot be made: {error.strerror}. {words}") from None
    if folder.stat().st_uid != os.getuid():
        raise UserError(f"{folder} belongs to another user. Set XDG_RUNTIME_DIR to a folder of your own.")
    folder.chmod(0o700)
    return folder


def _runtime_root() -> Path:
    root = os.environ.get("XDG_RUNTIME_DIR")
    if root and Path(root).is_dir():
        return Path(root) / "bgsub"
    return Path(tempfile.gettempdir()) / f"bgsub-{os.getuid()}"


def _xdg(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default)
