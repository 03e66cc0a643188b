from pathlib import Path

import numpy as np
import pytest

from common.errors import UserError
from common.messages import (
    AskWeights,
    Blob,
    ClearPlate,
    Done,
    LoadPlate,
    Mask,
    Refused,
    RollBackWeights,
    ServiceState,
    SwapWeights,
    WeightsInUse,
)
from common.weights import Story, Weights
from tests.services.segment.learned import Open
from tests.services.segment.scene import Studio, room, some_weights

BASE, SECOND, THIRD = some_weights(1), some_weights(2), some_weights(3)


@pytest.fixture
def open_studio(open_studio: Open) -> Open:
    """Opens studios with a plate that share a state folder."""

    def start(**options: object) -> Studio:
        studio = open_studio(**options)
        studio.ask(LoadPlate(room(), "room.png"), "load")
        studio.run(0.1)
        return studio

    return start


def swap(studio: Studio, weights: Weights, request_id: str = "swap") -> Done | Refused:
    call = studio.ask(SwapWeights(Blob(weights.to_bytes()), "the trainer"), request_id)
    studio.run(0.2)
    studio.run(0.1)
    return call.replies[0]


def roll_back(studio: Studio) -> Done | Refused:
    call = studio.ask(RollBackWeights(), "back")
    studio.run(0.2)
    studio.run(0.1)
    return call.replies[0]


def test_weights_change_between_two_frames(studio: Studio) -> None:
    assert studio.mask.weights_id == BASE.id
    call = studio.ask(SwapWeights(Blob(SECOND.to_bytes()), "the trainer"))
    assert call.replies == []
    studio.said.clear()
    studio.run(0.3)
    studio.run(0.1)
    used = [mask.weights_id for mask in studio.of(Mask)]
    assert len(used) == 12
    assert used == sorted(used, key=[BASE.id, SECOND.id].index)
    assert used[-1] == SECOND.id
    reply = call.replies[0]
    assert isinstance(reply, Done)
    assert reply.detail == {"weights_id": SECOND.id, "previous": BASE.id}
    assert studio.segment.swaps == 1


def test_the_weights_in_use_are_handed_out(studio: Studio) -> None:
    swap(studio, SECOND)
    reply = studio.ask(AskWeights(), "ask").replies[0]
    assert isinstance(reply, WeightsInUse)
    assert Weights.from_bytes(reply.weights).id == reply.weights_id == SECOND.id


def test_the_weights_are_written_once_however_often_they_are_asked_for(studio: Studio) -> None:
    first, again = (studio.ask(AskWeights(), f"ask-{number}").replies[0] for number in range(2))
    assert again.weights is first.weights
    swap(studio, SECOND)
    assert studio.ask(AskWeights(), "ask-3").replies[0].weights_id == SECOND.id


def test_the_new_network_knows_a_plate_that_changed_meanwhile(studio: Studio) -> None:
    studio.ask(SwapWeights(Blob(SECOND.to_bytes()), "the trainer"))
    studio.ask(LoadPlate(room(4), "other.png"), "load-2")
    studio.picture = room(4)
    studio.run(0.3)
    studio.run(0.1)
    assert (studio.mask.weights_id, int(studio.mask.alpha.max())) == (SECOND.id, 0)


def test_every_network_in_use_looks_closer_and_around_once_a_mask_was_made(studio: Studio) -> None:
    swap(studio, SECOND)
    studio.ask(LoadPlate(room(4), "other.png"), "load-2")
    studio.run(0.3)
    assert len(studio.load.made) >= 3
    for network in studio.load.made[1:]:
        assert network.told.count("look closer") >= 1
        masks = [told for told in network.told if told not in {"look closer", "close"}]
        assert len(masks) >= 2
        assert masks == ["alpha", "between frames"] * (len(masks) // 2)


def test_a_network_does_not_look_around_in_an_old_frame_while_none_fits(studio: Studio) -> None:
    network = studio.load.made[-1]
    studio.picture = np.zeros((60, 80, 3), np.uint8)
    told = len(network.told)
    studio.run(0.2)
    assert network.told[told:] == []
    studio.picture = room()
    studio.run(0.1)
    assert network.told[told:] == ["alpha", "between frames"] * 3


def test_a_network_that_was_replaced_is_let_go_of(studio: Studio) -> None:
    swap(studio, SECOND)
    studio.run(0.1)
    closed = [network.told[-1:] == ["close"] for network in studio.load.made]
    assert closed[-1] is False
    assert any(closed[:-1])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a readable weights file"),
        (b"\x00" * 5000, "not a readable weights file"),
        (SECOND.to_bytes()[:-3], "not a readable weights file"),
        (Weights({"bias": np.ones(4, np.float32)}, Story("fake"), "").to_bytes(), "bias"),
        (Weights({"bias": np.ones(3, np.float32)}, Story("other"), "").to_bytes(), "other"),
        (Weights({"bias": np.full(3, np.nan, np.float32)}, Story("fake"), "").to_bytes(), "not finite"),
    ],
)
def test_bad_weights_are_refused_and_nothing_changes(studio: Studio, tmp_path: Path, data: bytes, says: str) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "state").iterdir()}
    call = studio.ask(SwapWeights(Blob(data), "The file new.safetensors"))
    studio.run(0.3)
    reply = call.replies[0]
    assert isinstance(reply, Refused)
    assert says in reply.words
    assert "The weights in use stay." in reply.words
    assert (studio.mask.weights_id, studio.segment.swaps) == (BASE.id, 0)
    assert {path: path.read_bytes() for path in (tmp_path / "state").iterdir()} == before


