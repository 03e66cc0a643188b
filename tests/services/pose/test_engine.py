from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from common.errors import UserError
from common.weights import Story, Weights
from services.pose import engine
from services.pose.engine import PoseEngine, convert, input_size, is_converted, model_folder
from services.pose.estimator import to_frame
from services.pose.models import MODELS, PoseModel
from services.pose.posenet import PoseNet
from services.pose.skeleton import Skeleton


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> tuple[PoseModel, PoseNet, Path]:
    """A network of random weights, kept and converted as the real one is."""
    cache = tmp_path_factory.mktemp("cache")
    torch.manual_seed(3)
    net = PoseNet(0.75, 16).eval()
    tensors = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    weights = Weights.of(tensors, Story("posenet_075"))
    model = replace(MODELS["075"], id=weights.id)
    model.path(cache).parent.mkdir(parents=True)
    model.path(cache).write_bytes(weights.to_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MODELS", {"075": model})
        convert("075", 16, cache)
    return model, net, cache


def test_openvino_answers_as_torch_does(converted: tuple[PoseModel, PoseNet, Path]) -> None:
    model, net, cache = converted
    assert is_converted(model, 16, cache)
    image = np.random.default_rng(0).integers(0, 256, (193, 257, 3), np.uint8)
    maps, shape = PoseEngine(model_folder(model, 16, cache), 16, 257, 1).maps(image)
    assert shape == (193, 257)
    rgb = torch.from_numpy(image[:, :, ::-1].copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.inference_mode():
        heat, offsets, forward, backward = (x[0].numpy() for x in net(rgb))
    np.testing.assert_allclose(maps.heat, heat, atol=1e-4)
    rows, columns = np.meshgrid(16 * np.arange(13), 16 * np.arange(17), indexing="ij")
    np.testing.assert_allclose(maps.places[0], offsets[:17] + rows, atol=1e-3)
    np.testing.assert_allclose(maps.places[1], offsets[17:] + columns, atol=1e-3)
    np.testing.assert_allclose(maps.forward.reshape(32, 13, 17), forward, atol=1e-3)
    np.testing.assert_allclose(maps.backward.reshape(32, 13, 17), backward, atol=1e-3)


def test_weights_that_are_not_the_checked_ones_are_refused(converted: tuple[PoseModel, PoseNet, Path]) -> None:
    with pytest.raises(UserError, match="not the pose network it should be"):
        convert("075", 16, converted[2])


@pytest.mark.parametrize(
    ("height", "width", "asked", "shape"),
    [
        (480, 640, 353, (257, 353)),
        (480, 640, 321, (241, 321)),
        (720, 1280, 353, (193, 353)),
        (640, 480, 129, (177, 129)),
    ],
)
def test_the_network_s_input_keeps_the_picture_s_proportions(
    height: int, width: int, asked: int, shape: tuple[int, int]
) -> None:
    assert input_size(height, width, asked) == shape
    assert all(side % 16 == 1 for side in shape)


def test_points_land_on_the_frame_s_pixels() -> None:
    points = np.zeros((17, 3), np.float32)
    points[0], points[1] = (176, 128, 0.5), (352.5 - 0.5, 256, 0.5)  # the centre, the far corner
    found = to_frame(Skeleton(0.5, points), (257, 353), np.zeros((480, 640, 3), np.uint8)).keypoints
    np.testing.assert_allclose(found[0], (319.5, 239.5, 0.5), atol=0.01)
    assert found[1, 0] < 640
    assert found[1, 1] < 480
