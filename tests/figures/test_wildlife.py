import made_up_tables as made_up
import numpy as np
import pytest

from wildroad.figures import wildlife

CLASSES = [name.replace("_", " ") for name in made_up.PHOTO_CLASSES]


def test_distribution_names_every_class_and_its_photos():
    svg = wildlife.class_distribution(made_up.class_distribution()).svg
    assert all(f">{name}<" in svg for name in CLASSES)
    assert ">1,446<" in svg


def test_photo_sheet_refuses_photos_without_titles():
    with pytest.raises(ValueError, match="3 photos came with 2 titles"):
        wildlife.photo_sheet(made_up.photos(3), ["one", "two"])


def test_photo_sheet_shows_every_photo_when_rows_are_not_full():
    svg = wildlife.photo_sheet(made_up.photos(8), [f"photo {n}" for n in range(8)]).svg
    assert svg.count("<image") == 8


def test_photo_sheet_of_no_photos_says_so():
    picture = wildlife.photo_sheet(np.zeros((0, 8, 8, 3), np.uint8), [], heading="birds")
    assert picture.alternative_text == "No photos to show for birds."


def test_history_has_a_panel_per_model_and_says_where_losses_end():
    picture = wildlife.history_curves(made_up.classification_history())
    assert ">resnet18 augmented<" in picture.svg
    assert "convnet ends at train loss" in picture.alternative_text


def test_history_without_validation_is_drawn():
    history = made_up.classification_history().assign(val_loss=np.nan, val_accuracy=np.nan)
    assert "lowest val loss" not in wildlife.history_curves(history).svg


def test_confusion_heatmap_prints_counts_and_shares():
    table = made_up.classification_confusion(("resnet18",))
    svg = wildlife.confusion_heatmap(table).svg
    for photos in table.loc[table["photos"] > 0, "photos"]:
        assert f">{photos}<" in svg
    assert "<image" not in svg


def test_confusion_rows_follow_the_order_of_the_table_whatever_its_sorting():
    table = made_up.classification_confusion(("resnet18",))
    shuffled = table.sort_values("predicted", kind="stable")
    assert wildlife.confusion_heatmap(table) == wildlife.confusion_heatmap(shuffled.sort_index())


def test_confusion_of_several_models_is_refused():
    with pytest.raises(ValueError, match="one model is drawn at a time"):
        wildlife.confusion_heatmap(made_up.classification_confusion())


def test_reliability_with_empty_bins_is_drawn():
    picture = wildlife.reliability_diagram(made_up.classification_reliability())
    assert ">confidence<" in picture.svg


@pytest.mark.known_bug(12)
def test_comparison_shows_the_majority_baseline_beside_top1_and_macro_f1():
    picture = wildlife.model_comparison(made_up.classification_metrics())
    assert ">Top-1<" in picture.svg
    assert ">Macro F1<" in picture.svg
    assert "majority baseline 0.139" in picture.svg
    metrics = made_up.classification_metrics().set_index("metric")["value"]
    assert all(f">{value:.3f}<" in picture.svg for value in metrics[["top1", "macro_f1"]])
    assert not any(f">{value:.3f}<" in picture.svg for value in metrics["mean_ovr_accuracy"])


def test_comparison_with_missing_scores_is_drawn():
    metrics = made_up.classification_metrics()
    metrics.loc[metrics["model"] == "resnet18", ["value", "low", "high"]] = np.nan
    assert ">resnet18<" in wildlife.model_comparison(metrics).svg


@pytest.mark.parametrize(
    ("draw", "table"),
    [
        (wildlife.class_distribution, made_up.class_distribution),
        (wildlife.history_curves, made_up.classification_history),
        (wildlife.confusion_heatmap, made_up.classification_confusion),
        (wildlife.reliability_diagram, made_up.classification_reliability),
        (wildlife.model_comparison, made_up.classification_metrics),
    ],
)
def test_empty_table_gives_a_figure_that_says_so(draw, table):
    assert draw(table().head(0)).alternative_text.startswith("No ")
