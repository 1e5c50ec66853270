"""The core on arrays and tables, in a Python that has no Kedro."""

import subprocess
import sys
from pathlib import Path

import pytest

import wildroad

SCRIPT = '''
import sys

class NoKedro:
    """Finds Kedro and what comes with it, and says that it is not there."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"kedro", "kedro_datasets", "omegaconf", "pydantic"}:
            raise ImportError(f"{name} is not installed")

sys.meta_path.insert(0, NoKedro())

import numpy as np
import pandas as pd
import torch

from wildroad.core.checkpoints import CheckpointFacts
from wildroad.core.classification import ClassifierInput, fit_classifier, labelled_photos
from wildroad.core.image_array import ImageArray
from wildroad.core.metrics.classification import count_confusion, score_classes
from wildroad.core.models.classifiers import build_classifier, restore_classifier
from wildroad.core.prediction import outputs_table, predict_outputs
from wildroad.core.recipes import Recipe
from wildroad.core.splits import split_groups

classes = ("dark", "light")
target = pd.Series(np.array(classes)[np.arange(60) % 2])
random = np.random.default_rng(0)
level = np.where(target == "light", 200, 40)[:, None, None, None]
pixels = np.clip(level + random.integers(-20, 21, (60, 32, 32, 3)), 0, 255).astype(np.uint8)
ids = [f"{name}/{number}.jpg" for number, name in enumerate(target)]
images = ImageArray(ids, pixels)
table = pd.DataFrame({"photo_id": ids, "class_name": target, "group_id": ids})
table["split"] = split_groups(
    table["class_name"], table["group_id"], shares={"train": 0.5, "val": 0.2, "test": 0.3}, seed=1
)
facts = CheckpointFacts(
    task="classification", architecture="convnet", classes=classes, height=32, width=32,
    initial_weights="none",
)
cpu = torch.device("cpu")
train, val = (table[table["split"] == part] for part in ("train", "val"))
checkpoint, history = fit_classifier(
    build_classifier("convnet", classes=2, image_size=32, weights=None, seed=1),
    facts,
    train_photos=labelled_photos([(images, train)], classes),
    val_photos=labelled_photos([(images, val)], classes),
    recipe=Recipe(epochs=3, learning_rate=1e-3, seed=1),
    batch_size=10,
    label_smoothing=0.0,
    device=cpu,
)
model = ClassifierInput(restore_classifier(checkpoint), checkpoint.facts).eval()
outputs = predict_outputs(model, images, table, classes, batch_size=20, device=cpu)
answers = outputs_table(outputs, table, classes)
test = answers[answers["split"] == "test"]
scores = score_classes(count_confusion(test["target"], test["predicted"], classes), classes)
assert (scores["f1"] == 1).all(), scores
assert not [name for name in sys.modules if name.split(".")[0] == "kedro"]
print(len(history), len(test))
'''


@pytest.mark.reuse
def test_the_core_splits_trains_and_scores_where_kedro_cannot_be_imported():
    source = Path(wildroad.__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=source, capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, "3 18\n"), finished.stderr[-3000:]
