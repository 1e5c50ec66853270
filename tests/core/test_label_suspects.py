import numpy as np
import pandas as pd
import pytest

from wildroad.core.label_suspects import audit_labels, out_of_sample


def clusters(photos=60, seed=0):
    """Three classes far apart in ten dimensions, two photos a group, and features."""
    generator = np.random.default_rng(seed)
    numbers = np.arange(photos) % 3
    centers = 4 * generator.standard_normal((3, 10))
    features = (centers[numbers] + generator.standard_normal((photos, 10))).astype(np.float32)
    names = np.array(["fox", "lynx", "owl"])[numbers]
    groups = [f"{name}/{number // 6}" for number, name in enumerate(names)]
    ids = [f"{name}/{number}" for number, name in enumerate(names)]
    return pd.DataFrame({"photo_id": ids, "class_name": names, "group_id": groups}), features


def test_planted_wrong_labels_are_named_with_the_right_one():
    photos, features = clusters()
    truth = photos["class_name"].copy()
    photos.loc[[4, 20], "class_name"] = ["fox", "fox"]
    suspects = audit_labels(photos, features, fewest_right=0.8, seed=0).suspects
    wrong = photos.index[photos["class_name"] != truth]
    assert set(suspects["photo_id"]) == set(photos.loc[wrong, "photo_id"])
    assert list(suspects["suggested_class"]) == [
        truth[photos.index[photos["photo_id"] == one][0]] for one in suspects["photo_id"]
    ]
    assert suspects["label_quality"].is_monotonic_increasing


def test_right_labels_are_not_doubted():
    photos, features = clusters()
    audit = audit_labels(photos, features, fewest_right=0.8, seed=0)
    assert audit.accuracy == 1
    assert audit.suspects.empty


def test_features_that_tell_nothing_doubt_no_label():
    photos, features = clusters()
    noise = np.random.default_rng(1).standard_normal(features.shape).astype(np.float32)
    audit = audit_labels(photos, noise, fewest_right=0.8, seed=0)
    assert audit.accuracy < 0.8
    assert audit.suspects.empty


def test_no_photo_is_judged_by_a_classifier_that_saw_its_group():
    photos, _ = clusters()
    photos["class_name"] = np.random.default_rng(2).permutation(photos["class_name"])
    photos["group_id"] = [f"pair {number // 2}" for number in range(len(photos))]
    photos["class_name"] = photos["class_name"].iloc[::2].repeat(2).to_numpy()
    twins = np.repeat(np.random.default_rng(3).standard_normal((30, 10)), 2, axis=0)
    labels = np.unique(photos["class_name"], return_inverse=True)[1]
    found = out_of_sample(twins.astype(np.float32), labels, photos, seed=0)
    # Random features: a classifier that saw a photo's twin would know its label.
    assert (found.argmax(axis=1) == labels).mean() < 0.6


def test_a_class_of_one_group_cannot_be_audited():
    photos, features = clusters()
    photos["group_id"] = photos["class_name"]
    audit = audit_labels(photos, features, fewest_right=0.8, seed=0)
    assert np.isnan(audit.accuracy)
    assert list(audit.suspects.columns) == [
        "photo_id", "class_name", "suggested_class", "label_quality",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_two_audits_agree(seed):
    photos, features = clusters(seed=seed)
    photos.loc[3, "class_name"] = "owl"
    first, second = (audit_labels(photos, features, fewest_right=0.5, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first.suspects, second.suspects)
