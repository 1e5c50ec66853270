from hashlib import sha256

import pandas as pd
import pytest
import torch

from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.datasets.checkpoint import CheckpointDataset
from wildroad.figures.rendered import RenderedFigure
from wildroad.tracking.contents import messages_of
from wildroad.tracking.messages import Epoch, Fingerprint, Picture, Scores, Table

HISTORY = pd.DataFrame({"epoch": [1, 2], "train_loss": [1.5, 0.25], "val_accuracy": [0.5, 1.0]})
CONFUSION = pd.DataFrame({"target": ["fox"], "predicted": ["owl"], "photos": [3], "share": [0.1]})


@pytest.mark.parametrize("name", ["convnet_history", "convnet.history", "convnet_training_store"])
def test_a_history_is_one_message_an_epoch_under_the_name_of_its_model(name):
    assert list(messages_of(name, HISTORY)) == [
        Epoch("convnet", 1, {"train_loss": 1.5, "val_accuracy": 0.5}),
        Epoch("convnet", 2, {"train_loss": 0.25, "val_accuracy": 1.0}),
    ]


def test_metrics_are_told_with_the_ends_of_their_intervals():
    metrics = pd.DataFrame(
        {"metric": ["top1"], "value": [0.5], "low": [0.25], "high": [0.75], "photos": [4]}
    )
    expected = Scores("convnet", {"top1": 0.5, "top1_low": 0.25, "top1_high": 0.75})
    assert list(messages_of("convnet_metrics", metrics)) == [expected]
    assert next(messages_of("idd_overall_scores", metrics)).name == "idd"


def test_a_confusion_matrix_is_a_table_with_every_digit():
    (table,) = messages_of("convnet_confusion", CONFUSION)
    csv = "target,predicted,photos,share\nfox,owl,3,0.1\n"
    columns = ["target", "predicted", "photos", "share"]
    assert table == Table("convnet_confusion", csv, columns, [["fox", "owl", 3, 0.1]])


def test_tables_of_photos_and_of_several_models_are_not_told():
    photos = pd.DataFrame({"photo_id": ["a"], "target": ["fox"], "predicted": ["owl"]})
    assert list(messages_of("convnet_predictions", photos)) == []
    for frame in (HISTORY, CONFUSION):
        stacked = frame.copy()
        stacked.insert(0, "model", "convnet")
        assert list(messages_of("classification_history", stacked)) == []


def test_a_figure_is_its_png():
    figure = RenderedFigure(png=b"png", svg="<svg", alternative_text="a bar")
    assert list(messages_of("curves figure", figure)) == [Picture("curves_figure", b"png")]


def test_a_checkpoint_is_the_hash_of_the_file_it_is_saved_as(tmp_path):
    facts = CheckpointFacts("classification", "convnet", ("fox", "owl"), 32, 32)
    checkpoint = Checkpoint(facts, {"weight": torch.arange(6.0)})
    path = tmp_path / "convnet.safetensors"
    CheckpointDataset(filepath=str(path)).save(checkpoint)
    expected = Fingerprint("convnet_checkpoint", sha256(path.read_bytes()).hexdigest())
    assert list(messages_of("convnet_checkpoint", checkpoint)) == [expected]
