"""What a person or the studio wants trained, and the recipe that follows from it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from common.nets.view import STRIDE
from common.sets import ImageSets
from services.trainer.recipe import Mix, Phase, Recipe

SEED = 11


@dataclass(frozen=True)
class Order:
    """`numbers` empty means every set; `weights` empty those in use. Paths are kept as text for JSON."""

    iterations: int
    batch: int
    sets: str
    numbers: tuple[int, ...] = ()
    weights: str = ""
    from_scratch: bool = False

    def recipe(self, size: tuple[int, int]) -> Recipe:
        """For pictures of that width and height. A fine-tuning is gentle and keeps batch norm as it is; from nothing
        everything moves, two thirds of the time on pictures of half the size, which cost a quarter."""
        frames = 2 if self.batch % 2 == 0 else 1
        steps, plates = self.iterations, self.batch // frames
        if self.from_scratch:
            mix, small = Mix(filmed=0.6, flat=0.05, nobody=0.15), 2 * steps // 3
            wide, high = (max(STRIDE, round(side / (2 * STRIDE)) * STRIDE) for side in size)
            phases = Phase(wide, high, small, plates, frames, mix), Phase(*size, steps - small, plates, frames, mix)
            return Recipe("scratch-2", SEED, phases, 3e-3, 3e-3, min(100, steps // 10), 1e-2, 0.998, int(0.9 * steps))
        phase = Phase(*size, steps, plates, frames, Mix(bumped=0.15, wild=0.25))
        return Recipe(
            "tune-2", SEED, (phase,), 3e-4, 1e-4, min(20, steps // 10), 1e-2, 0.97, 0, own_room=True, kept=0.5
        )

    def folders(self) -> list[Path]:
        """Of the sets, by their numbers or as they were asked for. Raises UserError where one is not there."""
        sets = ImageSets(Path(self.sets))
        return [sets.existing(number).folder for number in dict.fromkeys(self.numbers) or sets.some()]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, object]) -> Self:
        """What `as_dict` gave; raises TypeError for anything else."""
        numbers = values.get("numbers")
        if not isinstance(numbers, list):
            raise TypeError("numbers must be a list")
        return cls(**{**values, "numbers": tuple(numbers)})  # type: ignore[arg-type]
