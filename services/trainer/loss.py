"""What training minimises: cross entropy, heavier along edges, and soft IoU a picture."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, max_pool2d

EDGE_WEIGHT = 3.0
EDGE_WIDTH = 5  # pixels of the network's input
EMPTY_WEIGHT = 2.0  # pictures with nobody in them: false foreground costs more


def edge_band(truth: Tensor) -> Tensor:
    """1 within EDGE_WIDTH // 2 pixels of the outline, else 0; truth N,1,H,W 0..1."""
    half = EDGE_WIDTH // 2
    spread = max_pool2d(truth, EDGE_WIDTH, 1, half) + max_pool2d(-truth, EDGE_WIDTH, 1, half)
    return (spread > 0.3).float()


def soft_iou_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """1 - IoU of soft masks, N; 0 for pictures without foreground, where IoU says nothing."""
    alpha = logits.sigmoid()
    common = torch.minimum(alpha, truth).sum((1, 2, 3))
    either = torch.maximum(alpha, truth).sum((1, 2, 3))
    return torch.where(truth.sum((1, 2, 3)) > 1, 1 - common / either.clamp(min=1), torch.zeros_like(common))


def mask_loss(logits: Tensor, coarse: Tensor, truth: Tensor) -> Tensor:
    """A number; logits and truth N,1,H,W, coarse logits N,1,H/8,W/8."""
    entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    weighted = entropy * (1 + EDGE_WEIGHT * edge_band(truth))
    empty = 1 + (EMPTY_WEIGHT - 1) * (truth.sum((1, 2, 3)) < 1).float()
    small = binary_cross_entropy_with_logits(coarse, avg_pool2d(truth, 8))
    return (weighted.mean((1, 2, 3)) * empty).mean() + 0.5 * soft_iou_loss(logits, truth).mean() + 0.3 * small
