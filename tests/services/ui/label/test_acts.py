"""The keys of the label app."""

from services.ui.label.acts import ACTS, BY_KEY, Do
from tests.conftest import REPOSITORY


def test_every_act_has_a_key_of_its_own():
    keys = [key for act in ACTS for key in (act.key.lower(), *act.also)]
    assert len(keys) == len(set(keys)) and {act.do for act in ACTS} == set(Do)
    # the desk's own
    assert not {"h", "?", "q", "f", "1", "5"} & set(keys)


def test_the_keys_that_hands_know_from_labelme_and_elsewhere():
    wanted = {
        Do.NEXT: {"d", "right"}, Do.PREVIOUS: {"a", "left"}, Do.DONE: {"enter"}, Do.DROP: {"esc"}, Do.NOBODY: {"x"},
        Do.UNDO: {"z", "undo", "backspace"}, Do.REDO: {"y", "redo"}, Do.POLYGON: {"n"}, Do.CUT: {"c"},
        Do.BRUSH: {"b"}, Do.ERASER: {"e"}, Do.SNAP: {"s"}, Do.SMALLER: {"["}, Do.LARGER: {"]"}, Do.FIT: {"0"},
    }  # fmt: skip
    assert {do: {key for key, act in BY_KEY.items() if act is do} for do in wanted} == wanted


def test_every_key_stands_in_the_documentation():
    told = (REPOSITORY / "docs" / "LABELLING.md").read_text()
    assert [act.key for act in ACTS if f"`{act.key}`" not in told and f"`{act.key.lower()}`" not in told
            and f"| {act.key} |" not in told] == []  # fmt: skip
