"""From checked weights to a network and back."""

import numpy as np
import torch
from torch import Tensor, nn

from common.nets.platenet import ARCHITECTURE, PlateNet
from common.weights import Weights


def float_state(net: nn.Module) -> dict[str, Tensor]:
    """Parameters and batch norm's statistics, without its integer counters."""
    return {name: tensor for name, tensor in net.state_dict().items() if tensor.is_floating_point()}


def load_into(net: PlateNet, weights: Weights) -> None:
    """Copies weights into the network; raises WeightsError where they don't fit."""
    own = float_state(net)
    weights.require(ARCHITECTURE, {name: tuple(tensor.shape) for name, tensor in own.items()})
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(torch.from_numpy(np.array(weights.tensors[name])))


def build(weights: Weights) -> PlateNet:
    """A network that holds these weights; raises WeightsError where they don't fit."""
    net = PlateNet()
    load_into(net, weights)
    return net
