"""The house rules that a machine can hold."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.topics import SERVICES, TABLE
from tests.conftest import REPOSITORY

SOURCES = [path for folder in ("common", "services", "cli", "deploy") for path in (REPOSITORY / folder).rglob("*.py")]
MAY_IMPORT_ZMQ = {REPOSITORY / "common" / "bus.py", REPOSITORY / "common" / "control.py"}
NEVER_TORCH = ("camera", "recorder", "ui")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_only_bus_and_control_touch_zmq() -> None:
    touching = {path for path in SOURCES if any(name.split(".")[0] == "zmq" for name in imported(path))}
    assert touching == MAY_IMPORT_ZMQ


def test_only_the_codec_packs() -> None:
    packing = {path.name for path in SOURCES if re.search(r"import.*\bmsgpack\b", path.read_text())}
    assert packing == {"codec.py"}


def test_nothing_unpickles() -> None:
    forbidden = {"pickle", "dill", "joblib", "shelve"}
    assert not [path for path in SOURCES if forbidden & set(imported(path))]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_never_imports_another(service: str) -> None:
    others = tuple(f"services.{other}" for other in SERVICES if other != service)
    for path in (REPOSITORY / "services" / service).rglob("*.py"):
        assert not [name for name in imported(path) if name.startswith(others)], path


def test_common_imports_no_service() -> None:
    for path in (REPOSITORY / "common").rglob("*.py"):
        assert not [name for name in imported(path) if name.split(".")[0] in ("services", "cli", "deploy")], path


@pytest.mark.parametrize("service", NEVER_TORCH)
def test_a_service_without_a_network_never_loads_torch(service: str) -> None:
    script = f"import sys, services.{service}.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0


def test_functions_are_short_and_files_are_not_long() -> None:
    beside = [path for folder in ("tests", "benchmarks", "docs") for path in (REPOSITORY / folder).rglob("*.py")]
    for path in [*SOURCES, *beside]:
        tree = ast.parse(path.read_text())
        assert len(path.read_text().splitlines()) <= 400, path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"


def test_no_exception_is_swallowed_whole() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "everything"
                assert caught not in ("everything", "Exception", "BaseException"), f"{path}:{node.lineno}"


def test_the_protocol_prints_the_table_of_topics() -> None:
    page = (REPOSITORY / "docs" / "PROTOCOL.md").read_text()
    for row in TABLE:
        sender = "every service" if row.publisher == "*" else row.publisher
        instance = "<service>/" if row.publisher == "*" else "<camera>/" if row.per_camera else ""
        numbers = " | ".join(f"{number:g}" if number else "-" for number in (row.min_rate_hz, row.alive_s))
        kept = "yes" if row.kept else "no"
        expected = f"| `{row.kind}/{instance}` | {sender} | {row.message.__name__} | {kept} | {row.queue} | {numbers} |"
        assert expected in page
