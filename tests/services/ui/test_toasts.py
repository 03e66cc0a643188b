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
