"""Videos, folders and sets, over real files."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import UserError
from services.camera.files import Still, Stills, Video, open_path, stills_in
from services.camera.source import EndedError, LostError, Picture, Source


def grey(level: int) -> np.ndarray:
    return np.full((48, 64, 3), level, np.uint8)


def write_video(path: Path, levels: list[int], fps: float = 25) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for level in levels:
        writer.write(grey(level))
    writer.release()
    return path


def write_images(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), grey(10 * number))
    return folder


def played(source: Source) -> list[Picture]:
    pictures = []
    while True:
        try:
            picture = source.read(0)
        except EndedError:
            return pictures
        assert picture is not None
        pictures.append(picture)


def test_a_video_is_played_to_its_end_at_its_own_rate(tmp_path: Path) -> None:
    path = write_video(tmp_path / "three.avi", [10, 100, 200], fps=12.5)
    video = Video(path, default_hz=30)
    pictures = played(video)
    assert video.rate_hz == 12.5
    assert [(picture.source, picture.index) for picture in pictures] == [(str(path), index) for index in range(3)]
    assert [round(float(picture.image.mean()), -1) for picture in pictures] == [10, 100, 200]


@pytest.mark.parametrize("content", [b"", b"not a video", b"RIFF\0\0\0\0AVI LIST"])
def test_a_broken_video_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.avi"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.avi cannot be played"):
        Video(path, 30)


def test_a_video_that_was_cut_off_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.avi", list(range(0, 200, 4)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 < len(played(Video(path, 30))) < 50


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        Video(tmp_path / "gone.avi", 30)


def test_a_set_plays_its_frames_by_number_without_plate_and_masks(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "set3", "10.png", "2.png", "0.png", "2_mask.png", "bkg.png", "notes.png")
    assert stills_in(folder) == [Still(folder / f"{k}.png", k) for k in (0, 2, 10)]


def test_any_other_folder_plays_all_its_pictures_two_before_ten(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "holiday", "img10.JPG", "img2.jpg", "a.bmp")
    (folder / "notes.txt").write_text("no picture")
    assert [still.path.name for still in stills_in(folder)] == ["a.bmp", "img2.jpg", "img10.JPG"]
    assert [picture.index for picture in played(open_path(folder, 30))] == [0, 1, 2]


@pytest.mark.parametrize("names", [(), ("bkg.png",)])
def test_a_folder_without_frames_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="holds no pictures"):
        open_path(write_images(tmp_path / "empty", *names), 30)


def test_one_image_is_a_source_too(tmp_path: Path) -> None:
    write_images(tmp_path, "one.png")
    assert [picture.source for picture in played(open_path(tmp_path / "one.png", 30))] == [str(tmp_path / "one.png")]


def test_a_picture_that_cannot_be_read_is_told_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_images(tmp_path / "mixed", "0.jpg", "1.jpg", "2.jpg")
    (folder / "1.jpg").write_bytes(b"no picture")
    (folder / "2.jpg").unlink()
    stills = Stills([Still(folder / f"{k}.jpg", k) for k in range(3)], "mixed/")
    assert [picture.index for picture in played(stills)] == [0]
    assert "1.jpg" in caplog.text
    assert "2.jpg" in caplog.text


def test_a_folder_of_unreadable_pictures_counts_as_lost(tmp_path: Path) -> None:
    path = tmp_path / "0.png"
    path.write_bytes(b"no picture")
    with pytest.raises(LostError, match=r"No picture of bad/ can be read.*0\.png"):
        Stills([Still(path, 0)], "bad/").read(0)


def test_grey_and_transparent_pictures_become_bgr(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((4, 6), np.uint8))
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((4, 6, 4), np.uint8))
    assert [picture.image.shape for picture in played(open_path(tmp_path, 30))] == [(4, 6, 3), (4, 6, 3)]


def test_a_photograph_too_large_for_the_bus_is_made_smaller(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((100, 8192, 3), np.uint8))
    assert played(open_path(tmp_path / "large.png", 30))[0].image.shape == (50, 4096, 3)
