from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from wildroad.core.metrics.significance import (
    UNDECIDED,
    Discordance,
    better_model,
    compare_paired,
    compare_pairs,
    correct_by_holm,
)

counts = st.integers(0, 60)


@pytest.mark.parity
@given(counts, counts)
def test_p_values_equal_those_by_hand(b, c):
    found = compare_paired(b, c)
    if b + c < 25:
        expected = binomtest(min(b, c), b + c).pvalue if b + c else 1.0
        assert found.method == "exact binomial"
    else:
        expected = chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1)
        assert found.method == "chi-squared with continuity"
    assert found.p_value == pytest.approx(expected, abs=1e-12)


@given(counts, counts)
def test_p_value_does_not_depend_on_which_model_comes_first(b, c):
    assert compare_paired(b, c) == compare_paired(c, b)


@pytest.mark.parity
@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_equals_its_definition(p_values):
    order = np.argsort(p_values, kind="stable")
    expected, greatest = np.empty(len(p_values)), 0.0
    for rank, place in enumerate(order):
        greatest = max(greatest, (len(p_values) - rank) * p_values[place])
        expected[place] = min(1, greatest)
    assert np.allclose(correct_by_holm(p_values), expected, atol=1e-12)


def predictions(**right):
    """Test photos that models got right (1) or wrong (0), in another order for each model."""
    tables = []
    for number, (model, hits) in enumerate(right.items()):
        table = pd.DataFrame(
            {
                "model": model,
                "photo_id": [f"fox/{one}" for one in range(len(hits))],
                "group_id": [f"fox/{one}" for one in range(len(hits))],
                "split": "test",
                "target": "fox",
                "predicted": ["fox" if hit else "owl" for hit in hits],
            }
        )
        tables.append(table.sample(frac=1, random_state=number))
    return pd.concat(tables, ignore_index=True)


ANSWERS = {"a": [1] * 40 + [0] * 10, "b": [0] * 30 + [1] * 10 + [0] * 10, "c": [1] * 38 + [0] * 12}


def test_pairs_are_joined_by_photo_and_the_better_one_is_named():
    table = compare_pairs(predictions(**ANSWERS), ["a", "b", "c"]).set_index(["model_a", "model_b"])
    assert list(table.index) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert list(table["only_a_right"]) == [30, 2, 2]
    assert list(table["only_b_right"]) == [0, 0, 30]
    assert list(table["verdict"]) == ["a", UNDECIDED, "c"]
    assert list(table["photos"]) == [50, 50, 50]
    assert (table["p_holm"] >= table["p_value"]).all()


def test_the_order_of_models_changes_no_verdict():
    for order in permutations(ANSWERS):
        table = compare_pairs(predictions(**ANSWERS), order)
        verdicts = {frozenset(row[:2]): row[-1] for row in table.itertuples(index=False)}
        assert verdicts[frozenset("ab")] == "a"
        assert verdicts[frozenset("ac")] == UNDECIDED


def test_photos_of_train_and_val_do_not_count():
    table = predictions(**ANSWERS).assign(split="val")
    assert compare_pairs(table, ["a", "b"])["photos"].tolist() == [0]


def test_one_model_is_compared_with_none():
    assert compare_pairs(predictions(a=[1, 0]), ["a"]).empty


def test_models_that_answered_other_photos_are_refused():
    table = predictions(a=[1, 0, 1], b=[1, 0, 1])
    lacking = table[(table["model"] != "b") | (table["photo_id"] != "fox/1")]
    with pytest.raises(ValueError, match="1 test photos were not answered by b"):
        compare_pairs(lacking, ["a", "b"])


def test_a_corrected_p_of_exactly_the_level_decides_nothing():
    assert better_model(("a", "b"), Discordance(9, 1, 9, 1), 0.05) == UNDECIDED
    assert better_model(("a", "b"), Discordance(1, 9, 1, 9), 0.049) == "b"


def test_a_burst_speaks_once_however_many_frames_it_has():
    table = predictions(a=[1] * 30 + [0, 0, 0], b=[0] * 30 + [1, 1, 1])
    burst = table["photo_id"].str.removeprefix("fox/").astype(int) < 30
    grouped = table.assign(group_id=table["group_id"].where(~burst, "burst"))
    (row,) = compare_pairs(grouped, ["a", "b"]).itertuples()
    assert (row.photos, row.groups, row.only_a_right, row.only_b_right) == (33, 4, 30, 3)
    assert (row.groups_for_a, row.groups_for_b, row.verdict) == (1, 3, UNDECIDED)
    (photos,) = compare_pairs(table, ["a", "b"]).itertuples()
    assert photos.verdict == "a"


def test_a_group_of_which_both_got_as_many_right_speaks_for_neither():
    table = predictions(a=[1, 0, 1], b=[0, 1, 0]).assign(group_id="one")
    table.loc[table["photo_id"] == "fox/2", "group_id"] = "two"
    (row,) = compare_pairs(table, ["a", "b"]).itertuples()
    assert (row.groups_for_a, row.groups_for_b) == (1, 0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=80), st.data())
def test_with_groups_of_one_it_is_the_test_on_photos(hits, data):
    other = data.draw(st.lists(st.booleans(), min_size=len(hits), max_size=len(hits)))
    (row,) = compare_pairs(predictions(a=hits, b=other), ["a", "b"]).itertuples()
    assert (row.groups_for_a, row.groups_for_b) == (row.only_a_right, row.only_b_right)
    assert row.p_value == compare_paired(row.only_a_right, row.only_b_right).p_value
