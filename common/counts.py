"""What the bus counts: common/metrics.py for a service, nothing for a tool that only has a look.

Importing the Prometheus client takes a third of what `bgsub status` may take in all.
"""

from typing import Protocol, Self


class Count(Protocol):
    """A number that only grows, one for each set of labels."""

    def labels(self, *values: str) -> "Count": ...
    def inc(self) -> None: ...


class Counts(Protocol):
    """The numbers of one place on the bus."""

    @property
    def published(self) -> Count: ...
    @property
    def received(self) -> Count: ...
    @property
    def dropped(self) -> Count: ...


class Uncounted:
    """Counts nothing, whatever it is asked to count."""

    @property
    def published(self) -> Self:
        return self

    received = dropped = published

    def labels(self, *values: str) -> Self:
        return self

    def inc(self) -> None:
        """Does nothing."""
