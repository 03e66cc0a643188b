"""The weights in use and those before them, kept in the state folder."""

from dataclasses import asdict, dataclass
from pathlib import Path

from common.files import write_aside
from common.weights import Weights
from services.segment.keep import if_whole, read_json, write_json


@dataclass(frozen=True, slots=True)
class Choice:
    """Weights by id. `base` are those that the settings named when the choice was made; `previous` may be empty."""

    base: str
    in_use: str
    previous: str


class WeightsStore:
    """`weights.json`, and a copy of each of the weights it names, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._choice = folder / "weights.json"

    def save(self, weights: Weights) -> Path:
        """Writes a copy and says where; raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(weights.id)
        write_aside(path, weights.to_bytes())
        return path

    def choose(self, choice: Choice) -> None:
        """From now on this comes back; copies that nobody can go back to are dropped. Raises OSError."""
        write_json(self._choice, asdict(choice))
        self.drop_others(choice)

    def drop_others(self, choice: Choice | None) -> None:
        """Removes every copy that the choice does not name; raises OSError."""
        wanted = {self._path(choice.in_use), self._path(choice.previous)} if choice else set()
        for path in self._folder.glob("weights-*.safetensors"):
            if path not in wanted:
                path.unlink(missing_ok=True)

    def choice(self) -> Choice | None:
        """None where no choice was made, or it cannot be read."""
        return if_whole(
            self._choice, lambda path: Choice(**{key: str(value) for key, value in read_json(path).items()})
        )

    def load(self, weights_id: str) -> Weights | None:
        """The copy of that id; None where it is missing or not whole."""
        return if_whole(self._path(weights_id), lambda path: _of_id(weights_id, Weights.from_file(path)))

    def _path(self, weights_id: str) -> Path:
        return self._folder / f"weights-{Path(weights_id).name}.safetensors"


def _of_id(weights_id: str, weights: Weights) -> Weights:
    if weights.id != weights_id:
        raise ValueError(f"it holds the weights {weights.id}")
    return weights
