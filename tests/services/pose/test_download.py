import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from common.weights import Weights
from services.pose import download
from services.pose.download import FetchError, fetch, from_bucket, from_npm, from_registry, unpack
from services.pose.models import PoseModel
from tests.services.pose.package import DATA, MANIFEST, tarball, tiny_model


@pytest.fixture
def served() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A web server's address, and the pages it serves."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def gives(manifest: bytes, data: bytes) -> download.Source:
    return lambda _: (manifest, data)


def fails(_: PoseModel) -> download.Parts:
    raise FetchError("There is no network.")


def test_weights_come_out_of_the_registry_s_package(
    served: tuple[str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, pages = served
    pages["/@vladmandic/human/-/human-0.2.2.tgz"] = tarball()
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", address + "/")
    model = tiny_model()
    path = fetch(model, tmp_path, [from_registry])
    assert path == model.path(tmp_path)
    weights = Weights.from_file(path)
    np.testing.assert_allclose(weights.tensors["stem.bias"], np.arange(8) * 0.25 - 1)
    assert weights.story.architecture == "posenet_075"
    assert list(path.parent.iterdir()) == [path]


def test_the_bucket_serves_its_shards_one_by_one(served: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    from dataclasses import replace

    address, pages = served
    pages |= {"/net/model.json": MANIFEST, "/net/one.bin": DATA[:6], "/net/two.bin": DATA[6:]}
    assert fetch(replace(tiny_model(), bucket=f"{address}/net/model.json"), tmp_path, [from_bucket]).exists()


def test_other_bytes_are_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="sha256"):
        fetch(tiny_model(), tmp_path, [gives(MANIFEST, DATA[::-1])])
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_tampered_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="manifest is another"):
        fetch(tiny_model(), tmp_path, [gives(MANIFEST.replace(b"0.25", b"0.26"), DATA)])


def test_the_next_source_is_asked_where_one_fails(tmp_path: Path) -> None:
    assert fetch(tiny_model(), tmp_path, [fails, gives(MANIFEST, DATA)]).exists()


def test_without_a_network_every_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FetchError, match=r"There is no npm\. http://127\.0\.0\.1:9/.* cannot be fetched"):
        fetch(tiny_model(), tmp_path, [from_npm, from_registry])


def test_npm_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    with pytest.raises(FetchError, match="npm could not fetch @vladmandic/human"):
        from_npm(tiny_model())


def test_npm_packs_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there.tgz").write_bytes(tarball())
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\ncp {tmp_path}/there.tgz human-0.2.2.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    assert from_npm(tiny_model()) == (MANIFEST, DATA)


@pytest.mark.parametrize(
    "package",
    [b"", b"no archive", tarball()[:-40], tarball(b'{"weightsManifest": []}')[:60]],
    ids=["empty", "no archive", "its end is missing", "most is missing"],
)
def test_a_damaged_package_is_refused(package: bytes) -> None:
    with pytest.raises(FetchError, match="cannot be unpacked"):
        unpack(package, tiny_model())


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "write_aside", full)
    with pytest.raises(FetchError, match="No space left"):
        fetch(tiny_model(), tmp_path, [gives(MANIFEST, DATA)])


def test_a_manifest_that_is_none_sends_on_to_the_next_source(tmp_path: Path) -> None:
    assert fetch(tiny_model(), tmp_path, [lambda model: unpack(tarball(b"<html>"), model), gives(MANIFEST, DATA)])
