"""Ways in which a folder of image sets can be broken. Each is a function of the folder; all are the same every time."""

import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.drawings import drawn

SIZE = (96, 72)
Break = Callable[[Path], object]


@dataclass(frozen=True)
class Breakage:
    """`told` says that `bgsub sets check` must find it; `rights` that it is a matter of permissions."""

    name: str
    do: Break
    told: bool = True
    rights: bool = False


def write_good(root: Path) -> None:
    """Two whole sets of one room: two frames with a person, one without, and all masks."""
    plate, _, _ = drawn(1, SIZE)
    for number in (1, 2):
        folder = root / f"set{number}"
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / "bkg.png"), plate)
        for k in range(3):
            _, frame, mask = (np.roll(one, 14 * (k + number), axis=1) for one in drawn(10 * number + k, SIZE))
            frame = np.where(mask[..., None] > 127, frame, plate)
            if k == 2:
                frame, mask = plate, np.zeros_like(mask)
            cv2.imwrite(str(folder / f"{k}.png"), frame)
            cv2.imwrite(str(folder / f"{k}_mask.png"), mask)


def claims(width: int, height: int) -> bytes:
    """A PNG of some bytes whose header claims this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100 * (1 + 3 * min(width, 10_000))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bytes_of(suffix: str, image: np.ndarray) -> bytes:
    return cv2.imencode(suffix, image)[1].tobytes()


def changed(change: Callable[[bytes], bytes]) -> Break:
    """The file's bytes are others."""
    return lambda path: replace(path, change(path.read_bytes()))


def redrawn(change: Callable[[np.ndarray], np.ndarray], suffix: str = ".png") -> Break:
    """The file's picture is another."""
    return lambda path: replace(path, bytes_of(suffix, change(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))))


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def instead(make: Callable[[Path], object]) -> Break:
    """Something that is no file stands there."""

    def do(path: Path) -> None:
        path.unlink()
        make(path)

    return do


def flipped(data: bytes) -> bytes:
    rng, torn = np.random.default_rng(4), bytearray(data)
    for at in rng.integers(40, len(torn), 20):
        torn[at] ^= 1 << int(rng.integers(8))
    return bytes(torn)


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(300 << 20)


def linked_out(path: Path) -> None:
    place = path.parent.parent.parent / f"outside-{path.name}"
    place.write_bytes(bytes_of(".png", np.zeros((SIZE[1], SIZE[0], 3), np.uint8)))
    path.symlink_to(place)


def forbidden(mode: int) -> Break:
    return lambda path: path.chmod(mode)


