"""The training loop: one `Run` holds the network, its optimizer and its averaged weights, and can be saved and resumed.

Everything random is a function of (seed, step), so a resumed run takes the very steps an unbroken one would.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from common.nets.load import float_state, load_into
from common.nets.platenet import PlateNet
from common.weights import Story, Weights
from services.trainer.compose import Batch, Composer
from services.trainer.loss import mask_loss
from services.trainer.own_room import OwnRoom
from services.trainer.recipe import Phase, Recipe
from services.trainer.stock import Stock


class NotFiniteError(Exception):
    """The loss became NaN or infinite; `batch` did it."""

    def __init__(self, step: int, batch: Batch) -> None:
        super().__init__(f"The loss is no longer a number at step {step}")
        self.batch = batch


def to_tensor(pictures: NDArray[np.float32]) -> Tensor:
    """N,H,W,3 0..255 -> N,3,H,W -1..1 channels last."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).div(127.5).sub(1)


def rate_at(step: int, recipe: Recipe) -> float:
    """Share of the peak learning rate: linear up, then a half cosine down to nearly nothing."""
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(recipe.steps - recipe.warm_up, 1)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * min(done, 1))) / 2


class Run:
    """A training under way. Raises WeightsError where `start` does not fit the network."""

    def __init__(self, recipe: Recipe, stock: Stock, story: Story, start: Weights | None = None) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.stock, self.story, self.step = recipe, stock, story, 0
        self.halvings = 0
        """How often the batch was halved, see `halve`."""
        self.net = PlateNet().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if start:
            load_into(self.net, start)
        self._prepared: tuple[Phase, Composer] | None = None
        self._start = {name: tensor.detach().clone() for name, tensor in float_state(self.net).items()}
        self.average = {name: tensor.detach().clone() for name, tensor in float_state(self.net).items()}
        encoder = set(self.net.encoder.parameters())
        rest = [p for p in self.net.parameters() if p not in encoder]
        groups = [{"params": list(self.net.encoder.parameters()), "peak": recipe.encoder_rate}]
        groups.append({"params": rest, "peak": recipe.rate})
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=recipe.weight_decay)

    def take_step(self) -> float:
        """One batch; returns its loss. Raises NotFiniteError, with the weights as they were."""
        phase = self.phase
        batch = self._composer(phase).batch(self.step, phase.plates, phase.frames)
        set_training(self.net, norm_fixed=self.step >= self.recipe.fixed_norm_from)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate_at(self.step, self.recipe)
        loss = self._loss(batch)
        if not torch.isfinite(loss):
            raise NotFiniteError(self.step, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return float(loss.detach())

    @property
    def phase(self) -> Phase:
        """Of the next step, with its batch halved as often as memory asked for."""
        phase = self.recipe.phase_at(self.step)
        for _ in range(self.halvings):
            phase = halved(phase)
        return phase

    def halve(self) -> bool:
        """From now on steps see half as many frames; False where they see a single one already."""
        frames = self.phase.plates * self.phase.frames
        self.halvings += 1
        return frames > 1

    def _composer(self, phase: Phase) -> Composer:
        """The one of before where it does, since it may have prepared its pictures."""
        if self._prepared and self._prepared[0] == phase:
            return self._prepared[1]
        kind = OwnRoom if self.recipe.own_room else Composer
        composer = kind(self.stock, (phase.width, phase.height), self.recipe.seed, phase.mix)
        self._prepared = (phase, composer)
        return composer

    def _loss(self, batch: Batch) -> Tensor:
        plates, frames = to_tensor(batch.plates), to_tensor(batch.frames)
        features = self.net.plate_features(plates)
        repeats = len(frames) // len(plates)
        logits, coarse = self.net.decode(frames, tuple(x.repeat(repeats, 1, 1, 1) for x in features))
        return mask_loss(logits, coarse, torch.from_numpy(batch.truth)[:, None])

    @torch.no_grad()
    def _follow(self) -> None:
        """Moves the averaged weights a little toward the present ones; faster at the beginning."""
        keep = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for name, tensor in float_state(self.net).items():
            self.average[name].lerp_(tensor, 1 - keep)

    def weights(self, kept: float | None = None) -> Weights:
        """The averaged weights, as they would be shipped now, drawn back to the start by a share, the recipe's unless
        given: so what was known of other rooms stays known (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
        models")."""
        created = datetime.now(UTC).isoformat(timespec="seconds")
        story = replace(self.story, steps=self.step, created=created)
        share = self.recipe.kept if kept is None else kept
        found = {name: tensor.lerp(self._start[name], share) for name, tensor in self.average.items()}
        return Weights.of({name: tensor.contiguous().numpy().copy() for name, tensor in found.items()}, story)

    def state(self) -> dict[str, Tensor]:
        """Everything that `restore` needs, flat: present and averaged weights, both moments, the step."""
        state = {f"net.{name}": tensor for name, tensor in float_state(self.net).items()}
        state |= {f"average.{name}": tensor for name, tensor in self.average.items()}
        for name, parameter in self.net.named_parameters():
            for key, value in self.optimizer.state[parameter].items():
                state[f"adam.{key}.{name}"] = value
        state |= {"step": torch.tensor(self.step), "halvings": torch.tensor(self.halvings)}
        return {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        self.step, self.halvings = int(state["step"]), int(state.get("halvings", 0))
        for name, tensor in float_state(self.net).items():
            tensor.data.copy_(state[f"net.{name}"])
            self.average[name].copy_(state[f"average.{name}"])
        for name, parameter in self.net.named_parameters():
            keys = [key for key in ("step", "exp_avg", "exp_avg_sq") if f"adam.{key}.{name}" in state]
            moments = {key: state[f"adam.{key}.{name}"].clone() for key in keys}
            for key in set(moments) - {"step"}:
                moments[key] = torch.empty_like(parameter).copy_(moments[key])
            self.optimizer.state[parameter] = moments


def halved(phase: Phase) -> Phase:
    """Half the plates, or where there is but one, half its frames; never less than one of each."""
    if phase.plates > 1:
        return replace(phase, plates=phase.plates // 2)
    return replace(phase, frames=max(1, phase.frames // 2))


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether it is CUDA's, NumPy's or torch's CPU allocator that has no more; the last has no type of its own."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)


def set_training(net: nn.Module, norm_fixed: bool) -> None:
    net.train()
    if norm_fixed:
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
