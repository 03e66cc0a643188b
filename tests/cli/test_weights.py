"""`bgsub weights`, against a segment that a thread plays on a real control socket."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.weights import weights_command
from common.messages import Blob, Done, Refused, Reply, Request, RollBackWeights, SwapWeights, WeightsInUse
from common.places import Places
from common.service import Service
from common.settings import Settings
from common.weights import Weights


class Segment:
    """Answers each request as told and remembers it."""

    def __init__(self, where: Places) -> None:
        self.asked: list[Request] = []
        self.answer: Reply = Done("Weights x are in use.", {})
        self._service = Service("segment", Settings(), where, ())
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._service.stopping():
            self._service.wait(0.02)
            for call in self._service.requests():
                self.asked.append(call.request)
                call.reply(self.answer)

    def close(self) -> None:
        self._service.stop()
        self._thread.join(5)
        self._service.close()


@pytest.fixture
def segment(instance: Places) -> Iterator[Segment]:
    played = Segment(instance)
    yield played
    played.close()


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(weights_command, words)
    return result.exit_code, result.output


def test_the_shipped_weights_tell_their_story() -> None:
    code, text = run("show", "--json")
    facts = json.loads(text)
    assert code == 0
    assert facts["id"] == Weights.shipped().id
    assert facts["architecture"]
    assert facts["parameters"] > 100_000


def test_the_story_is_told_in_lines_too() -> None:
    assert f"id            {Weights.shipped().id}" in run("show")[1]


def test_scores_are_told_with_four_digits(tmp_path: Path) -> None:
    shipped = Weights.shipped()
    scored = replace(shipped, story=replace(shipped.story, scores={"own": 0.969358360397}))
    (tmp_path / "best.safetensors").write_bytes(scored.to_bytes())
    assert "scores        own 0.9694\n" in run("show", str(tmp_path / "best.safetensors"))[1]


def test_a_file_that_holds_no_weights_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense")
    code, text = run("show", str(tmp_path / "bad.safetensors"))
    assert code == 2
    assert "bad.safetensors" in text


def test_the_list_holds_the_shipped_ones_and_those_of_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "best.safetensors").write_bytes(Weights.shipped().to_bytes())
    (tmp_path / "runs" / "two").mkdir()
    (tmp_path / "runs" / "two" / "best.safetensors").write_bytes(b"torn")
    result = CliRunner().invoke(weights_command, ["list", "--json"])
    assert [row["where"] for row in json.loads(result.stdout)] == ["shipped", "runs/one/best.safetensors"]
    assert "runs/two/best.safetensors" in result.stderr


def test_the_list_holds_what_segment_keeps(instance: Places) -> None:
    kept = instance.state / "segment" / "weights-1.safetensors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(Weights.shipped().to_bytes())
    assert str(kept) in run("list")[1]


def test_the_list_marks_the_weights_in_use(segment: Segment) -> None:
    segment.answer = WeightsInUse(Blob(b""), Weights.shipped().id)
    rows = json.loads(run("list", "--json")[1])
    assert [row["where"] for row in rows if row["in_use"]] == ["shipped"]
    assert run("list")[1].startswith(f"* {Weights.shipped().id}")


def test_an_id_of_the_list_names_weights_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = Weights.shipped()
    ours = Weights.of({name: 2 * tensor for name, tensor in shipped.tensors.items()}, shipped.story)
    (tmp_path / "runs/1").mkdir(parents=True)
    (tmp_path / "runs/1/best.safetensors").write_bytes(ours.to_bytes())
    code, text = run("show", ours.id, "--json")
    assert code == 0 and json.loads(text)["id"] == ours.id
    assert run("show", "0" * 12)[0] == 2


def test_a_swap_sends_the_bytes(segment: Segment) -> None:
    code, text = run("swap", "shipped")
    (request,) = segment.asked
    assert (code, text) == (0, "Weights x are in use.\n")
    assert isinstance(request, SwapWeights)
    assert Weights.from_bytes(request.weights).id == Weights.shipped().id


def test_a_roll_back_that_is_refused_ends_with_2(segment: Segment) -> None:
    segment.answer = Refused("There are no earlier weights to go back to.")
    code, text = run("rollback")
    assert segment.asked == [RollBackWeights()]
    assert code == 2
    assert "no earlier weights" in text


@pytest.mark.parametrize("words", [["swap", "shipped"], ["rollback"]])
def test_without_segment_nobody_waits_a_minute(words: list[str]) -> None:
    result = CliRunner().invoke(weights_command, words)
    assert result.exit_code == 2
    assert "segment did not answer within 2 s" in result.output


def test_what_is_no_file_is_not_waited_for() -> None:
    result = CliRunner().invoke(weights_command, ["show", "/dev/zero"])
    assert result.exit_code == 2
    assert "it is a pipe, a device or a socket" in result.output
