"""The page over real sockets: who is kept out, what is told and heard, how it ends."""

import asyncio
import errno
import json
import socket
import time

import aiohttp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UserError
from services.ui.fronts import wire
from services.ui.fronts.front import Gesture, Key, Picture, Pointer, Press
from services.ui.fronts.guard import Guard, new_token
from services.ui.fronts.web import Web
from tests.waiting import until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def guard():
    return Guard(free_port(), new_token())


@pytest.fixture
def page(guard):
    made = Web(guard)
    yield made
    made.close()


def request(guard, path, **headers):
    async def ask():
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{guard.port}{path}", headers=headers) as answer,
        ):
            return answer.status, await answer.text(errors="replace"), answer.headers

    return asyncio.run(asyncio.wait_for(ask(), 10))


def join(guard, token=None, **headers):
    """The status of an attempt to open the WebSocket: 101 where it was let in."""

    async def ask():
        address = f"http://127.0.0.1:{guard.port}/ws?token={guard.token if token is None else token}"
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(address, headers=headers):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return error.status

    return asyncio.run(asyncio.wait_for(ask(), 10))


async def joined(page, count=1):
    """Once so many viewers are in the room."""
    assert await asyncio.to_thread(until, lambda: page.viewers() == count, 10)


async def heard(page, count=1):
    """Everything that was pressed, once there is that much."""
    events = []
    assert await asyncio.to_thread(until, lambda: events.extend(page.events()) or len(events) >= count, 10)
    return events


def talk(guard, script):
    """Runs `script(socket)` on an open page's WebSocket."""

    async def go():
        address = f"http://127.0.0.1:{guard.port}/ws?token={guard.token}"
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as opened:
            return await script(opened)

    return asyncio.run(asyncio.wait_for(go(), 20))


def test_the_page_comes_with_its_files(page, guard):
    status, text, headers = request(guard, f"/?token={guard.token}")
    assert status == 200 and "<canvas" in text
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for name in ("style.css", "page.js", "Inter-Medium.ttf", "Inter-SemiBold.ttf", "Inter-Bold.ttf"):
        assert request(guard, f"/page/{name}")[0] == 200
    for name in ("index.html", "..%2Fmain.py", "OFL.txt"):
        assert request(guard, f"/page/{name}")[0] == 404


@pytest.mark.parametrize("token", ["", "wrong", "ä"])
def test_a_wrong_token_neither_sees_nor_presses(page, guard, token):
    status, text, _ = request(guard, f"/?token={token}")
    assert status == 403 and "Open the one it printed" in text
    assert join(guard, token=token) == 403


FOREIGN_ORIGINS = ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}", ""]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_page_neither_sees_nor_presses(page, guard, origin):
    origin = origin.format(port=guard.port)
    assert request(guard, f"/?token={guard.token}", Origin=origin)[0] == 403
    assert join(guard, Origin=origin) == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}"])
def test_a_foreign_name_for_this_machine_is_refused(page, guard, host):
    host = host.format(port=guard.port)
    assert request(guard, f"/?token={guard.token}", Host=host)[0] == 403
    assert request(guard, "/page/page.js", Host=host)[0] == 403
    assert join(guard, Host=host) == 403


def test_our_own_page_is_let_in(page, guard):
    assert join(guard, Origin=f"http://127.0.0.1:{guard.port}") == 101
    assert join(guard, Origin=f"http://localhost:{guard.port}", Host=f"localhost:{guard.port}") == 101


def test_it_listens_on_loopback_alone(page, guard):
    with socket.create_connection(("127.0.0.1", guard.port), 5):
        pass
    with socket.socket() as probe:
        # were it bound to all addresses, this one would answer too
        assert probe.connect_ex(("127.0.0.2", guard.port)) == errno.ECONNREFUSED


def test_a_token_is_made_at_each_start():
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50 and min(map(len, tokens)) >= 32


