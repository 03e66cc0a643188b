"""Stands in for a webcam's controls, with the drivers there are: obedient, refusing, lying, lacking."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.camera import controls as v4l2

AUTOMATIC = {
    v4l2.EXPOSURE_AUTO: 3,
    v4l2.EXPOSURE_ABSOLUTE: 250,
    v4l2.AUTO_WHITE_BALANCE: 1,
    v4l2.WHITE_BALANCE_TEMPERATURE: 4127,
    v4l2.FOCUS_AUTO: 1,
    v4l2.FOCUS_ABSOLUTE: 30,
}
"""As a usual webcam is when it is plugged in: everything automatic, no automatic gain."""


class FakeDevice:
    """`values` are its registers; `lacks` are controls it does not have.

    `refuses` raises on setting, `ignores` takes an order and keeps its value, `drifts` goes on by itself after it was
    told not to, `forgets` springs to another value when its automatic is turned off.
    """

    def __init__(
        self,
        *,
        lacks: tuple[int, ...] = (),
        refuses: tuple[int, ...] = (),
        ignores: tuple[int, ...] = (),
        drifts: tuple[int, ...] = (),
        forgets: tuple[int, ...] = (),
    ) -> None:
        self.values = {control: value for control, value in AUTOMATIC.items() if control not in lacks}
        self.there = True
        self.opened: list[Path] = []
        self.refuses = refuses
        self._ignores, self._drifts, self._forgets = ignores, drifts, forgets

    @contextmanager
    def open(self, node: Path) -> Iterator["FakeDevice"]:
        """In place of services.camera.controls.open_controls."""
        if not self.there:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(node))
        self.opened.append(node)
        yield self

    def get(self, control: int) -> int:
        if control not in self.values:
            raise OSError(errno.EINVAL, "Invalid argument")
        if control in self._drifts:
            self.values[control] += 7
        return self.values[control]

    def set(self, control: int, value: int) -> None:
        if control not in self.values:
            raise OSError(errno.EINVAL, "Invalid argument")
        if control in self.refuses:
            raise OSError(errno.EIO, "Input/output error")
        if control in self._ignores:
            return
        self.values[control] = value
        for held, auto in ((v4l2.EXPOSURE_ABSOLUTE, v4l2.EXPOSURE_AUTO), (v4l2.FOCUS_ABSOLUTE, v4l2.FOCUS_AUTO)):
            if control == auto and held in self._forgets:
                self.values[held] = 1
