import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import SUBCOMMANDS, main


def test_lists_every_command_with_a_line_about_it() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    listed = result.stdout.partition("Commands:")[2].splitlines()[1:]
    assert [line.split()[0] for line in listed] == list(SUBCOMMANDS)
    assert all(len(line.split()) > 2 for line in listed)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_an_unknown_command_is_told() -> None:
    result = CliRunner().invoke(main, ["stats"])
    assert result.exit_code == 2
    assert "stats" in result.stderr


def test_status_loads_nothing_heavy() -> None:
    """It answers in half a second; torch alone takes longer."""
    heavy = {"torch", "cv2", "openvino", "aiohttp", "prometheus_client"}
    script = f"import sys, cli.status; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_system_refuses_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_where: object) -> list[object]:
        raise PermissionError(13, "Permission denied", "/run/bgsub")

    monkeypatch.setattr("cli.status.look", refuse)
    result = CliRunner().invoke(main, ["status"])
    assert (result.exit_code, result.stderr) == (2, "Error: /run/bgsub: Permission denied.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_finds_no_room_is_told_in_a_line() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cli.main", "status", "--help"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == "Error: The output: No space left on device. Make room and try again.\n"
