from services.ui.actions import Quit
from services.ui.draw.panels import Sentence
from services.ui.toasts import Offer, Toasts


def words(toasts, now):
    return [toast.sentence.words for toast in toasts.current(now)]


def test_the_newest_three_stand():
    toasts = Toasts()
    for word in "abcd":
        toasts.say(Sentence(word), 0)
    assert words(toasts, 0) == ["b", "c", "d"]


def test_what_can_be_taken_back_is_not_pushed_out_by_what_cannot():
    toasts = Toasts()
    toasts.say(Sentence("swapped"), 0, Offer("Undo", Quit()))
    for word in "abcd":
        toasts.say(Sentence(word), 1)
    assert words(toasts, 1) == ["swapped", "c", "d"]
    assert toasts.accept(2) == Quit()
    assert toasts.accept(2) is None


def test_an_offer_that_is_over_makes_room():
    toasts = Toasts()
    for word in "abc":
        toasts.say(Sentence(word), 0, Offer("Undo", Quit()))
    toasts.say(Sentence("d"), 60)
    assert words(toasts, 60) == ["d"]
    assert toasts.accept(60) is None


def test_one_takes_the_place_of_the_one_before_of_its_kind():
    toasts = Toasts()
    for now, doubles in enumerate("231"):
        toasts.say(Sentence(f"{doubles} doubles"), now, kind="clone d")
        toasts.say(Sentence("behind"), now, kind="clone t")
    assert words(toasts, 2) == ["1 doubles", "behind"]
    assert {toast.since for toast in toasts.current(2)} == {0}, "none comes in anew"


def test_without_a_kind_toasts_stand_beside_each_other():
    toasts = Toasts()
    for word in "ab":
        toasts.say(Sentence(word), 0)
    assert words(toasts, 0) == ["a", "b"]


def test_what_can_be_taken_back_stays_beside_a_newer_one_of_its_like():
    toasts = Toasts()
    for number in (1, 2):
        toasts.say(Sentence(f"Saved {number}.png"), 0, Offer("Undo", Quit()))
    assert toasts.accept(1) == toasts.accept(1) == Quit()
