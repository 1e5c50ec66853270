import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.domains import Domain
from wildroad.core.labels import label_space
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter, restore_segmenter
from wildroad.core.road_training import SceneRecipe, fit_segmenter
from wildroad.core.segmentation import Augmentation, measure_segmentation, stack_scenes
from wildroad.core.training import Recipe

SPACE = label_space("road18")
FACTS = CheckpointFacts("segmentation", "mobilenet_v2", SPACE.classes, 32, 32, output_stride=16)
SCENES = SceneRecipe(32, 32, batch_size=2, rarity=0.25, augmentation=Augmentation())


@pytest.fixture
def domain(tmp_path):
    """Scenes whose upper half is sky and lower half road."""
    names = [f"{role}/{number}" for role in ("train", "val") for number in range(4)]
    mask = np.zeros((40, 40), np.uint8)
    mask[:20] = SPACE.classes.index("Sky")
    for number in range(len(names)):
        photo = np.zeros((40, 40, 3), np.uint8)
        photo[:20] = (90, 140, 200)
        photo[20:] = 90 + number
        Image.fromarray(photo).save(tmp_path / f"{number}.png")
    table = {
        "scene_id": names,
        "role": [name.split("/")[0] for name in names],
        "image_file": [f"{number}.png" for number in range(len(names))],
    }
    return Domain(tmp_path, pd.DataFrame(table), dict.fromkeys(names, mask), SPACE)


def fit(domain):
    model = fresh_segmenter("none", SegmenterForm("mobilenet_v2", 16), SPACE.classes, seed=0)
    return fit_segmenter(
        model,
        FACTS,
        domain,
        recipe=Recipe(epochs=2, learning_rate=2e-3, optimizer="adamw"),
        scenes=SCENES,
        device=torch.device("cpu"),
    )


def test_the_loss_falls_and_the_best_epoch_is_kept(domain):
    checkpoint, history = fit(domain)
    assert list(history) == ["epoch", "learning_rate", "train_loss", "val_loss", "val_mean_iou"]
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]
    best = checkpoint.facts.best_epoch
    images, masks = stack_scenes(domain.pairs("val"), height=32, width=32)
    measured = measure_segmentation(
        restore_segmenter(checkpoint),
        images,
        masks,
        classes=18,
        batch_size=2,
        device=torch.device("cpu"),
    )
    assert np.isclose(measured["val_mean_iou"], history["val_mean_iou"][best - 1])


def test_two_trainings_are_bit_equal(domain):
    first, second = fit(domain)[0].state, fit(domain)[0].state
    assert all(torch.equal(one, second[name]) for name, one in first.items())


@pytest.mark.known_bug(1)
@pytest.mark.parametrize("role", ["train", "val"])
def test_a_role_without_scenes_is_named(domain, role):
    kept = domain.scenes[domain.scenes["role"] != role]
    with pytest.raises(ValueError, match=f"there are no {role} scenes"):
        fit(Domain(domain.root, kept, domain.masks, SPACE))
