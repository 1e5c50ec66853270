"""Batch normalisation by the statistics of a batch that is divided among several processes.

With them a training by several processes takes the steps of one that sees the whole batch. PyTorch
has this for CUDA only; elsewhere the layer here stands in.

Shapes: N inputs of this process, C channels, H x W.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as group
from torch.autograd import Function


class Total(Function):
    """Sum of a tensor over all processes; that of its gradients is its gradient."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:  # noqa: ANN401
        """Sum up the values."""
        summed = value.clone()
        group.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        """Sum up the gradients."""
        summed = gradients[0].clone()
        group.all_reduce(summed)
        return summed


class SharedBatchNorm(nn.BatchNorm2d):
    """``BatchNorm2d`` that learns by the statistics of all processes' inputs together."""

    @classmethod
    def like(cls, norm: nn.BatchNorm2d) -> "SharedBatchNorm":
        """Take the place of a layer: its settings, and the very same weights and buffers."""
        shared = cls(
            norm.num_features,
            eps=norm.eps,
            momentum=norm.momentum,
            affine=norm.affine,
            track_running_stats=norm.track_running_stats,
            device="meta",
        )
        shared.weight, shared.bias = norm.weight, norm.bias
        for name, buffer in norm.named_buffers():
            setattr(shared, name, buffer)
        return shared.train(norm.training)

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise (N, C, H, W), N at least 1."""
        if not self.training:
            return super().forward(inputs)
        mean, variance, count = statistics(inputs.float())
        self.remember(mean.detach(), variance.detach() * (count / (count - 1)))
        scale = torch.rsqrt(variance + self.eps)
        scale = scale * self.weight if self.affine else scale
        shift = self.bias - mean * scale if self.affine else -mean * scale
        shape = (1, -1, 1, 1)
        whole = torch.addcmul(shift.view(shape), inputs.float(), scale.view(shape))
        return whole.to(inputs.dtype)

    @torch.no_grad()
    def remember(self, mean: Tensor, variance: Tensor) -> None:
        """Bring the running statistics nearer to those of a batch, both (C,)."""
        if self.running_mean is None or self.running_var is None:
            return
        self.get_buffer("num_batches_tracked").add_(1)
        tracked = self.get_buffer("num_batches_tracked").item()
        nearer = 1 / tracked if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, nearer)
        self.running_var.lerp_(variance, nearer)


def statistics(inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and variance (C,) of the inputs of all processes, and of how many values each is."""
    variance, mean = torch.var_mean(inputs, dim=(0, 2, 3), correction=0)
    # In double precision, in which the square of a mean may be subtracted from a mean of squares.
    own = torch.stack([mean, variance, torch.ones_like(mean)]).double()
    own = torch.stack([own[0], own[1] + own[0].square(), own[2]])
    sums: Tensor = Total.apply(own * (inputs.numel() / inputs.shape[1]))
    mean, square = sums[0] / sums[2], sums[1] / sums[2]
    return mean.float(), (square - mean.square()).float(), sums[2].detach().float()


def with_shared_norms(model: nn.Module) -> nn.Module:
    """Have the batch normalisation of a model learn by all processes' inputs, in place."""
    if any(one.is_cuda for one in model.parameters()):
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return converted
    for name, norm in list(model.named_modules()):
        if type(norm) is nn.BatchNorm2d:
            model.set_submodule(name, SharedBatchNorm.like(norm))
    return model
