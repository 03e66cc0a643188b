"""The page over real sockets: how pictures travel, and how many are under way."""

import asyncio
import struct

import aiohttp
import cv2
import numpy as np
import pytest

from services.ui.fronts import web as web_module
from services.ui.fronts import wire
from services.ui.fronts.front import Key, Picture, Shown
from tests.services.ui.fakes import key
from tests.services.ui.test_web import guard, heard, joined, page, talk

__all__ = ["guard", "page"]


def picture(number, value=80):
    return Picture(number, np.full((48, 64, 3), value, np.uint8), key(number))


async def next_message(opened):
    """Of a picture: its number, width, height and what follows."""
    while True:
        message = await opened.receive(timeout=5)
        if message.type is aiohttp.WSMsgType.BINARY:
            return *struct.unpack(">IHH", message.data[:8]), message.data[8:]


async def next_picture(opened):
    number, _, _, following = await next_message(opened)
    return number, following


def test_one_picture_is_in_flight_and_the_next_is_the_newest(page, guard):
    async def script(opened):
        await joined(page)
        seen = []
        for number in range(1, 6):
            page.show(picture(number))
            await asyncio.sleep(0.05)
        number, _ = await next_picture(opened)
        seen.append(number)
        with pytest.raises(asyncio.TimeoutError):
            await opened.receive(timeout=0.3)
        await opened.send_json({"ack": number})
        seen.append((await next_picture(opened))[0])
        return seen

    assert talk(guard, script) == [1, 5]


def noise(number, height, width):
    return Picture(number, np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8), key(number))


def test_every_pixel_arrives_as_it_was_drawn_whatever_the_size(page, guard):
    drawn = [noise(1, 48, 64), noise(2, 48, 64), noise(3, 31, 1920), noise(4, 48, 64)]

    async def script(opened):
        await joined(page)
        for one in drawn:
            page.show(one)
            number, width, height, pixels = await next_message(opened)
            rgba = np.frombuffer(pixels, np.uint8).reshape(height, width, 4)
            assert number == one.number and (rgba[..., 3] == 255).all()
            assert np.array_equal(rgba[..., 2::-1], one.image)
            await opened.send_json({"ack": number})

    talk(guard, script)


def test_a_page_far_away_gets_jpegs_from_then_on(page, guard, monkeypatch):
    monkeypatch.setattr(web_module, "_FAR_S", 0.01)

    async def script(opened):
        await joined(page)
        sizes = []
        for number in range(1, 31):
            page.show(picture(number))
            _, width, height, following = await next_message(opened)
            sizes.append((width, height))
            # pictures come slowly at first; what came fast later would change nothing
            await asyncio.sleep(0.05 if number < 10 else 0)
            await opened.send_json({"ack": number})
        return sizes, following

    sizes, jpeg = talk(guard, script)
    first_jpeg = sizes.index((0, 0))
    assert set(sizes[:first_jpeg]) == {(64, 48)} and set(sizes[first_jpeg:]) == {(0, 0)}
    assert np.abs(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).astype(int) - 80).max() <= 2


def test_a_hidden_tab_is_not_taken_for_a_page_far_away(page, guard, monkeypatch):
    monkeypatch.setattr(web_module, "_FAR_S", 0.01)

    async def script(opened):
        await joined(page)
        page.show(picture(1))
        await next_message(opened)
        await asyncio.sleep(0.5)
        await opened.send_json({"ack": 1, "late": True})
        page.show(picture(2))
        return (await next_message(opened))[:3]

    assert talk(guard, script) == (2, 64, 48)


def test_an_acknowledgement_tells_when_the_picture_was_seen(page, guard):
    async def script(opened):
        await joined(page)
        page.show(picture(1))
        number, _ = await next_picture(opened)
        await opened.send_json({"ack": number + 7})
        await opened.send_json({"ack": number})
        await opened.send_json({"ack": number})
        await opened.send_json({"key": "m"})
        return await heard(page, 2)

    shown, last = talk(guard, script)
    assert isinstance(shown, Shown) and shown.key.seq == 1
    assert last == Key("m")


def test_a_hidden_tab_is_no_measure_of_latency(page, guard):
    async def script(opened):
        await joined(page)
        page.show(picture(1))
        number, _ = await next_picture(opened)
        await opened.send_json({"ack": number, "late": True})
        await opened.send_json({"key": "m"})
        return await heard(page)

    assert talk(guard, script) == [Key("m")]


def test_a_jpeg_is_encoded_once_for_all_who_look_from_afar(page, guard, monkeypatch):
    made = []
    encode = cv2.imencode

    def counted(*args):
        made.append(1)
        return encode(*args)

    monkeypatch.setattr(wire.cv2, "imencode", counted)

    async def go():
        address = f"http://127.0.0.1:{guard.port}/ws?token={guard.token}&far"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address) as one,
            session.ws_connect(address) as other,
        ):
            await joined(page, 2)
            page.show(picture(1))
            return [(await next_picture(opened))[0] for opened in (one, other)]

    assert asyncio.run(asyncio.wait_for(go(), 20)) == [1, 1]
    assert len(made) == 1


def test_a_viewer_who_never_answers_holds_nobody_up(page, guard):
    async def go():
        address = f"http://127.0.0.1:{guard.port}/ws?token={guard.token}"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address) as _silent,
            session.ws_connect(address) as busy,
        ):
            await joined(page, 2)
            seen = []
            for number in range(1, 11):
                page.show(picture(number))
                seen.append((await next_picture(busy))[0])
                await busy.send_json({"ack": number})
            return seen

    assert asyncio.run(asyncio.wait_for(go(), 20)) == list(range(1, 11))
