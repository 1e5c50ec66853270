from dataclasses import replace

import made_up_tables as made_up
import numpy as np
import pytest

from wildroad.report.album import album_data, album_pictures, choose_album
from wildroad.report.tables import ReportTables


@pytest.fixture
def few(tables):
    """Tables in which only the test photos and one suspect of train are called for."""
    suspect = made_up.album_photos().query("split == 'train'").head(1)
    return replace(
        ReportTables(classification_predictions=tables.classification_predictions),
        label_suspects=suspect.assign(suggested_class="dog", label_quality=0.1),
    )


def test_album_holds_the_test_photos_and_those_that_rows_stand_for(few):
    album = choose_album(few, {})
    test = set(made_up.album_photos().query("split == 'test'")["photo_id"])
    assert set(album.answers["photo_id"]) == test | set(few.label_suspects["photo_id"])


def test_report_without_predictions_has_no_album():
    assert choose_album(ReportTables(), {"a.jpg": b""}) is None


def test_pictures_stand_in_the_order_of_the_ids_and_missing_ones_are_empty(few):
    album = choose_album(few, {few.label_suspects["photo_id"].item(): b"RIFF"})
    ids, pictures = album_data(album)["ids"], album_pictures(album)
    place = ids.index(few.label_suspects["photo_id"].item())
    assert pictures[place] == "UklGRg=="
    assert [one for one in pictures if one] == ["UklGRg=="]
    assert len(pictures) == len(ids)


def test_photo_that_a_model_never_saw_has_no_answer(tables):
    predictions = tables.classification_predictions
    first = made_up.album_photos()["photo_id"].iloc[0]
    unseen = (predictions["photo_id"] == first) & (predictions["model"] == "convnet")
    album = choose_album(ReportTables(classification_predictions=predictions[~unseen]), None)
    data = album_data(album)
    place = data["ids"].index(first)
    assert data["answers"]["convnet"]["predicted"][place] == -1
    assert data["answers"]["convnet"]["confidence"][place] is None
    assert data["answers"]["resnet18"]["predicted"][place] >= 0


def test_confidences_are_those_of_the_table(tables):
    album = choose_album(tables, None)
    data = album_data(album)
    rows = tables.classification_predictions.query("model == 'resnet18'").set_index("photo_id")
    expected = rows.loc[data["ids"], "confidence"].to_numpy()
    assert np.abs(np.array(data["answers"]["resnet18"]["confidence"]) - expected).max() <= 0.5e-4
