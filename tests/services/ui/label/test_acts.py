"""The keys of the label app."""

from services.ui.label.acts import ACTS, Do


def test_every_act_has_a_key_of_its_own():
    keys = [key for act in ACTS for key in (act.key.lower(), *act.also)]
    assert len(keys) == len(set(keys)) and {act.do for act in ACTS} == set(Do)
    # the desk's own
    assert not {"h", "?", "q", "f", "1", "5"} & set(keys)
