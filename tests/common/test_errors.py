from common.errors import UserError, printable


def test_a_name_cannot_steer_the_terminal():
    assert UserError("set1/\x1b[2J\x07\x9b.png is grün,\nmend it").format_message() == (
        "set1/\\x1b[2J\\x07\\x9b.png is grün,\nmend it"
    )


def test_plain_words_stay():
    assert printable("IoU 0.94 → 0.98 · größer") == "IoU 0.94 → 0.98 · größer"
