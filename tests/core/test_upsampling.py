import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from wildroad.core import upsampling
from wildroad.core.upsampling import upsampled_argmax


def plain(logits: Tensor, size: tuple[int, int]) -> Tensor:
    large = interpolate(logits[None], size, mode="bilinear", align_corners=False)
    return large[0].argmax(0).to(torch.uint8)


def random_logits(seed: int, shape: tuple[int, int, int]) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def smooth_logits(seed: int, shape: tuple[int, int, int]) -> Tensor:
    noise = random_logits(seed, (shape[0], shape[1] + 16, shape[2] + 16))
    return 30 * avg_pool2d(noise, 17, stride=1)


@pytest.fixture
def by_cells_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing to the plain way, as it is taken for many ties."""
    monkeypatch.setattr(upsampling, "_MOST_CLOSE", 1.0)


@pytest.mark.usefixtures("by_cells_only")
@pytest.mark.parity
@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    shape=st.tuples(st.integers(1, 19), st.integers(1, 24), st.integers(1, 24)),
    larger=st.tuples(st.integers(0, 120), st.integers(0, 120)),
    kind=st.sampled_from(["float32", "bfloat16", "whole numbers", "smooth"]),
)
@example(seed=0, shape=(3, 1, 1), larger=(100, 70), kind="float32")
@example(seed=0, shape=(5, 9, 9), larger=(0, 120), kind="whole numbers")
@example(seed=0, shape=(19, 16, 16), larger=(112, 112), kind="whole numbers")
def test_no_pixel_differs_from_interpolation_and_argmax(seed, shape, larger, kind) -> None:
    logits = smooth_logits(seed, shape) if kind == "smooth" else random_logits(seed, shape)
    if kind == "bfloat16":
        logits = logits.bfloat16().float()
    if kind == "whole numbers":  # ties at every other border
        logits = (2 * logits).round()
    size = (shape[1] + larger[0], shape[2] + larger[1])
    mask = upsampled_argmax(logits, size=size)
    assert mask.dtype == torch.uint8
    assert torch.equal(mask, plain(logits, size))


@pytest.mark.parity
@pytest.mark.parametrize("size", [(512, 1024), (540, 960), (513, 1023), (64, 128), (30, 50)])
@pytest.mark.parametrize("bfloat16", [False, True])
def test_full_size_masks_are_pytorchs(size, bfloat16) -> None:
    logits = smooth_logits(0, (19, 64, 128))
    logits = logits.bfloat16().float() if bfloat16 else logits
    assert torch.equal(upsampled_argmax(logits, size=size), plain(logits, size))


@pytest.mark.usefixtures("by_cells_only")
@pytest.mark.parametrize("apart", [0.0, 1e-7, -1e-7])
def test_classes_as_good_as_equal_everywhere_are_told_apart_as_pytorch_does(apart) -> None:
    logits = torch.stack([smooth_logits(3, (1, 9, 12))[0]] * 2)
    logits[1] *= 1 + apart
    assert torch.equal(upsampled_argmax(logits, size=(100, 90)), plain(logits, (100, 90)))


def test_the_first_of_equal_classes_is_taken() -> None:
    assert upsampled_argmax(torch.zeros(3, 8, 8), size=(80, 80)).eq(0).all()


@pytest.mark.faults
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_give_what_pytorch_gives(value) -> None:
    logits = smooth_logits(1, (4, 12, 16))
    logits[2, 5, 7] = value
    assert torch.equal(upsampled_argmax(logits, size=(96, 128)), plain(logits, (96, 128)))


def test_logits_of_any_memory_format_and_with_a_gradient_are_taken() -> None:
    logits = smooth_logits(2, (5, 16, 24))
    last = logits.permute(1, 2, 0).contiguous().permute(2, 0, 1).requires_grad_()
    assert torch.equal(upsampled_argmax(last, size=(128, 192)), plain(logits, (128, 192)))