def test_going_back_and_forth(studio: Studio) -> None:
    assert isinstance(roll_back(studio), Refused)
    swap(studio, SECOND)
    swap(studio, THIRD, "swap-2")
    for expected in (SECOND, THIRD, SECOND):
        assert isinstance(roll_back(studio), Done)
        assert studio.mask.weights_id == expected.id


def test_the_same_weights_again_are_no_swap(studio: Studio) -> None:
    swap(studio, SECOND)
    assert isinstance(swap(studio, SECOND, "swap-2"), Done)
    assert studio.segment.swaps == 1
    roll_back(studio)
    assert studio.mask.weights_id == BASE.id


def test_one_swap_at_a_time(studio: Studio) -> None:
    first = studio.ask(SwapWeights(Blob(SECOND.to_bytes()), ""), "one")
    second = studio.ask(SwapWeights(Blob(THIRD.to_bytes()), ""), "two")
    studio.run(0.2)
    assert isinstance(first.replies[0], Done)
    assert isinstance(second.replies[0], Refused)


def test_weights_survive_a_restart_and_can_still_be_rolled_back(open_studio: Open, tmp_path: Path) -> None:
    studio = open_studio()
    swap(studio, SECOND)
    swap(studio, THIRD, "swap-2")
    again = open_studio()
    assert again.mask.weights_id == THIRD.id
    assert isinstance(roll_back(again), Done)
    assert again.mask.weights_id == SECOND.id
    third = open_studio()
    assert third.mask.weights_id == SECOND.id
    copies = {path.name for path in (tmp_path / "state").glob("*.safetensors")}
    assert copies == {f"weights-{weights.id}.safetensors" for weights in (SECOND, THIRD)}


def test_other_weights_in_the_settings_win_over_the_last(open_studio: Open) -> None:
    swap(open_studio(), SECOND)
    assert open_studio(base=5).mask.weights_id == some_weights(5).id


@pytest.mark.parametrize("spoil", ["cut the copy", "lose the copy", "swap the copy", "cut the choice"])
def test_a_spoiled_state_starts_with_the_base(
    open_studio: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: str
) -> None:
    swap(open_studio(), SECOND)
    copy = tmp_path / "state" / f"weights-{SECOND.id}.safetensors"
    if spoil == "cut the copy":
        copy.write_bytes(copy.read_bytes()[:50])
    elif spoil == "lose the copy":
        copy.unlink()
    elif spoil == "swap the copy":
        copy.write_bytes(THIRD.to_bytes())
    else:
        (tmp_path / "state" / "weights.json").write_text("{")
    assert open_studio().mask.weights_id == BASE.id
    assert caplog.text


def test_without_any_network_the_process_ends_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.services.segment.scene.FakeLoad.__call__", _no_cuda)
    with pytest.raises(UserError, match="no CUDA device"):
        Studio(tmp_path)


def _no_cuda(*_: object) -> None:
    raise UserError("CUDA was asked for, but torch finds no CUDA device.")


def test_it_says_what_it_runs_on(studio: Studio) -> None:
    vitals = studio.segment.vitals()
    assert (vitals.state, vitals.device) == (ServiceState.RUNNING, "cpu, fake")
    assert vitals.latency_ms is not None


def test_masks_go_on_with_the_plate_before_until_the_next_is_ready(studio: Studio) -> None:
    first = studio.mask.plate_id
    studio.load.may_go.clear()
    studio.ask(LoadPlate(room(4), "other.png"), "load-2")
    studio.said.clear()
    for _ in range(5):
        studio.turn(studio.frame())
    assert [mask.plate_id for mask in studio.of(Mask)] == [first] * 5
    studio.load.may_go.set()
    studio.run(0.1)
    studio.run(0.1)
    assert studio.mask.plate_id == studio.plate.plate_id != first
    assert len(studio.load.loaded) == 1, "the network is that of before"
    studio.ask(LoadPlate(room(5), "third.png"), "load-3")
    studio.picture = room(5)
    studio.run(0.2)
    assert (studio.mask.plate_id, int(studio.mask.alpha.max())) == (studio.plate.plate_id, 0)
    assert len(studio.load.loaded) == 1


def test_a_plate_that_was_forgotten_masks_nothing_more(studio: Studio) -> None:
    studio.load.may_go.clear()
    studio.ask(ClearPlate(), "clear")
    studio.turn(studio.frame())
    studio.ask(LoadPlate(room(4), "other.png"), "load-2")
    studio.said.clear()
    for _ in range(3):
        studio.turn(studio.frame())
    assert studio.of(Mask) == []
    studio.load.may_go.set()
    studio.run(0.2)
    assert studio.mask.plate_id == studio.plate.plate_id


def test_a_swap_wins_over_a_plate_that_is_being_prepared(studio: Studio) -> None:
    studio.load.may_go.clear()
    studio.ask(LoadPlate(room(4), "other.png"), "load-2")
    studio.turn(studio.frame())
    call = studio.ask(SwapWeights(Blob(SECOND.to_bytes()), "the trainer"))
    studio.load.may_go.set()
    studio.run(0.2)
    studio.run(0.2)
    assert isinstance(call.replies[0], Done)
    assert (studio.mask.weights_id, studio.mask.plate_id) == (SECOND.id, studio.plate.plate_id)
