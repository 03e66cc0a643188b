"""Runs one peer's network in the peers' own environment: frames come in by stdin, alphas go out by stdout.

    python peer_worker.py rvm MODEL.onnx | python peer_worker.py rvm_film MODEL.onnx
    python peer_worker.py selfie MODEL.tflite

A frame is its height and width as two little-endian uint32, then H*W*3 bytes BGR; the answer is H*W bytes of alpha.
Imports nothing of this project: the environment has only what the peer wants.
"""

import struct
import sys
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np


def rvm_film(path: str) -> Callable[[Any], Any]:
    """RobustVideoMatting as it is meant for films: what it remembers of earlier frames goes into the next."""
    return rvm(path, remembers=True)


def rvm(path: str, remembers: bool = False) -> Callable[[Any], Any]:
    """RobustVideoMatting, MobileNetV3; sized as its authors advise. Without memory each frame is judged alone."""
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    states = {f"r{n}i": np.zeros((1, 1, 1, 1), np.float32) for n in range(1, 5)}
    results = [f"r{n}o" for n in range(1, 5)] if remembers else []

    def alpha(frame: Any) -> Any:
        source = np.ascontiguousarray(frame[..., ::-1].transpose(2, 0, 1)[None]).astype(np.float32) / 255
        ratio = np.array([min(1.0, 512 / max(frame.shape[:2]))], np.float32)
        found, *after = session.run(["pha", *results], {"src": source, "downsample_ratio": ratio, **states})
        states.update(zip(states, after, strict=False))
        return found[0, 0]

    return alpha


def selfie(path: str) -> Callable[[Any], Any]:
    """MediaPipe selfie segmentation, 256x256."""
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    network = Interpreter(model_path=path, num_threads=1)
    network.allocate_tensors()
    entry, result = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]

    def alpha(frame: Any) -> Any:
        small = cv2.resize(frame, (256, 256), interpolation=cv2.INTER_AREA)[..., ::-1]
        network.set_tensor(entry, small[None].astype(np.float32) / 255)
        network.invoke()
        return cv2.resize(network.get_tensor(result)[0, ..., 0], frame.shape[1::-1])

    return alpha


def serve(alpha: Callable[[Any], Any]) -> None:
    """Until stdin ends."""
    while head := sys.stdin.buffer.read(8):
        height, width = struct.unpack("<II", head)
        data = sys.stdin.buffer.read(height * width * 3)
        found = alpha(np.frombuffer(data, np.uint8).reshape(height, width, 3))
        sys.stdout.buffer.write(np.rint(np.clip(found, 0, 1) * 255).astype(np.uint8).tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve({"rvm": rvm, "rvm_film": rvm_film, "selfie": selfie}[sys.argv[1]](sys.argv[2]))
