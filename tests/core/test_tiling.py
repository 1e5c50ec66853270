import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d

from wildroad.core.tiling import ALIGNMENT, Tiling, tiled_logits

SIDES = st.integers(1, 300)
TILE_SIDES = st.integers(2, 6).map(lambda number: 32 * number)


def quarter(images: Tensor) -> Tensor:
    """Logits at a quarter of the size, that depend on nothing beyond their own pixels."""
    return avg_pool2d(images, 4, ceil_mode=True)


@settings(max_examples=50, deadline=None)
@given(length=SIDES, tile=TILE_SIDES, overlap=st.sampled_from([0.0, 0.25, 0.5]))
def test_tiles_cover_a_side_in_steps_of_the_grid(length, tile, overlap) -> None:
    starts = Tiling(overlap=overlap).starts(length, tile)
    ends = [0, *(min(start + tile, length) for start in starts)]
    assert all(start <= end for start, end in zip(starts, ends[:-1], strict=True))
    assert ends[-1] == length
    assert all(start % ALIGNMENT == 0 for start in starts)
    assert starts == sorted(set(starts))
    assert starts[-1] < length


@settings(max_examples=30, deadline=None)
@given(height=SIDES, width=SIDES, tile=st.tuples(TILE_SIDES, TILE_SIDES))
def test_tiles_of_a_local_function_blend_into_that_of_the_whole(height, width, tile) -> None:
    images = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(height))
    blended = tiled_logits(quarter, images, Tiling(tile=tile))
    whole = quarter(images)
    assert blended.shape == whole.shape
    assert torch.allclose(blended, whole, atol=1e-5)


def test_logits_change_gradually_from_one_tile_to_the_next() -> None:
    """Two tiles of constant logits 0 and 1 blend linearly over their overlap."""
    seen = iter([0.0, 1.0])
    blended = tiled_logits(
        lambda images: torch.full_like(quarter(images), next(seen)),
        torch.zeros(1, 1, 64, 96),
        Tiling(tile=(64, 64), overlap=0.5),
    )[0, 0]
    assert torch.equal(blended, blended[:1].expand_as(blended))
    line = blended[0]
    assert line[:8].eq(0).all()
    assert line[16:].eq(1).all()
    assert (line[8:16].diff() > 0).all()
    assert torch.allclose(line[8:16] + line[8:16].flip(0), torch.ones(8))


@settings(max_examples=50, deadline=None)
@given(size=st.tuples(st.integers(1, 9000), st.integers(1, 9000)))
def test_tiles_found_by_themselves_are_small_enough_and_no_smaller_than_needed(size) -> None:
    tiling = Tiling(most_pixels=1 << 20)
    tile = tiling.tile_of(size)
    assert tile[0] * tile[1] <= 1 << 20
    if size[0] * size[1] <= 1 << 20:
        assert tile == size
    else:
        assert tile[0] * tile[1] >= 1 << 18


def test_images_that_fit_are_seen_whole() -> None:
    images = torch.rand(1, 3, 64, 64)
    assert tiled_logits(lambda given: given, images, Tiling()) is images


@pytest.mark.faults
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"tile": (100, 128)}, r"tile is \(100, 128\); multiples of 32"),
        ({"tile": (0, 64)}, "multiples of 32 from 64 pixels are needed"),
        ({"overlap": 0.6}, "overlap is 0.6; a share from 0 to 0.5"),
        ({"most_pixels": 100}, "most_pixels is 100; at least 4096"),
    ],
)
def test_tiles_that_can_not_be_are_refused(wrong, told) -> None:
    with pytest.raises(ValueError, match=told):
        Tiling(**wrong)
