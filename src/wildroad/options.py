"""What ``params:`` may hold: frozen, bounded models that refuse unknown keys.

Kedro builds them from ``conf/*/parameters_*.yml`` before any node runs. PyTorch is imported only
when a block is turned into what the core trains with.
"""

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from wildroad.core.checkpoint_facts import IMAGENET_MEAN, IMAGENET_STD
from wildroad.core.devices import DeviceName, Precision
from wildroad.core.evaluation import Sizes
from wildroad.core.metrics.intervals import Bootstrap

if TYPE_CHECKING:  # return types only: what a field holds has to be known at run time
    from wildroad.core.augmentation import Distortion
    from wildroad.core.domain_masks import Inference
    from wildroad.core.launching import Launcher
    from wildroad.core.models.segmenters import SegmenterForm
    from wildroad.core.recipes import Recipe
    from wildroad.core.road_training import SceneRecipe

MODELS = ("convnet", "resnet18", "resnet18_augmented")
"""The classifiers, one namespace each; each needs a block of parameters of its name."""

DOMAINS = ("idd", "cityscapes")
"""The sets of scenes, one namespace each; ``params:domains`` names others."""

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
NonNegative = Annotated[int, Field(ge=0)]
TileSide = Annotated[int, Field(ge=64, multiple_of=32)]
Triple = tuple[float, float, float]
Side = Annotated[int, Field(ge=32)]


