"""How weights are trained: sizes, steps, rates, seed. `SHIPPED`, one after the other, made the shipped weights."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mix:
    """How often things happen in a composed picture, 0..1."""

    filmed: float = 0.3  # a filmed pair, not a composed one
    nobody: float = 0.1
    thing: float = 0.3
    camouflage: float = 0.2
    shadow: float = 0.4
    reflection: float = 0.12
    vanished: float = 0.06  # something of the plate is gone from the frame; that is no foreground
    bumped: float = 0.35
    flat: float = 0.0  # a figure without folds or texture
    plain: float = 0.0  # a place without detail
    furniture: float = 0.0  # a chair or table at somebody's place
    grounded: float = 0.0  # shade between and below legs
    coarse: float = 0.0  # filmed with fewer pixels than the network is shown
    wild: float = 0.0  # of an own room's pictures: one composed as for all rooms, see own_room


@dataclass(frozen=True)
class Phase:
    """So many steps at one size; a step sees `plates` times `frames` pictures."""

    width: int
    height: int
    steps: int
    plates: int
    frames: int
    mix: Mix = Mix()


@dataclass(frozen=True)
class Recipe:
    name: str
    seed: int
    phases: tuple[Phase, ...]
    rate: float  # peak learning rate of the decoder
    encoder_rate: float  # of the pretrained encoder
    warm_up: int  # steps until the peak
    weight_decay: float
    average: float  # of the exponential moving average of the weights, a step
    fixed_norm_from: int  # from this step on batch norm keeps its statistics
    own_room: bool = False  # composes with own_room instead of compose
    kept: float = 0.0  # share of the starting weights in the result

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)

    def phase_at(self, step: int) -> Phase:
        for phase in self.phases:
            if step < phase.steps:
                return phase
            step -= phase.steps
        return self.phases[-1]


SMOOTH = Mix(flat=0.12, plain=0.12)
FILMED = Mix(filmed=0.4, flat=0.06, plain=0.06)

FROM_POSENET = Recipe(
    name="shipped-1",
    seed=7,
    phases=(Phase(192, 144, 900, 8, 2), Phase(256, 192, 800, 6, 2, SMOOTH), Phase(320, 240, 900, 4, 2, SMOOTH)),
    rate=3e-3,
    encoder_rate=6e-4,
    warm_up=100,
    weight_decay=1e-2,
    average=0.998,
    fixed_norm_from=2300,
)
SHARPENED = Recipe(
    name="shipped-2",
    seed=8,
    phases=(Phase(384, 288, 2300, 4, 2, FILMED),),
    rate=8e-4,
    encoder_rate=2e-4,
    warm_up=50,
    weight_decay=1e-2,
    average=0.998,
    fixed_norm_from=1600,
)
FURNISHED = Mix(filmed=0.35, shadow=0.45, flat=0.06, plain=0.06, furniture=0.15, grounded=0.3, coarse=0.25)
AS_VIEWED = Recipe(
    name="shipped-3",
    seed=12,
    phases=tuple(
        Phase(width, height, steps, 4, 2, FURNISHED)
        for width, height, steps in (
            (384, 288, 200),
            (288, 224, 150),
            (512, 224, 150),
            (192, 288, 150),
            (384, 288, 250),
            (288, 224, 150),
            (192, 288, 100),
            (384, 288, 150),
        )
    ),
    rate=5e-4,
    encoder_rate=1.2e-4,
    warm_up=50,
    weight_decay=1e-2,
    average=0.998,
    fixed_norm_from=0,
    kept=0.3,
)
SHIPPED = (FROM_POSENET, SHARPENED, AS_VIEWED)
