"""The loop under a fake service, and what the command says to a person."""

import time
from dataclasses import fields

import pytest
from click.testing import CliRunner

from common.errors import UserError
from common.messages import AskStatus, Refused
from common.settings import load_settings
from services.ui.fronts.front import Key, Shown
from services.ui.fronts.web import Web
from services.ui.main import feel, fronts_of, main, make_desk, run
from services.ui.touch import Feel
from tests.fakes import FakeCall, FakeService
from tests.services.ui.fakes import alive, desk, frame, mask_of


class FakeFront:
    """Keeps what it is shown; plays the events of `script`, one list a turn."""

    def __init__(self, script=()):
        self.shown, self.told = [], []
        self._script = [list(events) for events in script]

    def show(self, picture):
        self.shown.append(picture)

    def tell(self, status):
        self.told.append(status)

    def events(self):
        return self._script.pop(0) if self._script else []

    def viewers(self):
        return 1

    def close(self):
        pass


def test_frames_come_out_as_pictures_on_every_front():
    shown = frame(1)
    service, fronts = FakeService([[shown, mask_of(shown)], [], []]), [FakeFront(), FakeFront()]
    run(service, desk(), fronts)
    for front in fronts:
        assert [picture.key for picture in front.shown][:1] == [shown.key]
        assert front.told and front.told[0]["buttons"]
    assert service.vitals and service.vitals[-1].rate_hz is not None


def test_quitting_at_a_front_ends_the_loop_before_the_service_stops():
    service = FakeService([[]] * 50)
    run(service, desk(), [FakeFront([[], [Key("q")]])])
    assert not service.stopping()
    assert len(service.vitals) == 2


def test_a_picture_seen_is_measured():
    shown = frame(1)
    service = FakeService([[shown]])
    run(service, desk(), [FakeFront([[Shown(shown.key, 5_000_000)]])])
    assert service.vitals[-1].latency_ms == pytest.approx(5)


def test_it_takes_no_requests():
    call = FakeCall(AskStatus())
    run(FakeService([[call]]), desk(), [])
    assert isinstance(call.replies[0], Refused)


def test_an_unknown_app_is_named_with_those_there_are():
    with pytest.raises(UserError, match=r"no app 'nix'\. There are: studio"):
        make_desk(load_settings({"ui.app": "nix"}), None, FakeService([]))


def test_the_settings_of_touch_arrive():
    given = {
        "dwell_s": 0.5, "dwell_writes_s": 1.5, "leave": 1.7, "still": 0.6, "needed": 5, "recent": 6, "newcomer_s": 0.7,
        "away_s": 0.9, "confirm_s": 9.0,
    }  # fmt: skip
    made = feel(load_settings({f"ui.{key}": value for key, value in given.items()}))
    assert list(given.values()) == [getattr(made, field.name) for field in fields(made)]
    assert feel(load_settings()) == Feel(), "the settings' own values are those of the touch"


def test_counts_of_sightings_that_could_never_press_are_refused():
    with pytest.raises(UserError, match="no palm could ever press"):
        feel(load_settings({"ui.needed": 5, "ui.recent": 4}))


def test_auto_is_a_page_where_there_is_no_display(instance, monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with fronts_of(load_settings({"ui.front": "auto"}), instance) as fronts:
        assert [type(front) for front in fronts] == [Web]
        address = (instance.runtime / "ui.url").read_text().strip()
        assert instance.runtime.stat().st_mode & 0o077 == 0
    told = capsys.readouterr()
    assert "no display" in told.err and address in told.out
    assert not (instance.runtime / "ui.url").exists()


def test_both_needs_the_window(instance, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="No window"), fronts_of(load_settings({"ui.front": "both"}), instance):
        pass


@pytest.mark.parametrize("words", [["--sync", "sometimes"], ["--front", "tv"], ["--port", "0"], ["--port", "http"]])
def test_bad_options_are_refused(words):
    outcome = CliRunner().invoke(main, words)
    assert outcome.exit_code == 2 and "Traceback" not in outcome.output


def test_a_picture_is_quick_enough_to_leave_time_for_others(data):
    """Ten times the budget: it fails when a step becomes slow by nature, and not on a slow day."""
    from tests.services.ui.fakes import plate, room

    image, alpha = room(data, 4)
    made = desk()
    alive(made, 0.0)
    made.take(plate(), 0.0)
    times = []
    for number in range(30):
        shown = frame(number, image.copy())
        made.take(shown, 1 + number / 30)
        made.take(mask_of(shown, alpha.copy()), 1 + number / 30)
        start = time.perf_counter()
        assert made.picture(1 + number / 30) is not None
        times.append(time.perf_counter() - start)
    assert sorted(times)[15] < 0.08
