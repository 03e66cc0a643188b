"""How a choice outlives a crash: a description (JSON) is written after the file it describes, and names its content.

Whatever does not fit, because a crash fell between the two or somebody edited them, is passed over with a warning and
is never a reason not to start.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from common.errors import UserError
from common.files import write_aside

T = TypeVar("T")
_log = logging.getLogger(__name__)


def write_json(path: Path, about: dict[str, Any]) -> None:
    """Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_aside(path, json.dumps(about, indent=1).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Raises OSError, or ValueError where it holds no JSON object."""
    about = json.loads(path.read_text())
    if not isinstance(about, dict):
        raise ValueError("it holds no JSON object")
    return about


def if_whole(path: Path, read: Callable[[Path], T]) -> T | None:
    """What `read` makes of the file; None where the file is missing or anything about it is wrong."""
    if not path.exists():
        return None
    try:
        return read(path)
    except (UserError, OSError, ValueError, TypeError, KeyError) as error:
        _log.warning("passing over %s from an earlier run: %s", path, error)
        return None