class Options(BaseModel):
    """What all blocks have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @field_validator("*", mode="before")
    @classmethod
    def _takes_no_truth_value_for_another(cls, value: object, info: ValidationInfo) -> object:
        wanted = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and wanted is not bool:
            raise ValueError(f"{value} is a truth value: write a number or a text in quotes")
        return value


class PhotoOptions(Options):
    """Which photos are read, and how they are decoded.

    Attributes:
        classes: Class folders in the order of the model's outputs; null reads all, sorted.
        image_size: Height and width of the decoded photos in pixels.
        max_hash_distance: Bits (of 256) by which two frames of one burst may differ.
        burst_pattern: Regular expression for the whole photo id ("class/file.jpg") whose first
            group names the burst; null where file names say nothing of it.
    """

    classes: tuple[str, ...] | None = None
    image_size: Annotated[int, Field(ge=16, le=4096)] = 224
    max_hash_distance: Annotated[int, Field(ge=0, le=256)] = 24
    burst_pattern: str | None = None

    @field_validator("burst_pattern")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        if pattern is not None and re.compile(pattern).groups < 1:
            raise ValueError(f"{pattern!r} has no group in parentheses that names the burst")
        return pattern


class SplitOptions(Options):
    """How photos are divided.

    Attributes:
        train: Share of the photos to train on; the three shares add up to 1.
        val: Share to choose the epoch by.
        test: Share to measure on.
        group_column: Column of the table photo_metadata (camera, burst, date ...); photos with the
            same value stay in one split. Null where there is no such table.
        seed: Seed of the draw.
    """

    train: Share = 0.7
    val: Share = 0.1
    test: Share = 0.2
    group_column: str | None = None
    seed: int = 42

    @model_validator(mode="after")
    def _adds_up(self) -> "SplitOptions":
        total = self.train + self.val + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(
                f"train {self.train} + val {self.val} + test {self.test} must be 1, not {total:.6g}"
            )
        return self

    @property
    def shares(self) -> dict[str, float]:
        """Split -> share."""
        return {"train": self.train, "val": self.val, "test": self.test}

    @property
    def used(self) -> int:
        """Number of splits that get photos."""
        return sum(share > 0 for share in self.shares.values())


class RoleOptions(Options):
    """Which scenes of a domain are for training, validation and test.

    Attributes:
        test_splits: Splits on disk that test scenes are drawn from; empty draws from all.
        test_share: Share of them that is drawn, by whole drives.
        val_share: Share of the training scenes kept for validation where none are left for it.
        seed: Seed of the draws.
    """

    test_splits: tuple[str, ...] = ()
    test_share: Share = 1.0
    val_share: Share = 0.1
    seed: int = 42


class ComputeOptions(Options):
    """Where and how precisely to compute.

    Attributes:
        device: "auto" takes a GPU where there is one.
        precision: "auto" computes in bfloat16 on a GPU or CPU built for it, else in float32.
            Classifiers are validated and predict in float32.
        workers: Processes that train and predict together, each with a GPU of its own or a share of
            the processors.
        engine: What starts them: "local" on this machine, "ray" on a Ray cluster.
        address: Of the Ray cluster; null for the one that this machine belongs to.
        shared_folder: Where the work of several processes is put down, for machines of a cluster
            one that all of them see under this path; null for the temporary folder of this machine.
    """

    device: DeviceName = "auto"
    precision: Precision = "auto"
    workers: Count = 1
    engine: Literal["local", "ray"] = "local"
    address: str | None = None
    shared_folder: Path | None = None

    @model_validator(mode="after")
    def _names_a_cluster_only_for_ray(self) -> "ComputeOptions":
        if self.address is not None and self.engine != "ray":
            raise ValueError(f"{self.address} is the address of a Ray cluster: set engine to ray")
        return self

    @property
    def launcher(self) -> "Launcher":
        """Where to compute, and what starts the processes that do."""
        from wildroad.core.launching import find_launcher

        return find_launcher(**dict(self))


class ModelOptions(Options):
    """Which classifier.

    Attributes:
        architecture: "convnet" or any classifier of torchvision.
        weights: What training starts from: "none" for random weights, a name of torchvision's
            ("IMAGENET1K_V1"), or the path of a file.
        mean: Mean of each channel the weights were trained with, of images scaled to 0..1.
        std: Standard deviation of each channel.
    """

    architecture: str
    weights: str
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD


class TrainingOptions(Options):
    """How a classifier is trained; see ``core.training.Recipe``.

    Attributes:
        label_smoothing: Share of the target spread evenly over all classes.
        rarity: Power of the inverse class frequency that weighs the classes; 0 weighs all alike, 1
            gives every class the same sum of weights.
        early_stopping: Epochs without a better validation accuracy that end the training; null
            for never.
        accumulate: Micro-batches that each batch is taken in, where memory is short.
    """

    epochs: Count
    batch_size: Count = 256
    learning_rate: Positive = 1e-3
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    schedule: Literal["constant", "cosine", "poly"] = "constant"
    warmup: Share = 0.0
    backbone_rate: Annotated[float, Field(ge=0)] = 1.0
    backbone_start: Share = 0.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    rarity: Share = 0.0
    early_stopping: Count | None = None
    accumulate: Count = 1
    seed: int = 42

    @model_validator(mode="after")
    def _has_a_photo_in_every_part(self) -> "TrainingOptions":
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"a batch of {self.batch_size} can't be taken in {self.accumulate} parts:"
                " lower accumulate"
            )
        return self

    def recipe(self, *, bfloat16: bool) -> "Recipe":
        """The part of it that the training loop knows."""
        from wildroad.core.recipes import Recipe

        values = self.model_dump(exclude={"batch_size", "label_smoothing", "rarity"})
        return Recipe(bfloat16=bfloat16, **values)

    def in_words(self, *, bfloat16: bool) -> str:
        """One line that says how it was trained."""
        return (
            f"{self.optimizer} at {self.learning_rate:g}"
            f"{backbone_in_words(self.backbone_rate, self.backbone_start)}"
            f"{f', weight decay {self.weight_decay:g}' if self.weight_decay else ''}"
            f", {self.schedule}{f' after a warm-up of {self.warmup:.0%}' if self.warmup else ''}"
            f", batch {self.batch_size}{in_parts(self.accumulate)}"
            f"{f', label smoothing {self.label_smoothing:g}' if self.label_smoothing else ''}"
            f"{f', class weights to the power {self.rarity:g}' if self.rarity else ''}"
            f"{until(self.early_stopping)}"
            f", {'bfloat16' if bfloat16 else 'float32'}, seed {self.seed}"
        )


class LabelAuditOptions(Options):
    """How labels are doubted; see ``core.label_suspects``.

    Attributes:
        model: The trained classifier whose features judge; it is used as it is.
        fewest_right: Share of the labels that these features have to get right, without having seen
            them, before they may doubt any.
        seed: Seed of the folds.
    """

    model: ModelOptions
    fewest_right: Share = 0.8
    seed: int = 42


def backbone_in_words(rate: float, start: float) -> str:
    """Say at which part of the rate, and from when on, the backbone learns, if it differs."""
    later = f"after {start:.0%} of the steps" if start else ""
    told = " ".join(part for part in (f"x {rate:g}" if rate != 1 else "", later) if part)
    return f" (backbone {told})" if told else ""


def in_parts(accumulate: int) -> str:
    """Say in how many micro-batches a batch is taken, if in more than one."""
    return f" in {accumulate} parts" if accumulate > 1 else ""


def until(early_stopping: int | None) -> str:
    """Say when a training ends early, if it does."""
    return f", until {early_stopping} epochs are no better" if early_stopping else ""


class AugmentationOptions(Options):
    """Extra photos made from training photos; see ``core.augmentation.Distortion``.

    Attributes:
        extra_photos: How many are made and kept, 0 for none.
        on_the_fly: Whether every training photo is changed anew in each epoch, too, on the device.
        seed: Seed of the choice of parents and of the changes of the extra photos.
    """

    extra_photos: NonNegative = 0
    on_the_fly: bool = False
    degrees: Annotated[float, Field(ge=0, le=180)] = 15.0
    translate: Share = 0.1
    scale: tuple[Positive, Positive] = (0.9, 1.1)
    shear: Annotated[float, Field(ge=0, lt=90)] = 5.0
    flip: Share = 0.5
    brightness: Share = 0.3
    contrast: Share = 0.3
    saturation: Share = 0.3
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    seed: int = 42

    @property
    def distortion(self) -> "Distortion":
        """The ranges of the changes."""
        from wildroad.core.augmentation import Distortion

        return Distortion(**self.model_dump(exclude={"extra_photos", "on_the_fly", "seed"}))

    @property
    def in_training(self) -> "Distortion | None":
        """The ranges of the changes made during training, None for no changes."""
        return self.distortion if self.on_the_fly else None

    def in_words(self) -> str:
        """What it adds to a training, as the end of a line; "" where nothing."""
        return ", every photo changed anew in each epoch" if self.on_the_fly else ""


class EvaluationOptions(Options):
    """How uncertainty is estimated.

    Attributes:
        resamples: Bootstrap resamples.
        seed: Seed of the bootstrap.
    """

    resamples: Annotated[int, Field(ge=100)] = 1000
    seed: int = 42

    @property
    def bootstrap(self) -> Bootstrap:
        """How road scenes are resampled."""
        return Bootstrap(resamples=self.resamples, seed=self.seed)


class RoadEvaluationOptions(Options):
    """How masks are judged.

    Attributes:
        failure_iou: Scenes that contain a class and have at most this IoU of it are its failures.
        failures_per_class: How many of them are shown, those with most missed pixels first.
        instance_sizes: Whose mean instance sizes weigh the instances in iIoU: "scenes" for those of
            the test scenes, "cityscapes" for the constants of the benchmark, "auto" for the
            benchmark's on scenes in its ids and of its size.
    """

    failure_iou: Share = 0.5
    failures_per_class: Count = 3
    instance_sizes: Sizes = "auto"


class EmbeddingOptions(Options):
    """How features are laid out by t-SNE; see ``core.tsne``.

    Attributes:
        perplexity: Effective number of neighbours; less is taken where the photos are few.
        most_photos: Photos in one embedding at most; more are drawn from, seeded, and the table and
            the figure say from how many.
        seed: Seed of the draw and of t-SNE.
    """

    perplexity: Annotated[float, Field(ge=2, le=500)] = 30.0
    most_photos: Annotated[int, Field(ge=10)] = 3000
    seed: int = 42


class RoadModelOptions(Options):
    """Which segmenter.

    Attributes:
        architecture: "deeplabv3plus", or the name of a segmentation model of torchvision.
        backbone: Backbone of DeepLabV3+; the other architectures have theirs in the name.
        output_stride: Of DeepLabV3+: input pixels per pixel of the deepest features.
        weights: What it starts from where no checkpoint is given: "none" for random weights, a name
            of torchvision's, or the path of a file; of the backbone ("IMAGENET1K_V1") or, where
            torchvision has the model, of all of it ("COCO_WITH_VOC_LABELS_V1").
        checkpoint: Path of a public DeepLabV3+ checkpoint of the 19 Cityscapes classes, or of a
            segmenter of this project (.safetensors), or null.
    """

    architecture: str = "deeplabv3plus"
    backbone: Literal["resnet101", "resnet50", "mobilenet_v2"] = "mobilenet_v2"
    output_stride: Literal[8, 16] = 16
    weights: str = "IMAGENET1K_V1"
    checkpoint: str | None = None

    @field_validator("architecture")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name == cls.model_fields["architecture"].default:
            return name  # without a look into torchvision, which takes seconds to import
        from wildroad.core.models.segmenters import ARCHITECTURES

        if name not in ARCHITECTURES:
            raise ValueError(f"{name!r} is none of {', '.join(ARCHITECTURES)}")
        return name

    @property
    def form(self) -> "SegmenterForm":
        """Architecture, backbone and output stride."""
        from wildroad.core.models.segmenters import SegmenterForm

        return SegmenterForm(self.backbone, self.output_stride, self.architecture)


class RoadTrainingOptions(Options):
    """How the segmenter is trained; 0 epochs take the checkpoint as it is.

    Attributes:
        domain: Whose training scenes are used.
        height: Rows that the training scenes are resized to, in pixels; null keeps their own size.
        width: Columns.
        crop: Rows and columns of the random views that the network sees; null takes height and
            width.
        scale: Least and greatest enlargement of the scene before the view is cut out.
        flip: Probability of a horizontal flip.
        color: Greatest relative change of brightness, contrast and saturation.
        rarity: Power of the inverse class frequency that weighs the classes; 0 weighs all alike.
        validate_epochs: Whether the val scenes choose the epoch; false needs none of them and keeps
            the last epoch.
        held_gib: Memory for decoded scenes, in GiB; where there are more, they are decoded again in
            each epoch.
        early_stopping: Epochs without a better mean IoU that end the training; null for never.
        accumulate: Micro-batches of at least two scenes that each batch is taken in, where memory
            is short. Batch normalisation then sees less of a batch at a time.
    """

    domain: str = "cityscapes"
    epochs: NonNegative = 0
    batch_size: Count = 8
    height: Annotated[int, Field(ge=32)] | None = 512
    width: Annotated[int, Field(ge=32)] | None = 1024
    crop: tuple[Side, Side] | None = None
    scale: tuple[Positive, Positive] = (0.5, 2.0)
    flip: Share = 0.5
    color: Share = 0.2
    rarity: Share = 0.0
    learning_rate: Positive = 1e-2
    optimizer: Literal["adam", "adamw", "sgd"] = "sgd"
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4
    schedule: Literal["constant", "cosine", "poly"] = "poly"
    warmup: Share = 0.0
    backbone_rate: Annotated[float, Field(ge=0)] = 0.1
    validate_epochs: bool = True
    held_gib: Annotated[float, Field(ge=0)] = 2.0
    early_stopping: Count | None = None
    accumulate: Count = 1
    seed: int = 42

    @model_validator(mode="after")
    def _has_two_scenes_in_every_part(self) -> "RoadTrainingOptions":
        if self.accumulate > 1 and self.batch_size < 2 * self.accumulate:
            raise ValueError(
                f"a batch of {self.batch_size} can't be taken in {self.accumulate} parts of two"
                " scenes or more: lower accumulate"
            )
        return self

    @model_validator(mode="after")
    def _has_a_size_of_views(self) -> "RoadTrainingOptions":
        if self.crop is None and self.size is None:
            raise ValueError(
                "scenes of their own size (height or width null) need a crop, the rows and columns"
                " of the views that the network sees"
            )
        if not self.validate_epochs and self.early_stopping:
            raise ValueError("early_stopping waits for a better mean IoU: set validate_epochs")
        return self

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) that scenes are resized to, or None for their own."""
        return None if self.height is None or self.width is None else (self.height, self.width)

    @property
    def view(self) -> tuple[int, int]:
        """(height, width) that the network sees in training."""
        return self.crop or self.size or (0, 0)

    def recipe(self, *, bfloat16: bool) -> "Recipe":
        """The part of it that the training loop knows."""
        from wildroad.core.recipes import Recipe

        known = {field.name for field in fields(Recipe)} & set(type(self).model_fields)
        return Recipe(bfloat16=bfloat16, **self.model_dump(include=known))

    @property
    def scene_recipe(self) -> "SceneRecipe":
        """The part of it that is about scenes."""
        from wildroad.core.road_training import SceneRecipe
        from wildroad.core.segmentation_training import Augmentation

        return SceneRecipe(
            size=self.size,
            crop=self.view,
            batch_size=self.batch_size,
            rarity=self.rarity,
            augmentation=Augmentation(scale=self.scale, flip=self.flip, color=self.color),
            validate=self.validate_epochs,
            held_gib=self.held_gib,
        )

    def in_words(self, *, bfloat16: bool) -> str:
        """One line that says how it was trained."""
        if not self.epochs:
            return "not trained here"
        size = f"{self.size[0]} x {self.size[1]} px" if self.size else "their own size"
        return (
            f"{self.optimizer} at {self.learning_rate:g} (backbone x {self.backbone_rate:g}),"
            f" weight decay {self.weight_decay:g}, {self.schedule},"
            f" batch {self.batch_size}{in_parts(self.accumulate)},"
            f" views of {self.view[0]} x {self.view[1]} px of scenes at {size} scaled by"
            f" {self.scale[0]:g} to {self.scale[1]:g}, class weights to the power {self.rarity:g}"
            f"{until(self.early_stopping)}{'' if self.validate_epochs else ', not validated'}"
            f", {'bfloat16' if bfloat16 else 'float32'}, seed {self.seed}"
        )


