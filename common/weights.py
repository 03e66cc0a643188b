"""Weights files: safetensors, with the story of how they were made in the header.

No torch here: tensors are numpy arrays, so that whatever only lists, checks or sends weights stays light.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from common.errors import UserError
from common.files import read_regular

Tensors = Mapping[str, NDArray[Any]]

MOST_BYTES = 64 << 20
ID_DIGITS = 12
STORY_KEY = "story"
CHECKSUM_KEY = "sha256"  # of names, shapes and values; files of before it have none


class WeightsError(UserError):
    """These bytes are no weights for our network; the message says why, in a sentence for a person."""


@dataclass(frozen=True)
class Story:
    """How weights were made. `parent` is the id of the weights that training started from, "" for none."""

    architecture: str
    recipe: str = ""
    seed: int = 0
    steps: int = 0
    data: tuple[str, ...] = ()
    parent: str = ""
    created: str = ""  # ISO 8601, UTC
    scores: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises WeightsError for anything else than what `to_json` writes."""
        try:
            values = json.loads(text)
            return cls(**{**values, "data": tuple(values.get("data", ()))})
        except (ValueError, TypeError, AttributeError) as error:
            raise WeightsError(f"The weights' own description is damaged ({error}).") from None


@dataclass(frozen=True)
class Weights:
    """Checked tensors by name (float32, finite), the story, and an id: 12 hex digits over names, shapes and values."""

    tensors: Tensors
    story: Story
    id: str

    @classmethod
    def of(cls, tensors: Tensors, story: Story) -> Self:
        """Raises WeightsError unless all tensors are float32 and finite."""
        for name, tensor in tensors.items():
            if tensor.dtype != np.float32:
                raise WeightsError(f"Tensor {name} is {tensor.dtype}; weights are float32.")
            if not np.isfinite(tensor).all():
                raise WeightsError(f"Tensor {name} holds values that are not finite; training went wrong.")
        return cls(tensors, story, identify(tensors))

    @classmethod
    def from_bytes(cls, data: bytes, source: str = "These bytes") -> Self:
        """Raises WeightsError; `source` is what its message calls the data."""
        if len(data) > MOST_BYTES:
            raise WeightsError(f"{source} is {len(data) >> 20} MB; weights are at most {MOST_BYTES >> 20} MB.")
        try:
            tensors, head = load(data), header(data)
        except (SafetensorError, ValueError, KeyError) as error:
            raise WeightsError(f"{source} is not a readable weights file (safetensors): {error}") from None
        if STORY_KEY not in head:
            raise WeightsError(f"{source} does not say what network it belongs to, and so is no weights file of bgsub.")
        if head.get(CHECKSUM_KEY, checksum(tensors)) != checksum(tensors):
            raise WeightsError(f"{source} is damaged: its checksum is not that of what it holds.")
        return cls.of(tensors, Story.from_json(head[STORY_KEY]))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Raises WeightsError, also where the file is missing or unreadable."""
        try:
            data = read_regular(path, MOST_BYTES)
        except OSError as error:
            raise WeightsError(f"Can't read the weights {path}: {error.strerror}.") from None
        return cls.from_bytes(data, str(path))

    @classmethod
    def shipped(cls) -> Self:
        """The weights that come with the program."""
        data = package_files("common.nets").joinpath("default.safetensors").read_bytes()
        return cls.from_bytes(data, "The shipped weights file")

    def to_bytes(self) -> bytes:
        tensors = {name: np.ascontiguousarray(tensor) for name, tensor in self.tensors.items()}
        return save(tensors, {STORY_KEY: self.story.to_json(), CHECKSUM_KEY: checksum(tensors)})

    def require(self, architecture: str, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Raises WeightsError unless these weights fit a network of that name with tensors of those shapes."""
        if self.story.architecture != architecture:
            raise WeightsError(f"These weights are for {self.story.architecture}, this program runs {architecture}.")
        own = {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}
        wrong = sorted(name for name in own.keys() | shapes.keys() if own.get(name) != shapes.get(name))
        if wrong:
            name = wrong[0]
            raise WeightsError(
                f"{len(wrong)} tensors don't fit {architecture}; the first is {name}: "
                f"{own.get(name, 'missing')} instead of {shapes.get(name, 'nothing')}."
            )


def identify(tensors: Tensors) -> str:
    return checksum(tensors)[:ID_DIGITS]


def checksum(tensors: Tensors) -> str:
    """SHA-256 over names, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name}{tensors[name].shape}".encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()


def header(data: bytes) -> dict[str, str]:
    """The free-form part of a safetensors header: 8 bytes of length, then JSON. Raises ValueError."""
    length = int.from_bytes(data[:8], "little")
    parsed = json.loads(data[8 : 8 + length])
    found = parsed.get("__metadata__", {})
    return found if isinstance(found, dict) else {}
