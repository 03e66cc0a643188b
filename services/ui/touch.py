"""Pressing by palm: stay on a button until its ring is full. Pure: points and times in, presses out.

What keeps a passing arm from pressing: a button takes hold only when a palm was on it in `needed` of the last `recent`
sightings, lets go only beyond 1.3 of its radius, waits its dwell time, begins to wait anew when the palm moves on or is
another one, arms again only once the palm was away for a while, and ignores everybody for a moment after somebody
appears; who was only not seen for less than a palm is away does not appear. A button that ends things wants a second
touch.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FOLLOWS = 0.1
"""Where a palm dwells goes after it by so much of the way at each sighting: a raised hand drifts, a swung one turns."""


@dataclass(frozen=True, slots=True)
class Feel:
    """The numbers of the touch, in seconds, counts and parts of a button's radius."""

    harmless_s: float = 0.4
    writes_s: float = 0.8
    leave: float = 1.3
    still: float = 0.4
    """A palm that went further than so many radii from where it dwells only passes by."""
    needed: int = 3
    recent: int = 4
    newcomer_s: float = 0.3
    away_s: float = 0.6
    """A palm not seen on the button for so long has left it: sightings flicker, and must not press twice."""
    confirm_s: float = 5.0
    """How long the question after the first touch of an ending button stands."""


@dataclass(frozen=True, slots=True)
class Target:
    """A button to touch: a circle in pixels, how long to stay, and whether to ask once more."""

    id: str
    x: float
    y: float
    radius: float
    dwell_s: float
    confirm: bool = False

    def holds(self, point: tuple[float, float], reach: float = 1.0) -> bool:
        """Whether the point is within `reach` radii of the centre."""
        away = (point[0] - self.x) ** 2 + (point[1] - self.y) ** 2
        return away <= (reach * self.radius) ** 2


@dataclass(frozen=True, slots=True)
class Sighting:
    """One answer of the pose service: the palms it saw (pixels) and how many people."""

    points: tuple[tuple[float, float], ...]
    people: int


class Touch:
    """Follows the palms over the buttons. All times are seconds of one clock that only goes forward."""

    def __init__(self, feel: Feel) -> None:
        self.feel = feel
        self._holds: dict[str, _Hold] = {}
        self._seen: deque[tuple[float, int]] = deque()
        """When how many people were seen, as far back as a palm is away; the last time in any case."""
        self._quiet_until = 0.0
        self._asked: dict[str, float] = {}

    def see(self, sighting: Sighting, targets: Sequence[Target], now: float) -> list[str]:
        """Takes one sighting; returns the ids pressed by it, those that needed it asked and confirmed."""
        while len(self._seen) > 1 and now - self._seen[0][0] > self.feel.away_s:
            self._seen.popleft()
        if sighting.people > max((people for _, people in self._seen), default=0):
            self._quiet_until = now + self.feel.newcomer_s
        self._seen.append((now, sighting.people))
        self._holds = {target.id: self._holds.get(target.id) or _Hold(self.feel) for target in targets}
        pressed = [
            target for target in targets if self._holds[target.id].see(sighting, target, now, now < self._quiet_until)
        ]
        return [target.id for target in pressed if not target.confirm or self._confirmed(target.id, now)]

    def _confirmed(self, button: str, now: float) -> bool:
        if now < self._asked.pop(button, 0):
            return True
        self._asked[button] = now + self.feel.confirm_s
        return False

    def lose(self, now: float) -> None:
        """To be called when no sighting came: what is unseen for `away_s` lets go."""
        for hold in self._holds.values():
            hold.fade(now)

    def progress(self, targets: Sequence[Target], now: float) -> Mapping[str, float]:
        """How full each target's ring is, 0 to 1."""
        return {target.id: self._holds[target.id].part(target, now) for target in targets if target.id in self._holds}

    def asking(self, now: float) -> tuple[str, ...]:
        """The buttons that wait for their second touch."""
        return tuple(button for button, until in self._asked.items() if now < until)


class _Hold:
    """One button's hold on a palm."""

    def __init__(self, feel: Feel) -> None:
        self._feel = feel
        self._on: deque[bool] = deque(maxlen=feel.recent)
        self._since: float | None = None
        self._where = (0.0, 0.0)
        self._armed = True
        self._seen = 0.0

    def see(self, sighting: Sighting, target: Target, now: float, quiet: bool) -> bool:
        """Returns whether this sighting presses."""
        self.fade(now)
        reach = 1.0 if self._since is None and self._armed else self._feel.leave
        inside = [point for point in sighting.points if target.holds(point, reach)]
        self._on.append(bool(inside) and not (quiet and self._armed))
        if inside:
            self._seen = now
        # sightings flicker: it takes several to take hold, and several without any to let go
        if sum(self._on) < (self._feel.needed if self._since is None else 1):
            self._since = None
            return False
        if self._since is None or self._moved_on(inside, target):
            self._since = now
            self._where = inside[0] if inside else self._where
        elif inside:
            self._follow(min(inside, key=lambda point: math.dist(point, self._where)))
        sure = inside and sum(self._on) >= self._feel.needed
        if sure and self._armed and now - self._since >= target.dwell_s:
            self._armed = False
            return True
        return False

    def _follow(self, point: tuple[float, float]) -> None:
        x, y = self._where
        self._where = x + FOLLOWS * (point[0] - x), y + FOLLOWS * (point[1] - y)

    def _moved_on(self, inside: list[tuple[float, float]], target: Target) -> bool:
        """Whether a palm on the button is not where it dwells, so that two that pass by are not taken for one.

        A palm that is unseen for a moment has not moved.
        """
        return any(math.dist(point, self._where) > self._feel.still * target.radius for point in inside)

    def fade(self, now: float) -> None:
        if now - self._seen > self._feel.away_s:
            self._on.clear()
            self._since = None
            self._armed = True

    def part(self, target: Target, now: float) -> float:
        if self._since is None or not self._armed:
            return 0.0
        return min(1.0, (now - self._since) / target.dwell_s)
