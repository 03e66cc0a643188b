"""The set-up script with a stand-in for Python that notes what it was asked to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "deploy/install.sh"

# as an environment's interpreter it answers for pip, refusing what $REFUSED names; `-m venv` makes it an environment
FAKE_PYTHON = """#!/bin/sh
case "$*" in
    *version_info*) exit "${TOO_OLD:-0}" ;;
    --version) echo "Python 3.11.0" ;;
    "-m venv"*) [ -z "${NO_VENV:-}" ] && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip"*) echo "$*" >>pip.log; [ -z "${REFUSED:-}" ] || ! echo "$*" | grep -qE -e "$REFUSED" ;;
    "- "*) cat >/dev/null; echo "${HAVE_TORCH:-}" ;;
esac
"""


class Checkout:
    """A folder with the script and the files it reads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "deploy").mkdir()
        shutil.copy(SCRIPT, root / "deploy/install.sh")
        (root / "pyproject.toml").write_text("[project]\n")
        (root / "constraints.txt").write_text("")
        (root / "bin").mkdir()
        for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
            (root / "bin" / name).write_text(FAKE_PYTHON)
            (root / "bin" / name).chmod(0o700)

    def install(self, group: str = "run", **env: str) -> subprocess.CompletedProcess[str]:
        (self.root / "pip.log").unlink(missing_ok=True)
        surroundings = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", **env}
        script = [self.root / "deploy/install.sh", group]
        return subprocess.run(script, env=surroundings, capture_output=True, text=True, timeout=30, check=False)

    def asked(self) -> list[str]:
        log = self.root / "pip.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_asks_for_the_cpu_build_where_pip_looks_first(checkout: Checkout) -> None:
    assert checkout.install().returncode == 0
    torch, rest = checkout.asked()
    assert torch.endswith("torch==2.13.0+cpu")
    assert rest.endswith("-e .")


def test_then_asks_pytorch_and_then_takes_the_plain_build(checkout: Checkout) -> None:
    assert checkout.install(REFUSED="cpu").returncode == 0
    tries = [line.partition("install ")[2] for line in checkout.asked()]
    assert tries[1] == "--index-url https://download.pytorch.org/whl/cpu torch==2.13.0"
    assert tries[2] == "-c constraints.txt torch==2.13.0"


def test_cuda_never_takes_the_cpu_build(checkout: Checkout) -> None:
    checkout.install(TORCH="cuda")
    assert checkout.asked()[0].endswith("torch===2.13.0")


def test_a_torch_that_is_there_is_left_alone(checkout: Checkout) -> None:
    checkout.install(HAVE_TORCH="cpu")
    assert not any("torch" in line for line in checkout.asked())


def test_does_nothing_when_nothing_changed(checkout: Checkout) -> None:
    checkout.install()
    assert checkout.install().returncode == 0
    assert checkout.asked() == []


def test_the_tests_packages_include_what_running_needs(checkout: Checkout) -> None:
    checkout.install("dev")
    assert checkout.asked()[-1].endswith("-e .[dev]")
    checkout.install("run")
    assert checkout.asked() == []


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_another_requirement_makes_it_stale(checkout: Checkout, changed: str) -> None:
    checkout.install()
    (checkout.root / changed).write_text("numpy\n")
    checkout.install()
    assert checkout.asked()


def test_another_build_of_torch_makes_it_stale(checkout: Checkout) -> None:
    checkout.install()
    checkout.install(TORCH="cuda")
    assert checkout.asked()


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"TOO_OLD": "1"}, "Python 3.11 or newer is needed"),
        ({"NO_VENV": "1"}, "sudo apt install python3-venv"),
        ({"TORCH": "metal"}, "it is cpu or cuda"),
        ({"REFUSED": "torch"}, "pip could not install torch"),
        ({"REFUSED": "-e"}, "pip could not install the packages"),
    ],
)
def test_says_what_is_wrong(checkout: Checkout, env: dict[str, str], words: str) -> None:
    done = checkout.install(**env)
    assert done.returncode == 1
    assert words in done.stderr
    assert not list(checkout.root.glob(".venv/.installed*"))