class InferenceOptions(Options):
    """How scenes are segmented.

    Attributes:
        height: Rows the model sees, in pixels; null takes the scene's own size.
        width: Columns it sees.
        batch_size: Scenes at a time.
        tile: Height and width of the overlapping tiles that scenes are cut into, multiples of 32;
            null cuts only scenes of more than most_pixels.
        most_pixels: Pixels the model may see at once, which bounds its memory.
        overlap: Share of a tile that it has in common with the next one.
        flip: Whether the model also sees the mirror image; the mean probability decides.
        scales: Factors on height and width that the model sees the scene at; the same.
    """

    height: Annotated[int, Field(ge=32)] | None = 512
    width: Annotated[int, Field(ge=32)] | None = 512
    batch_size: Count = 4
    tile: tuple[TileSide, TileSide] | None = None
    most_pixels: Annotated[int, Field(ge=64 * 64)] = 1 << 22
    overlap: Annotated[float, Field(ge=0, le=0.5)] = 0.25
    flip: bool = False
    scales: Annotated[tuple[Annotated[float, Field(gt=0, le=4)], ...], Field(min_length=1)] = (1.0,)

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width), or None for the scene's own."""
        return None if self.height is None or self.width is None else (self.height, self.width)

    def inference(self, *, bfloat16: bool) -> "Inference":
        """The settings in the form that the core takes."""
        from wildroad.core.domain_masks import Inference
        from wildroad.core.mask_prediction import Views
        from wildroad.core.tiling import Tiling

        tiling = Tiling(tile=self.tile, most_pixels=self.most_pixels, overlap=self.overlap)
        views = Views(scales=self.scales, flip=self.flip, tiling=tiling)
        return Inference(self.size, self.batch_size, bfloat16, views)


