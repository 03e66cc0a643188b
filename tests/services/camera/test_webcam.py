"""What is asked of webcams and streams at the OpenCV seam."""

import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest

from common.settings import CameraSettings
from services.camera.live import LiveSource
from services.camera.source import EndedError, LostError
from services.camera.webcam import open_stream, open_webcam, without_password
from tests.services.camera.fake_capture import FakeCapture, Plugs, noisy
from tests.services.camera.test_files import write_video
from tests.waiting import until

SETTINGS = CameraSettings(width=1280, height=720, fps=60)


def running(source: LiveSource) -> LiveSource:
    assert until(lambda: source.read(0.05) is not None)
    return source


def test_format_size_and_rate_are_asked_for_together_before_the_first_frame() -> None:
    capture = FakeCapture()
    running(open_webcam("2", SETTINGS, Plugs(capture))).close()
    assert capture.asked == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 60),
    ]


def test_what_was_asked_for_and_what_came_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        source = running(open_webcam("2", SETTINGS, Plugs(FakeCapture())))
    source.close()
    assert "webcam 2: asked for 1280x720 MJPG at 60 fps, gives 64x48 MJPG at 60 fps" in caplog.text
    assert source.device == "webcam 2, 64x48 MJPG at 60 fps"


@pytest.mark.skipif(sys.platform != "linux", reason="Video4Linux2 is Linux's")
@pytest.mark.parametrize(("given", "device"), [("3", 3), ("/dev/v4l/by-id/cam", "/dev/v4l/by-id/cam")])
def test_a_webcam_is_named_by_number_or_path(given: str, device: int | str) -> None:
    plugs = Plugs(FakeCapture())
    source = running(open_webcam(given, SETTINGS, plugs))
    source.close()
    assert plugs.opened == [(device, cv2.CAP_V4L2)]
    assert source.mirrors


def test_a_stream_is_opened_with_time_limits_and_not_mirrored() -> None:
    plugs = Plugs(FakeCapture())
    source = running(open_stream("rtsp://host/live", plugs))
    source.close()
    url, api, limits = plugs.opened[0]
    assert (url, api) == ("rtsp://host/live", cv2.CAP_FFMPEG)
    assert {cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC} <= set(limits)
    assert not source.mirrors


def test_opencv_itself_takes_these_arguments() -> None:
    """No webcam has this number, and nobody listens on this port; what matters is that the calls are understood."""
    for source in (open_webcam("97", SETTINGS), open_stream("http://127.0.0.1:9/none")):
        with pytest.raises(Exception, match="cannot be opened"):
            assert until(lambda source=source: source.read(0.1) is not None)


def test_a_password_is_not_shown() -> None:
    assert without_password("rtsp://me:secret@host:554/live?token=x") == "rtsp://host:554/live"


class Server(BaseHTTPRequestHandler):
    """Serves `/live`, 40 frames of MJPEG and then the end of the line, and `/clip.avi`, a file."""

    clip = b""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/clip.avi":
            self.send_header("Content-Length", str(len(self.clip)))
            self.end_headers()
            self.wfile.write(self.clip)
            return
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for number in range(40):
            jpeg = cv2.imencode(".jpg", noisy(number))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    Server.clip = write_video(tmp_path / "clip.avi", list(range(0, 200, 10))).read_bytes()
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join(5)


def played(url: str) -> int:
    """Plays a stream to whatever ends it; the frames seen."""
    source = open_stream(url)
    seen = 0
    try:
        while True:
            seen += source.read(0.5) is not None
    finally:
        source.close()
        assert seen


def test_a_real_stream_plays_until_its_server_hangs_up(server: str) -> None:
    with pytest.raises(LostError, match=r"/live stopped giving frames"):
        played(f"{server}/live")


def test_a_film_at_a_url_plays_to_its_end(server: str) -> None:
    with pytest.raises(EndedError):
        played(f"{server}/clip.avi")
