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
from cityscapes import (
    Prepared,
    Work,
    blocky_mask,
    confusion_vs_cityscapes,
    evaluation_vs_cityscapes,
    evaluation_vs_cityscapes_iou,
)
from embeddings import tsne_12k, tsne_12k_3d, tsne_12k_gpu
from PIL import Image
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.nn.functional import cross_entropy, interpolate
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.models import resnet18
from torchvision.transforms import v2

from wildroad.core.checkpoints import IMAGENET_MEAN, IMAGENET_STD, CheckpointFacts
from wildroad.core.classification import ClassifierInput, is_hit
from wildroad.core.devices import Precision, cpu_has_bfloat16, uses_bfloat16
from wildroad.core.images import index_photos, resized_photos
from wildroad.core.lazy import LazyMapping
from wildroad.core.mask_prediction import ready
from wildroad.core.metrics.confusion import count_confusion
from wildroad.core.models.classifiers import Normalise, build_classifier
from wildroad.core.models.deeplab import BackboneName, deeplab
from wildroad.core.recipes import Recipe
from wildroad.core.training import Trainer
from wildroad.core.upsampling import upsampled_argmax
from wildroad.datasets.image_array import ImageArrayDataset

PHOTOS, SIZE = 160, 224


def confusion_vs_sklearn() -> Prepared:
    target = blocky_mask(0, 19)
    predicted = np.roll(target, (3, 5), axis=(0, 1))
    return (
        lambda: count_confusion(target, predicted, rows=19, columns=19),
        lambda: confusion_matrix(target.ravel(), predicted.ravel(), labels=range(19)),
        "scikit-learn's confusion_matrix, 19 classes, 2048 x 1024",
    )


def structured_logits(noise: float) -> torch.Tensor:
    """Logits (19, 256, 512) as of a street scene: large smooth regions, and some noise on them."""
    generator = torch.Generator().manual_seed(0)
    coarse = 5 * torch.randn(1, 19, 8, 16, generator=generator)
    smooth = interpolate(coarse, (256, 512), mode="bicubic")[0]
    return smooth + noise * torch.randn(19, 256, 512, generator=generator)


def upsampling_of(logits: torch.Tensor, what: str) -> Prepared:
    return (
        lambda: upsampled_argmax(logits, size=(1024, 2048)),
        lambda: interpolate(logits[None], (1024, 2048), mode="bilinear").argmax(1),
        f"interpolate + argmax, 19 classes of {what}, 512 x 256 to 2048 x 1024",
    )


def upsample_argmax() -> Prepared:
    return upsampling_of(structured_logits(0.05), "smooth regions with a little noise")


def upsample_argmax_noise() -> Prepared:
    noise = torch.randn(19, 256, 512, generator=torch.Generator().manual_seed(0))
    return upsampling_of(noise, "nothing but noise, the worst case")


def deeplab_on_cpu(backbone: BackboneName, *, bfloat16: bool) -> Prepared:
    """One frame through the network in the form inference takes, against the model as it is."""
    torch.manual_seed(0)
    model = deeplab(backbone, classes=19, output_stride=16).eval()
    frame = torch.randn(1, 3, 512, 1024)
    logits_of = ready(model, device=torch.device("cpu"), bfloat16=bfloat16)
    channels_last = frame.contiguous(memory_format=torch.channels_last)
    precision = "bfloat16" if bfloat16 else "float32"
    return (
        torch.inference_mode()(lambda: logits_of(channels_last)),
        torch.inference_mode()(lambda: model.decoder_logits(frame)),
        f"eager float32 NCHW, 512 x 1024, to logits; ours in {precision}",
    )


def deeplab_resnet101_cpu() -> Prepared:
    return deeplab_on_cpu("resnet101", bfloat16=cpu_has_bfloat16())


def deeplab_mobilenet_cpu() -> Prepared:
    return deeplab_on_cpu("mobilenet_v2", bfloat16=cpu_has_bfloat16())