def test_a_taken_port_is_said_in_words(page, guard):
    with pytest.raises(UserError, match=f"port 127.0.0.1:{guard.port} is taken"):
        Web(guard)


def test_presses_and_keys_arrive(page, guard):
    said = [{"press": [0.15, 0.45]}, {"move": [0, 1]}, {"leave": True}, {"key": "M"}, {"button": "bkg"}]

    async def script(opened):
        for message in said:
            await opened.send_json(message)
        return await heard(page, len(said))

    assert talk(guard, script) == [
        Pointer(Gesture.PRESS, 0.15, 0.45),
        Pointer(Gesture.MOVE, 0.0, 1.0),
        Pointer(Gesture.LEAVE, 0, 0),
        Key("m"),
        Press("bkg"),
    ]


NONSENSE = [
    "",
    "{",
    "[]",
    "1",
    '{"press": [2, 0]}',
    '{"press": [NaN, 0]}',
    '{"press": "ab"}',
    '{"ack": "1"}',
    "[" * 400,
]


def test_nonsense_is_passed_over_and_a_flood_is_cut_off(page, guard):
    async def script(opened):
        for text in NONSENSE:
            await opened.send_str(text)
        await opened.send_json({"key": "m"})
        events = await heard(page)
        await opened.send_str("x" * 10_000)
        message = await opened.receive(timeout=5)
        return message.type, events

    ended, events = talk(guard, script)
    assert ended in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    assert events == [Key("m")] and page.events() == []


@given(st.text(max_size=80) | st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=8).map(json.dumps))
def test_no_text_whatever_breaks_the_reader(text):
    read = wire.read(text)
    assert read is None or isinstance(read, wire.Ack | Pointer | Key | Press)


def test_the_status_is_told_on_change_and_to_who_joins_late(page, guard):
    page.tell({"fps": 30})

    async def script(opened):
        first = await opened.receive_json(timeout=5)
        page.tell({"fps": 30})
        page.tell({"fps": 31})
        return first, await opened.receive_json(timeout=5)

    assert talk(guard, script) == ({"fps": 30}, {"fps": 31})


def test_a_page_is_told_that_it_was_the_end(guard):
    page = Web(guard)

    async def script(opened):
        await joined(page)
        await asyncio.to_thread(page.close)
        message = await opened.receive(timeout=5)
        return message.type, message.extra

    assert talk(guard, script) == (aiohttp.WSMsgType.CLOSE, "ended")


def test_pages_that_never_answer_do_not_hold_up_the_end(guard):
    page = Web(guard)

    async def go():
        address = f"http://127.0.0.1:{guard.port}/ws?token={guard.token}"
        async with aiohttp.ClientSession() as session:
            frozen = [await session.ws_connect(address, autoclose=False, autoping=False) for _ in range(4)]
            start = time.monotonic()
            await asyncio.to_thread(page.close)
            took = time.monotonic() - start
            for opened in frozen:
                opened._response.close()
            return took

    assert asyncio.run(asyncio.wait_for(go(), 20)) < 4.5


def test_a_page_that_froze_over_a_large_picture_does_not_hold_up_the_end(guard):
    page = Web(guard)
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    with socket.create_connection(("127.0.0.1", guard.port)) as frozen:
        head = f"GET /ws?token={guard.token} HTTP/1.1\r\nHost: 127.0.0.1:{guard.port}\r\nUpgrade: websocket"
        frozen.sendall(f"{head}\r\nConnection: Upgrade\r\n{key}\r\n\r\n".encode())
        assert until(lambda: page.viewers() == 1, 10)
        page.show(Picture(1, np.zeros((1080, 1920, 3), np.uint8), None))
        assert frozen.recv(100)
        start = time.monotonic()
        page.close()
        assert time.monotonic() - start < 4.5


def test_who_leaves_is_no_viewer_any_more(page, guard):
    assert join(guard) == 101
    assert until(lambda: page.viewers() == 0, 10)