class PredictOptions(Options):
    """How the photos of a new folder are predicted.

    Attributes:
        model: Name of a trained classifier: of its file among the trained models.
        batch_size: Photos at a time.
        unsure_photos: Photos in the gallery of those the model is least sure of.
    """

    model: str
    batch_size: Count = 64
    unsure_photos: Count = 24


class ExportOptions(Options):
    """How an exported model is checked against the original.

    Attributes:
        photos: Photos that both predict.
        tolerance: Greatest absolute difference of two logits.
    """

    photos: Count = 32
    tolerance: Positive = 1e-4


class PredictRoadOptions(Options):
    """How new road scenes are predicted; the rest is as in ``InferenceOptions``.

    Attributes:
        model: Name of a trained segmenter: of its file among the trained models.
        gallery_scenes: Scenes in the gallery of what was predicted.
    """

    model: str = "road"
    gallery_scenes: Count = 6


class ExportRoadOptions(Options):
    """How an exported segmenter is made and checked against the original.

    Attributes:
        height: Rows of the images that the file takes, in pixels; null for those of training.
        width: Columns.
        scenes: Scenes that both predict.
        tolerance: Greatest absolute difference of two logits.
        agreement: Least share of the pixels that get the same class.
    """

    height: Side | None = None
    width: Side | None = None
    scenes: Count = 4
    tolerance: Positive = 1e-3
    agreement: Share = 0.9999

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width), or None for those of training."""
        return None if self.height is None or self.width is None else (self.height, self.width)
