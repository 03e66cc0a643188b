"""Broken sets through every command that reads sets: a clear message and an exit code, no traceback, nothing lost."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import cv2
import pytest

from tests.full_disk import full_disk
from tests.fuzz.breakages import EVERY, Breakage, write_good
from tests.fuzz.commands import COMMANDS, in_this_process, without_rights
from tests.invoked import Ended

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(120)]

CODES = (0, 1, 2)
LONGEST = 700
"""Letters of a line to a person; a longer one is a dump."""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that anybody may enter, for those without rights; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="bgsub-fuzz-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_STATE_HOME", f"{folder}/state")
        in_this_process(monkeypatch)
        yield Path(folder)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good") / "images"
    write_good(root)
    return root


def sums(folder: Path) -> Counter[str]:
    """The checksum of every file, with its name; where it lies is not asked, since sets may be moved to retired/."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.exists():
            continue  # a link to nothing holds nothing
        if path.is_symlink():
            found[f"{path.name} -> {path.readlink()}"] += 1
        elif stat.S_ISREG(path.lstat().st_mode) and path.stat().st_size < 1 << 20:
            found[f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"] += 1
        else:
            found[path.name] += 1
    return found


def wrong(ended: Ended) -> str:
    """What a person would complain of; empty when nothing."""
    if ended.flew is not None:
        return f"{type(ended.flew).__name__}: {ended.flew}"
    if ended.code not in CODES:
        return f"exit code {ended.code}"
    if ended.code and not (ended.err.strip() or ended.out.strip()):
        return "not a word"
    if "Traceback" in ended.err or any(len(line) > LONGEST for line in ended.err.splitlines()):
        return f"a dump: {ended.err[:300]}"
    if any(not letter.isprintable() and letter not in "\n\r" for letter in ended.out + ended.err):
        return f"letters that steer a terminal: {ended.err!r}"
    return ""


def put_right(folder: Path) -> None:
    """Rights that let the folder be compared and removed."""
    folder.chmod(0o755)
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            one = Path(path, name)
            if not one.is_symlink():
                one.chmod(0o755 if one.is_dir() else 0o644)


@pytest.mark.parametrize("breakage", EVERY, ids=lambda breakage: breakage.name)
def test_a_broken_set_is_told(breakage: Breakage, good: Path, place: Path) -> None:
    complaints = []
    for name, command in COMMANDS.items():
        here = place / "here"
        root = here / "images"
        shutil.copytree(good, root)
        before = sums(here) if breakage.rights else Counter()
        with without_rights(root) if breakage.rights else nullcontext():
            breakage.do(root)
            if not breakage.rights:
                before = sums(here)
            ended = command(root)
        put_right(here)
        told = wrong(ended)
        if not told and name == "check" and breakage.told and ended.code == 0:
            told = "nothing was found"
        if lost := before - sums(here):
            told += f" lost: {sorted(lost)}"
        if told:
            complaints.append(f"{name}: {told}")
        shutil.rmtree(here)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("what", ["set1/bkg.png", "set1/1.png", "set1/1_mask.png", "set1", "."])
@pytest.mark.parametrize("after", [1, 2, 4])
def test_what_vanishes_meanwhile_is_told(  # noqa: PLR0917 - pytest names them all
    name: str, what: str, after: int, good: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone once so many pictures were read."""
    root = place / "here" / "images"
    shutil.copytree(good, root)
    decode, calls = cv2.imdecode, iter(range(1, 10_000))

    def reading(*words: object) -> object:
        if next(calls) == after:
            gone = root / what
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        return decode(*words)  # type: ignore[call-overload]

    monkeypatch.setattr(cv2, "imdecode", reading)
    assert not wrong(COMMANDS[name](root))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("limit", [0, 100, 3000, 20_000])
def test_a_full_disk_is_told(name: str, limit: int, good: Path, place: Path) -> None:
    root = place / "here" / "images"
    shutil.copytree(good, root)
    before = sums(root)
    with full_disk(limit):
        ended = COMMANDS[name](root)
    assert not wrong(ended)
    assert not before - sums(root)
    assert not list(place.rglob("*.tmp"))
