"""A tiny pose model inside a package, as a registry would serve it."""

import hashlib
import io
import json
import tarfile
from dataclasses import replace

import numpy as np

from common.weights import identify
from services.pose.models import MODELS, PoseModel
from services.pose.tfjs import posenet_tensors, read_tensors

DATA = np.arange(8, dtype="<u2").tobytes()
MANIFEST = json.dumps(
    {
        "weightsManifest": [
            {
                "paths": ["one.bin", "two.bin"],
                "weights": [
                    {
                        "name": "MobilenetV1/Conv2d_0/Conv2D_bias",
                        "shape": [8],
                        "dtype": "float32",
                        "quantization": {"min": -1, "scale": 0.25, "dtype": "uint16"},
                    }
                ],
            }
        ]
    }
).encode()


def tiny_model() -> PoseModel:
    """What models.py would say of it."""
    return replace(
        MODELS["075"],
        manifest="package/models/model.json",
        sha256=hashlib.sha256(DATA).hexdigest(),
        id=identify(posenet_tensors(read_tensors(MANIFEST, DATA))),
    )


def tarball(manifest: bytes = MANIFEST, shards: tuple[bytes, bytes] = (DATA[:6], DATA[6:])) -> bytes:
    """The package's tarball."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in (("model.json", manifest), ("one.bin", shards[0]), ("two.bin", shards[1])):
            info = tarfile.TarInfo(f"package/models/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()
