"""The masks that a segmenter predicts for the scenes of a domain, and what each is made from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import sha256

import torch

from wildroad.core.checkpoints import Checkpoint
from wildroad.core.domains import Domain, Pixels
from wildroad.core.launching import Launcher
from wildroad.core.lazy import LazyMapping, Restartable
from wildroad.core.mask_prediction import Scene, Views, predict_masks
from wildroad.core.models import segmenters
from wildroad.core.tiling import Size
from wildroad.core.training_store import tensors_digest


@dataclass(frozen=True)
class Inference:
    """How scenes are segmented.

    Attributes:
        size: Height and width that the network sees; None for each image's own.
        batch_size: Scenes at once, at most; changes no mask but by rounding.
        bfloat16: Whether to compute in bfloat16.
        views: In which ways the network sees an image.
    """

    size: Size | None
    batch_size: int
    bfloat16: bool
    views: Views = field(default_factory=Views)


def predicted_masks(
    domain: Domain,
    role: str,
    checkpoint: Checkpoint,
    *,
    inference: Inference,
    launcher: Launcher,
) -> Restartable[Pixels]:
    """Predict the mask of each scene of a role at the size of its target, when it is asked for.

    Args:
        domain: Whose scenes, and which classes are evaluated.
        role: "train", "val" or "test".
        checkpoint: The segmenter.
        inference: How to use it.
        launcher: Where to compute, and by how many processes.

    Returns:
        scene_id -> mask (H, W) of evaluated classes, K for "other".
    """
    lookup = segmenters.class_lookup(checkpoint.facts.classes, domain.space.classes)
    predict = partial(
        predict_scenes,
        domain=domain,
        checkpoint=checkpoint,
        inference=inference,
        device=launcher.device,
        class_lookup=lookup,
    )
    ids = domain.ids(role)
    settings = {
        "facts": asdict(checkpoint.facts),
        "weights": tensors_digest(checkpoint.state),
        "inference": asdict(inference),
        "device": launcher.device.type,
        "class_lookup": lookup.tolist(),
    }
    origins = mask_origins(domain, ids, settings)
    return Restartable(ids, partial(launcher.stream, predict), origins=origins)


def predict_scenes(
    ids: Sequence[str],
    *,
    domain: Domain,
    checkpoint: Checkpoint,
    inference: Inference,
    device: torch.device,
    class_lookup: Pixels,
) -> Iterator[tuple[str, Pixels]]:
    """Predict the masks of some scenes of a domain, see ``predict_masks``."""
    if not ids:
        return
    model = segmenters.restore_segmenter(checkpoint).to(memory_format=torch.channels_last)
    yield from predict_masks(
        model.to(device),
        scenes_of(domain, ids),
        size=inference.size,
        batch_size=inference.batch_size,
        device=device,
        class_lookup=class_lookup,
        bfloat16=inference.bfloat16,
        views=inference.views,
    )


def scenes_of(domain: Domain, ids: Sequence[str]) -> Iterator[Scene]:
    """Id, image and size of the target of each scene, one at a time."""
    for scene_id in ids:
        height, width = domain.masks[scene_id].shape
        yield scene_id, domain.image(scene_id), (height, width)


def mask_origins(
    domain: Domain, ids: Sequence[str], settings: dict[str, object]
) -> LazyMapping[str]:
    """What each mask follows from: the bytes of its photo, its target's size, model and settings.

    Returns:
        scene_id -> 64 hexadecimal digits, computed at each look-up.
    """
    told = json.dumps(settings, sort_keys=True)

    def origin(scene_id: str) -> str:
        digest = sha256(domain.image_path(scene_id).read_bytes())
        digest.update(f"{domain.masks[scene_id].shape}|{told}".encode())
        return digest.hexdigest()

    return LazyMapping(ids, origin)