TORN: dict[str, Break] = {
    "empty": changed(lambda _data: b""),
    "only a header": changed(lambda data: data[:33]),
    "cut in a header": changed(lambda data: data[:20]),
    "cut in half": changed(lambda data: data[: len(data) // 2]),
    "cut at the end": changed(lambda data: data[:-14]),
    "noise": changed(lambda data: np.random.default_rng(3).bytes(len(data))),
    "noise behind a signature": changed(lambda data: data[:8] + np.random.default_rng(3).bytes(500)),
    "bits turned": changed(flipped),
    "text": changed(lambda _data: b"not a picture\n"),
    "a bomb": changed(lambda _data: claims(60_000, 60_000)),
    "a wide bomb": changed(lambda _data: claims(900_000, 100)),
    "the largest size of all": changed(lambda _data: claims(2**31 - 1, 2**31 - 1)),
    "no size": changed(lambda _data: claims(0, 0)),
    "a small file of 50 million pixels": changed(lambda _data: claims(10_000, 5_000)),
    "one pixel": redrawn(lambda image: image[:1, :1]),
    "a thread": redrawn(lambda image: np.repeat(image[:, :1], 1, axis=1)),
    "half the size": redrawn(lambda image: image[::2, ::2]),
    "sides swapped": redrawn(lambda image: np.ascontiguousarray(np.swapaxes(image, 0, 1))),
    "a folder": instead(Path.mkdir),
    "a pipe": instead(os.mkfifo),
    "a socket": instead(listening),
    "a device": instead(lambda path: path.symlink_to("/dev/zero")),
    "a terminal": instead(lambda path: path.symlink_to("/dev/tty")),
    "a loop of links": instead(lambda path: path.symlink_to(path.name)),
    "a link to nothing": instead(lambda path: path.symlink_to("nothing.png")),
    "a link out": instead(linked_out),
    "300 MB of nothing": instead(sparse),
}
"""What makes a file of a set useless."""

ODD: dict[str, Break] = {
    "grey": redrawn(lambda image: image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)),
    "16 bits": redrawn(lambda image: image.astype(np.uint16) * 257),
    "alpha": redrawn(
        lambda image: cv2.merge(
            [
                *cv2.split(image if image.ndim == 3 else cv2.merge([image] * 3)),
                image[..., 0] if image.ndim == 3 else image,
            ]
        )
    ),
    "JPEG": redrawn(lambda image: image, ".jpg"),
    "BMP": redrawn(lambda image: image, ".bmp"),
    "WebP": redrawn(lambda image: image if image.ndim == 3 else cv2.merge([image] * 3), ".webp"),
}
"""What is read all the same."""


def add(name: str, data: bytes = b"") -> Break:
    """One more file in set1, by default of nothing."""
    return lambda root: (root / "set1" / name).write_bytes(data)


def also(name: str) -> Break:
    """One more file in set1 that is a picture."""
    return lambda root: (root / "set1" / name).write_bytes((root / "set1" / "0.png").read_bytes())


def all_masks(change: Callable[[np.ndarray], np.ndarray]) -> Break:
    def do(root: Path) -> None:
        for path in root.glob("set*/*_mask.png"):
            redrawn(change)(path)

    return do


def folder_is(make: Callable[[Path], object]) -> Break:
    """Something else stands in set1's place; the set itself lies beside it."""

    def do(root: Path) -> None:
        (root / "set1").rename(root / "moved")
        make(root / "set1")

    return do


def remove(pattern: str) -> Break:
    def do(root: Path) -> None:
        for path in root.glob(pattern):
            path.unlink()

    return do


def many(root: Path) -> None:
    for k in range(3, 400):
        (root / "set1" / f"{k}.png").write_bytes(b"")


def raw_name(root: Path) -> None:
    (Path(os.fsdecode(os.fsencode(root) + b"/set1/\xff\xfe_mask.png"))).write_bytes(b"")


FOLDERS = [
    Breakage("set is a file", folder_is(lambda path: path.write_bytes(b"")), told=False),
    Breakage("set is a pipe", folder_is(os.mkfifo), told=False),
    Breakage("set is empty", folder_is(Path.mkdir)),
    Breakage("set is a link out", folder_is(lambda path: path.symlink_to("/etc"))),
    Breakage("set is a link to itself", folder_is(lambda path: path.symlink_to(path.name)), told=False),
    Breakage("set is a link to another", folder_is(lambda path: path.symlink_to("set2")), told=False),
    Breakage("set is a link to all sets", folder_is(lambda path: path.symlink_to("."))),
    Breakage("highest set", lambda root: (root / "set2").rename(root / "set999999999"), told=False),
    Breakage("set past the highest", lambda root: (root / "set1").rename(root / "set99999999999"), told=False),
    Breakage("set with a sign", lambda root: (root / "set1").rename(root / "set-1"), told=False),
    Breakage("set with zeros", lambda root: (root / "set1").rename(root / "set01"), told=False),
    Breakage("set with a newline", lambda root: (root / "set1").rename(root / "set1\n"), told=False),
    Breakage("set in other digits", lambda root: (root / "set1").rename(root / "set\u0661"), told=False),
    Breakage("no sets", lambda root: root.rename(root.with_name("moved"))),
    Breakage("no frames", remove("set1/[0-9]*.png")),
    Breakage("no frames at all", remove("set*/[0-9]*.png")),
    Breakage("no masks", remove("set*/*_mask.png")),
    Breakage("masks alone", remove("set1/[0-9].png")),
    Breakage("masks all black", all_masks(np.zeros_like), told=False),
    Breakage("masks all white", all_masks(lambda mask: np.full_like(mask, 255))),
    Breakage("masks of 0 and 1", all_masks(lambda mask: mask // 255)),
    Breakage("masks of 0 and 255 in 16 bits", all_masks(lambda mask: mask.astype(np.uint16))),
    Breakage("masks upside down", all_masks(lambda mask: 255 - mask)),
    Breakage("masks grey", all_masks(lambda mask: np.full_like(mask, 128))),
    Breakage("400 empty frames", many),
    Breakage("highest frame", also("999999999.png")),
    Breakage("frame past the highest", also("9999999999.png")),
    Breakage("frame with zeros", also("00.png")),
    Breakage("frame with a sign", also("-1.png")),
    Breakage("frame in other digits", also("\uff11.png")),
    Breakage("frame with a newline", also("7\n.png")),
    Breakage("frame that clears the screen", also("\x1b[2J.png")),
    Breakage("a name of 240 letters", also("x" * 236 + ".png")),
    Breakage("mask without a frame", add("7_mask.png")),
    Breakage("mask with a newline", add("7\n_mask.png")),
    Breakage("mask that clears the screen", add("\x1b[2J_mask.png")),
    Breakage("mask with zeros", also("00_mask.png")),
    Breakage("mask in other digits", also("\u0661_mask.png")),
    Breakage("mask of no number", also("_mask.png")),
    Breakage("mask that is no text", raw_name),
    Breakage("frames as JPEG", lambda root: (root / "set1" / "0.png").rename(root / "set1" / "0.jpg")),
    Breakage(
        "what a crash left",
        lambda root: [add(".0.png.1234.tmp")(root), (root / ".set3.12.tmp").mkdir()],
        told=False,
    ),
    Breakage("trash is a file", add("trash"), told=False),
    Breakage("retired is a file", lambda root: (root / "retired").write_bytes(b""), told=False),
    Breakage("retired is a link out", lambda root: (root / "retired").symlink_to("/tmp"), told=False),
    Breakage("aside is a link out", lambda root: (root / "aside").symlink_to("/tmp"), told=False),
    Breakage("index is a folder", lambda root: (root / "index.csv").mkdir(), told=False),
    Breakage(
        "index is noise",
        lambda root: (root / "index.csv").write_bytes(np.random.default_rng(1).bytes(300)),
        told=False,
    ),
    Breakage(
        "index leads nowhere",
        lambda root: (root / "index.csv").write_text("scene,frame,plate,truth\na,b\0c,../../..,/dev/zero\n"),
        told=False,
    ),
    Breakage("set read-only", lambda root: (root / "set1").chmod(0o555), told=False, rights=True),
    Breakage("set not to be entered", lambda root: (root / "set1").chmod(0o644), rights=True),
    Breakage("set not to be listed", lambda root: (root / "set1").chmod(0o311), rights=True),
    Breakage("set closed", lambda root: (root / "set1").chmod(0), rights=True),
    Breakage("sets read-only", lambda root: root.chmod(0o555), told=False, rights=True),
    Breakage("sets not to be entered", lambda root: root.chmod(0o644), rights=True),
    Breakage("sets closed", lambda root: root.chmod(0), rights=True),
]


def _every() -> Iterator[Breakage]:
    for file in ("bkg", "0", "0_mask"):
        for how, do in TORN.items():
            yield Breakage(f"{file} is {how}", lambda root, do=do, file=file: do(root / "set1" / f"{file}.png"))
        for how, do in ODD.items():
            yield Breakage(
                f"{file} in {how}", lambda root, do=do, file=file: do(root / "set1" / f"{file}.png"), told=False
            )
        yield Breakage(f"{file} is gone", lambda root, file=file: (root / "set1" / f"{file}.png").unlink())
        yield Breakage(
            f"{file} is closed", lambda root, file=file: (root / "set1" / f"{file}.png").chmod(0), rights=True
        )
    yield from FOLDERS


EVERY = tuple(_every())