def deeplab_resnet101_cpu_float32() -> Prepared:
    return deeplab_on_cpu("resnet101", bfloat16=False)


def deeplab_mobilenet_cpu_float32() -> Prepared:
    return deeplab_on_cpu("mobilenet_v2", bfloat16=False)


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


def photo_batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Thirty-two photos as uint8, in channels-last memory as `LabelledPhotos` gives them."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (32, SIZE, SIZE, 3), generator=generator, dtype=torch.uint8)
    return pixels.permute(0, 3, 1, 2), torch.randint(0, 10, (32,), generator=generator)


def project_step(architecture: str, precision: Precision = "auto") -> Work:
    """One step of the project as it trains: uint8 photos in, weights changed."""
    cpu, names = torch.device("cpu"), tuple("abcdefghij")
    facts = CheckpointFacts("classification", architecture, names, SIZE, SIZE)
    model = build_classifier(architecture, classes=10, image_size=SIZE, weights=None, seed=0)
    trainer = Trainer(
        ClassifierInput(model, facts).to(memory_format=torch.channels_last).train(),
        loss=cross_entropy,
        running={"train_accuracy": is_hit},
        recipe=Recipe(epochs=1, learning_rate=1e-3, bfloat16=uses_bfloat16(precision, cpu)),
        steps=1000,
        device=cpu,
    )
    batch = photo_batch()
    return lambda: trainer.step(batch)


def usual_step(model: nn.Module) -> Work:
    """The step everybody copies: float32, NCHW, photos that are normalised already, Adam."""
    photos, target = photo_batch()
    inputs = Normalise(IMAGENET_MEAN, IMAGENET_STD)(photos.contiguous())
    optimizer = torch.optim.Adam(model.train().parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(model(inputs), target).backward()
        optimizer.step()

    return step


def convnet_step(precision: Precision) -> Prepared:
    convolutions = [
        layer
        for maps, more, pool in ((3, 32, 4), (32, 64, 2), (64, 128, 2))
        for layer in (nn.Conv2d(maps, more, 3, padding=1), nn.ReLU(), nn.MaxPool2d(pool))
    ]
    head = nn.Flatten(), nn.Linear(128 * (SIZE // 16) ** 2, 10)
    return (
        project_step("convnet", precision),
        usual_step(nn.Sequential(*convolutions, *head)),
        "the same ConvNet with ReLU before pooling, float32, NCHW, Adam, 32 photos of 224 px",
    )


def convnet_step_cpu() -> Prepared:
    return convnet_step("auto")


def convnet_step_cpu_float32() -> Prepared:
    return convnet_step("float32")


def train_step(precision: Precision) -> Prepared:
    return (
        project_step("resnet18", precision),
        usual_step(resnet18(num_classes=10)),
        "torchvision's ResNet-18, float32, NCHW, Adam, 32 photos of 224 px",
    )


def train_step_cpu() -> Prepared:
    return train_step("auto")


def train_step_cpu_float32() -> Prepared:
    return train_step("float32")


ALL: dict[str, Callable[[], Prepared]] = {
    work.__name__: work
    for work in (
        confusion_vs_sklearn,
        confusion_vs_cityscapes,
        evaluation_vs_cityscapes,
        evaluation_vs_cityscapes_iou,
        upsample_argmax,
        upsample_argmax_noise,
        deeplab_resnet101_cpu,
        deeplab_mobilenet_cpu,
        deeplab_resnet101_cpu_float32,
        deeplab_mobilenet_cpu_float32,
        image_array_build,
        image_array_epoch,
        convnet_step_cpu,
        convnet_step_cpu_float32,
        train_step_cpu,
        train_step_cpu_float32,
        tsne_12k,
        tsne_12k_3d,
        *((tsne_12k_gpu,) if torch.cuda.is_available() else ()),
    )
}
