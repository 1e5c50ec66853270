"""What is compared: name -> a function that prepares (ours, theirs, what theirs is)."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.metrics import confusion_matrix
from torch.nn.functional import cross_entropy, interpolate, max_pool2d, relu
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from wildroad.core.images import index_photos, resized_photos
from wildroad.core.lazy import LazyMapping
from wildroad.core.metrics.confusion import count_confusion
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.upsampling import upsampled_argmax
from wildroad.datasets.image_array import ImageArrayDataset

Work = Callable[[], object]
Prepared = tuple[Work, Work, str]
PHOTOS, SIZE = 160, 224


def blocky_mask(seed: int, classes: int) -> np.ndarray:
    """A 1024 x 2048 mask of blocks, as runs of labels as long as in street scenes."""
    cells = np.random.default_rng(seed).integers(0, classes, (32, 64), np.uint8)
    return np.kron(cells, np.ones((32, 32), np.uint8))


def confusion_vs_sklearn() -> Prepared:
    target = blocky_mask(0, 19)
    predicted = np.roll(target, (3, 5), axis=(0, 1))
    return (
        lambda: count_confusion(target, predicted, rows=19, columns=19),
        lambda: confusion_matrix(target.ravel(), predicted.ravel(), labels=range(19)),
        "scikit-learn's confusion_matrix, 19 classes, 2048 x 1024",
    )


def upsample_argmax() -> Prepared:
    coarse = torch.from_numpy(
        np.kron(np.eye(19)[blocky_mask(1, 19)[::32, ::32]], np.ones((4, 8, 1)))
    )
    logits = coarse.permute(2, 0, 1).float() + 0.2 * torch.randn(19, 128, 512)
    return (
        lambda: upsampled_argmax(logits, size=(1024, 2048)),
        lambda: interpolate(logits[None], (1024, 2048), mode="bilinear").argmax(1),
        "interpolate + argmax, 19 classes, to 2048 x 1024",
    )


@cache
def photo_folder() -> Path:
    """A folder of two classes of made-up JPEGs of two megapixels, there until the end."""
    folder = Path(tempfile.mkdtemp(prefix="wildroad-benchmark-"))
    atexit.register(shutil.rmtree, folder)
    generator = np.random.default_rng(0)
    for number in range(PHOTOS):
        path = folder / ("fox", "owl")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        cells = generator.integers(0, 256, (60, 80, 3), np.uint8)
        noise = generator.integers(0, 12, (1224, 1632, 3), np.uint8)
        photo = Image.fromarray(cells).resize((1632, 1224), Image.Resampling.BICUBIC)
        Image.fromarray(np.asarray(photo) // 2 + noise).save(path, quality=90)
    return folder


def image_folder_epoch(folder: Path) -> Work:
    """The usual recipe: decode and resize every photo, in as many workers as there are cores."""
    dataset = ImageFolder(str(folder), v2.Compose([v2.Resize((SIZE, SIZE)), v2.PILToTensor()]))
    return lambda: sum(
        len(images) for images, _ in DataLoader(dataset, 16, num_workers=os.cpu_count() or 1)
    )


def decoded_photos(folder: Path) -> LazyMapping[np.ndarray]:
    """The photos of a folder as the data_processing pipeline decodes them."""
    index = index_photos(folder, classes=["fox", "owl"]).photos
    sha256 = dict(zip(index["photo_id"], index["sha256"], strict=True))
    return resized_photos(folder, list(sha256), size=SIZE, sha256=sha256)


def image_array(folder: Path) -> ImageArrayDataset:
    """An image array that is not there yet, beside the photos."""
    array = Path(tempfile.mkdtemp(prefix="arrays-", dir=folder.parent)) / "photos"
    atexit.register(shutil.rmtree, array.parent)
    return ImageArrayDataset(filepath=str(array))


def image_array_build() -> Prepared:
    folder = photo_folder()
    photos = decoded_photos(folder)
    return (
        lambda: image_array(folder).save(photos),
        image_folder_epoch(folder),
        "torchvision's ImageFolder + Resize, two megapixels to 224 px, same cores",
    )


def image_array_epoch() -> Prepared:
    folder = photo_folder()
    dataset = image_array(folder)
    dataset.save(decoded_photos(folder))
    images = dataset.load()

    def epoch() -> int:
        order = np.random.default_rng(0).permutation(len(images))
        return sum(images.pixels[chosen].size for chosen in np.array_split(order, PHOTOS // 16))

    return epoch, image_folder_epoch(folder), "an epoch of torchvision's ImageFolder + Resize"


def convnet_step_cpu() -> Prepared:
    generator = torch.Generator().manual_seed(0)
    photos = torch.randn(32, 3, SIZE, SIZE, generator=generator)
    target = torch.randint(0, 10, (32,), generator=generator)
    ours = build_classifier("convnet", classes=10, image_size=SIZE, weights=None, seed=0)
    theirs = build_classifier("convnet", classes=10, image_size=SIZE, weights=None, seed=0)
    ours = ours.to(memory_format=torch.channels_last)
    last = photos.to(memory_format=torch.channels_last)

    def usual_step() -> None:
        maps = photos
        for layer, pool in ((theirs.conv1, 4), (theirs.conv2, 2), (theirs.conv3, 2)):
            maps = max_pool2d(relu(layer(maps)), pool)
        cross_entropy(theirs.head(maps.flatten(1)), target).backward()

    return (
        lambda: cross_entropy(ours(last), target).backward(),
        usual_step,
        "the same ConvNet with ReLU before pooling, float32, NCHW, 32 photos of 224 px",
    )


ALL: dict[str, Callable[[], Prepared]] = {
    work.__name__: work
    for work in (
        confusion_vs_sklearn,
        upsample_argmax,
        image_array_build,
        image_array_epoch,
        convnet_step_cpu,
    )
}
