import pytest
from pydantic import ValidationError

from wildroad.options import (
    AugmentationOptions,
    InferenceOptions,
    PhotoOptions,
    RoadTrainingOptions,
    SplitOptions,
    TrainingOptions,
)


@pytest.mark.known_bug(1)
def test_validation_is_a_tenth_and_test_a_fifth():
    assert SplitOptions().shares == {"train": 0.7, "val": 0.1, "test": 0.2}


@pytest.mark.faults
@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (SplitOptions, {"train": 0.8}, "must be 1, not 1.1"),
        (SplitOptions, {"validation": 0.1}, "validation"),
        (TrainingOptions, {"epochs": 0}, "greater than or equal to 1"),
        (TrainingOptions, {"epochs": 1.5}, "valid integer"),
        (TrainingOptions, {"epochs": 1, "learning_rate": 0}, "greater than 0"),
        (TrainingOptions, {"epochs": 1, "optimizer": "lion"}, "'adam', 'adamw' or 'sgd'"),
        (PhotoOptions, {"image_size": 8}, "greater than or equal to 16"),
        (PhotoOptions, {"burst_pattern": "no group"}, "has no group in parentheses"),
        (AugmentationOptions, {"hue": 0.7}, "less than or equal to 0.5"),
        (TrainingOptions, {"epochs": 1, "early_stopping": 0}, "greater than or equal to 1"),
        (
            TrainingOptions,
            {"epochs": 1, "batch_size": 4, "accumulate": 5},
            "a batch of 4 can't be taken in 5 parts: lower accumulate",
        ),
        (
            RoadTrainingOptions,
            {"batch_size": 5, "accumulate": 3},
            "a batch of 5 can't be taken in 3 parts of two scenes or more",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_name(kind, values, message):
    with pytest.raises(ValidationError, match=message):
        kind(**values)


def test_options_can_not_be_changed_after_they_were_checked():
    options = SplitOptions()
    with pytest.raises(ValidationError, match="frozen"):
        options.train = 0.9


def test_a_recipe_takes_every_value_of_its_options():
    options = TrainingOptions(epochs=3, learning_rate=0.01, schedule="cosine", warmup=0.1, seed=5)
    recipe = options.recipe(bfloat16=True)
    assert (recipe.epochs, recipe.learning_rate, recipe.schedule) == (3, 0.01, "cosine")
    assert (recipe.warmup, recipe.seed, recipe.bfloat16) == (0.1, 5, True)


def test_a_recipe_is_told_in_words():
    words = TrainingOptions(epochs=3, weight_decay=0.01, warmup=0.1).in_words(bfloat16=False)
    expected = "adam at 0.001, weight decay 0.01, constant after a warm-up of 10%, batch 256"
    assert words == f"{expected}, float32, seed 42"


MODERN = {
    "epochs": 10,
    "learning_rate": 1e-3,
    "backbone_rate": 0.1,
    "optimizer": "adamw",
    "weight_decay": 0.05,
    "schedule": "cosine",
    "warmup": 0.1,
    "label_smoothing": 0.1,
    "rarity": 0.5,
    "early_stopping": 3,
    "accumulate": 2,
}


def test_a_modern_recipe_is_told_in_words():
    assert TrainingOptions(**MODERN).in_words(bfloat16=True) == (
        "adamw at 0.001 (backbone x 0.1), weight decay 0.05, cosine after a warm-up of 10%,"
        " batch 256 in 2 parts, label smoothing 0.1, class weights to the power 0.5,"
        " until 3 epochs are no better, bfloat16, seed 42"
    )


@pytest.mark.parametrize(
    ("rate", "start", "words"),
    [
        (1, 0, ""),
        (0.1, 0, " (backbone x 0.1)"),
        (1, 0.3, " (backbone after 30% of the steps)"),
        (0.1, 0.3, " (backbone x 0.1 after 30% of the steps)"),
    ],
)
def test_a_backbone_that_learns_otherwise_is_told_in_words(rate, start, words):
    options = TrainingOptions(epochs=1, backbone_rate=rate, backbone_start=start)
    assert options.in_words(bfloat16=False).startswith(f"adam at 0.001{words}, constant")


def test_a_road_recipe_names_what_is_set():
    words = RoadTrainingOptions(epochs=2, accumulate=2, early_stopping=4).in_words(bfloat16=False)
    assert ", batch 8 in 2 parts, views of 512 x 1024 px of scenes at 512 x 1024 px" in words
    assert ", until 4 epochs are no better, float32" in words


@pytest.mark.parametrize("kind", [TrainingOptions, RoadTrainingOptions])
def test_a_recipe_takes_accumulation_and_patience(kind):
    recipe = kind(epochs=1, accumulate=4, early_stopping=2).recipe(bfloat16=False)
    assert (recipe.accumulate, recipe.early_stopping) == (4, 2)


def test_no_training_is_told_in_words():
    assert RoadTrainingOptions().in_words(bfloat16=False) == "not trained here"


def test_half_a_size_is_the_size_of_the_scene():
    assert InferenceOptions(height=None).size is None
    assert InferenceOptions().size == (512, 512)
