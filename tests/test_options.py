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
        (RoadTrainingOptions, {"domain": "mars"}, "'cityscapes' or 'idd'"),
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


def test_no_training_is_told_in_words():
    assert RoadTrainingOptions().in_words(bfloat16=False) == "not trained here"


def test_half_a_size_is_the_size_of_the_scene():
    assert InferenceOptions(height=None).size is None
    assert InferenceOptions().size == (512, 512)
