"""deploy/prometheus.yml in the hands of the real Prometheus server."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import start_http_server

from common.metrics import Metrics
from common.places import places
from common.topics import SERVICES

CONFIG = Path(__file__).parent.parent.parent / "deploy/prometheus.yml"
TARGET = re.compile(r'targets: \["127.0.0.1:(\d+)"\], labels: {service: (\w+)}')


def needs(command: str) -> str:
    path = shutil.which(command)
    if path is None:
        pytest.skip(f"{command} is not installed (Debian: prometheus)")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_scrapes_the_ports_of_the_default_instance() -> None:
    base = places("default").base_port
    ports = {service: int(port) for port, service in TARGET.findall(CONFIG.read_text())}
    assert ports == {service: base + n for n, service in enumerate(SERVICES)}


def test_promtool_accepts_it() -> None:
    done = subprocess.run([needs("promtool"), "check", "config", CONFIG], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.system
def test_prometheus_finds_all_six_up(tmp_path: Path) -> None:
    """Six real metrics servers on free ports stand in for the six services; the system test scrapes those."""
    needs("prometheus")
    text = CONFIG.read_text().replace("scrape_interval: 2s", "scrape_interval: 200ms")
    with served_metrics() as ports:
        for (listed, _), port in zip(TARGET.findall(text), ports, strict=True):
            text = text.replace(f":{listed}", f":{port}")
        (tmp_path / "prometheus.yml").write_text(text)
        with prometheus(tmp_path / "prometheus.yml", tmp_path) as address:
            assert all_up(address) == sorted(SERVICES)


@contextmanager
def served_metrics() -> Iterator[list[int]]:
    ports = [free_port() for _ in SERVICES]
    servers = [
        start_http_server(port, "127.0.0.1", Metrics(service).registry)[0]
        for service, port in zip(SERVICES, ports, strict=True)
    ]
    yield ports
    for server in servers:
        server.shutdown()
        server.server_close()


@contextmanager
def prometheus(config: Path, folder: Path) -> Iterator[str]:
    """The address of a Prometheus server of our own."""
    address = f"127.0.0.1:{free_port()}"
    command = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address={address}"]
    server = subprocess.Popen([needs("prometheus"), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield address
    finally:
        server.terminate()
        server.wait(20)


def all_up(address: str) -> list[str]:
    """The services that Prometheus finds up, once it has found all of them, or after 60 s."""
    deadline = time.monotonic() + 60
    up: list[str] = []
    while len(up) < len(SERVICES) and time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            with urllib.request.urlopen(f"http://{address}/api/v1/query?query=up", timeout=5) as answer:
                series = json.load(answer)["data"]["result"]
        except urllib.error.URLError:
            continue
        up = sorted(one["metric"]["service"] for one in series if one["value"][1] == "1")
    return up
