"""The browser page: the same picture over a WebSocket, and what people press there.

The server runs in a thread of its own with its own event loop; the main loop hands it pictures and takes events. A
viewer has one picture in flight and gets the next, the newest by then, when its canvas has drawn that one. So a slow
viewer neither queues nor holds up anybody. Pixels travel as they are, which on one machine costs least; a page that
is opened with `&far`, or proves to be far away, gets JPEGs, encoded once for all such pages.
"""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from aiohttp import WSCloseCode, WSMsgType, web

from common.clock import now_ns
from common.errors import UserError
from services.ui.fronts import wire
from services.ui.fronts.front import Event, Picture, Shown
from services.ui.fronts.guard import Guard

_HERE = Path(__file__).parent.parent
_FILES = {
    "style.css": _HERE / "page" / "style.css",
    "page.js": _HERE / "page" / "page.js",
    **{f"Inter-{cut}.ttf": _HERE / "fonts" / f"Inter-{cut}.ttf" for cut in ("Medium", "SemiBold", "Bold")},
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_START_S = _STOP_S = 5.0
_GOODBYE_S = 1.0
"""How long the end waits for a page to answer it; a frozen tab never does."""
_FAR_S = 0.1
"""A page whose pictures take longer than this to be acknowledged, in the mean, gets JPEGs from then on."""
_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    """A Front on loopback. Its methods are for the main loop."""

    def __init__(self, guard: Guard) -> None:
        """Serves at once. Raises UserError where the port is taken."""
        self._events: deque[Event] = deque(maxlen=512)
        self._loop = asyncio.new_event_loop()
        self._room = _Room(self._events)
        self._thread = threading.Thread(target=self._loop.run_forever, name="page", daemon=True)
        self._thread.start()
        self._runner = web.AppRunner(_app(guard, self._room), access_log=None, shutdown_timeout=1.0)
        try:
            self._in_loop(self._start(guard.port), _START_S)
        except OSError as error:
            self._end_loop()
            raise UserError(
                f"The page's port 127.0.0.1:{guard.port} is taken ({error.strerror}). Set another with --port."
            ) from None

    async def _start(self, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    def show(self, picture: Picture) -> None:
        """See Front."""
        if self.viewers():
            self._loop.call_soon_threadsafe(self._room.arrive, picture)

    def tell(self, status: Mapping[str, Any]) -> None:
        """See Front."""
        self._loop.call_soon_threadsafe(self._room.hear, json.dumps(status, separators=(",", ":")))

    def events(self) -> list[Event]:
        """See Front."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def viewers(self) -> int:
        """See Front."""
        return len(self._room.viewers)

    def close(self) -> None:
        """See Front. Pages are told that it was the end, and no accident."""
        try:
            self._in_loop(self._room.end(), _STOP_S)
            self._in_loop(self._runner.cleanup(), _STOP_S)
        finally:
            self._end_loop()

    def _in_loop(self, work: Any, limit_s: float) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(limit_s)

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)
        self._loop.close()


class _Viewer:
    """One open page."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.far = "far" in request.query
        self._request = request
        self.news = asyncio.Event()
        self.in_flight: Picture | None = None
        self.sent = 0.0
        self.took_s = 0.0
        """From a picture's sending to its acknowledgement: a running mean."""
        self.seen = 0
        self.told = ""
        self._message: bytearray | None = None

    def pack(self, picture: Picture) -> bytes:
        """The picture's pixels, over those of the last, which were all read when it was acknowledged."""
        self._message = wire.pack_pixels(picture.number, picture.image, self._message)
        # a view, of which a socket that is full keeps the rest without a copy; aiohttp takes more than it declares
        return cast(bytes, memoryview(self._message))

    def acknowledged(self, late: bool) -> None:
        """The picture in flight was drawn; `late` in a hidden tab, which tells nothing of the way there."""
        self.in_flight = None
        if not late:
            self.took_s += 0.1 * (min(time.monotonic() - self.sent, 5 * _FAR_S) - self.took_s)
            self.far |= self.took_s > _FAR_S

    async def dismiss(self) -> None:
        """Tells the page that it was the end. One that takes nothing in, such as a picture on its way, is cut off."""
        with contextlib.suppress(ConnectionError):
            try:
                await asyncio.wait_for(self.socket.close(code=WSCloseCode.OK, message=b"ended"), 2 * _GOODBYE_S)
            except TimeoutError:
                if self._request.transport is not None:
                    self._request.transport.abort()


class _Room:
    """All viewers, for the page's event loop alone."""

    def __init__(self, events: deque[Event]) -> None:
        self.viewers: list[_Viewer] = []
        self._events = events
        self._picture: Picture | None = None
        self._status = ""
        self._jpeg: tuple[int, bytes] = (0, b"")
        self._encoding = asyncio.Lock()

    def arrive(self, picture: Picture) -> None:
        """A new picture."""
        self._picture = picture
        self._wake()

    def hear(self, status: str) -> None:
        """A new status, as JSON."""
        if status != self._status:
            self._status = status
            self._wake()

    def _wake(self) -> None:
        for viewer in self.viewers:
            viewer.news.set()

    async def welcome(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        """Serves one page until it goes."""
        viewer = _Viewer(request, socket)
        self.viewers.append(viewer)
        viewer.news.set()
        sending = asyncio.create_task(self._send(viewer))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear_from(viewer, message.data)
        finally:
            self.viewers.remove(viewer)
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending

    def _hear_from(self, viewer: _Viewer, text: str) -> None:
        said = wire.read(text)
        if isinstance(said, wire.Ack):
            self._acknowledged(viewer, said)
        elif said is not None:
            self._events.append(said)

    def _acknowledged(self, viewer: _Viewer, ack: wire.Ack) -> None:
        picture = viewer.in_flight
        if picture is None or ack.number != picture.number:
            return
        viewer.acknowledged(ack.late)
        if picture.key is not None and not ack.late:
            self._events.append(Shown(picture.key, now_ns()))
        self._wake()

    async def _send(self, viewer: _Viewer) -> None:
        while not viewer.socket.closed:
            await viewer.news.wait()
            viewer.news.clear()
            if viewer.told != self._status:
                viewer.told = self._status
                await viewer.socket.send_str(self._status)
            picture = self._picture
            if viewer.in_flight is None and picture is not None and picture.number > viewer.seen:
                viewer.in_flight, viewer.seen = picture, picture.number
                message = await self._encoded(picture) if viewer.far else viewer.pack(picture)
                viewer.sent = time.monotonic()
                await viewer.socket.send_bytes(message)

    async def _encoded(self, picture: Picture) -> bytes:
        """The picture as JPEG; whoever asks second gets what the first had made."""
        async with self._encoding:
            if self._jpeg[0] != picture.number:
                self._jpeg = picture.number, await asyncio.to_thread(wire.pack_jpeg, picture.number, picture.image)
            return self._jpeg[1]

    async def end(self) -> None:
        """Tells every page that the studio has ended."""
        await asyncio.gather(*(viewer.dismiss() for viewer in self.viewers))


def _app(guard: Guard, room: _Room) -> web.Application:
    async def page(request: web.Request) -> web.StreamResponse:
        _check_token(guard, request)
        return web.FileResponse(_HERE / "page" / "index.html")

    async def file(request: web.Request) -> web.StreamResponse:
        path = _FILES.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def socket(request: web.Request) -> web.StreamResponse:
        _check_token(guard, request)
        made = web.WebSocketResponse(timeout=_GOODBYE_S, heartbeat=20, max_msg_size=wire.MAX_BYTES, compress=False)
        await made.prepare(request)
        await room.welcome(request, made)
        return made

    app = web.Application(middlewares=[_only_ours(guard)])
    app.router.add_get("/", page)
    app.router.add_get("/ws", socket)
    app.router.add_get("/page/{name}", file)
    return app


def _only_ours(guard: Guard) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        stranger = guard.stranger(request.headers.get("Host"), request.headers.get("Origin"))
        if stranger is not None:
            _log.warning("refused a request to the page: %s", stranger)
            raise web.HTTPForbidden(text=stranger, headers=_HEADERS)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    return check


def _check_token(guard: Guard, request: web.Request) -> None:
    if not guard.knows(request.query.get("token")):
        words = (
            "This is not the studio's address, or that of an earlier start. Open the one it printed when it started."
        )
        raise web.HTTPForbidden(text=words, headers=_HEADERS)
