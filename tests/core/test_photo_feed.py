import numpy as np
import pytest
import torch

from wildroad.core.classification import LabelledPhotos, photo_batches
from wildroad.core.photo_feed import ResidentPhotos, feed, feed_ahead, has_room, put_on

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def photos():
    generator = np.random.default_rng(0)
    arrays = tuple(generator.integers(0, 256, (n, 5, 4, 3), np.uint8) for n in (300, 7))
    places = np.array([(0, row) for row in range(300)] + [(1, row) for row in range(7)])
    order = generator.permutation(307)
    return LabelledPhotos(arrays, places[order], torch.from_numpy(order % 10))


def same(batches, others):
    pairs = list(zip(batches, others, strict=True))
    return len(pairs) > 1 and all(
        torch.equal(one, other) for pair in pairs for one, other in zip(*pair, strict=True)
    )


@pytest.mark.parametrize("order_seed", [None, 3])
def test_photos_on_a_device_give_the_batches_of_those_in_files(photos, order_seed):
    options = {"batch_size": 32, "device": CPU, "order_seed": order_seed}
    there = put_on(photos, CPU)
    assert same(photo_batches(there, **options), photo_batches(photos, **options))
    assert next(photo_batches(there, **options))[0].is_contiguous(memory_format=torch.channels_last)


def test_a_part_of_photos_on_a_device_is_the_part_of_those_in_files(photos):
    options = {"batch_size": 8, "device": CPU, "order_seed": None}
    part = put_on(photos, CPU).part(slice(40, 71))
    assert len(part) == 31
    assert same(
        photo_batches(part, **options), photo_batches(photos.part(slice(40, 71)), **options)
    )


def test_batches_that_threads_gather_ahead_are_the_same_in_the_same_order(photos):
    batches = np.array_split(np.random.default_rng(1).permutation(307), 20)
    pinned = []

    def pin(tensor):
        pinned.append(tensor)
        return tensor

    assert same(feed_ahead(photos, batches, CPU, pin=pin), feed(photos, batches, CPU))
    assert len(pinned) == 40


def test_photos_go_to_a_gpu_that_has_room_for_them_beside_the_training(photos, monkeypatch):
    size = 307 * 5 * 4 * 3
    assert not has_room(0, CPU)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2 * size, 99 * size))
    assert has_room(size, CUDA)
    assert not has_room(size + 1, CUDA)
    assert photos.settled(CPU) is photos


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_gets_the_same_batches_resident_and_pinned(photos):
    batches = np.array_split(np.arange(307), 9)
    there = photos.settled(CUDA)
    assert isinstance(there, ResidentPhotos)
    on_cpu = list(feed(photos, batches, CPU))
    for source in (there, photos):
        assert same(
            [(pixels.cpu(), targets.cpu()) for pixels, targets in feed(source, batches, CUDA)],
            on_cpu,
        )
