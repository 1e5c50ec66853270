import pandas as pd

from wildroad.core.mistakes import confident_mistakes


def predictions(*rows):
    columns = ["photo_id", "split", "target", "predicted", "confidence"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(runner_up="elk", runner_up_confidence=0.1, group_id="g")


def test_the_surest_wrong_test_photos_of_each_class_are_ranked():
    table = confident_mistakes(
        predictions(
            ("owl/1", "test", "owl", "fox", 0.4),
            ("fox/1", "test", "fox", "owl", 0.5),
            ("fox/2", "test", "fox", "owl", 0.9),
            ("fox/3", "test", "fox", "owl", 0.6),
            ("fox/4", "test", "fox", "owl", 0.7),
            ("fox/5", "test", "fox", "fox", 1.0),
            ("fox/6", "val", "fox", "owl", 1.0),
        )
    )
    assert list(table["photo_id"]) == ["fox/2", "fox/4", "fox/3", "owl/1"]
    assert list(table["rank"]) == [1, 2, 3, 1]


def test_ties_go_by_photo_id_whatever_the_order_of_the_rows():
    rows = [(f"fox/{number}", "test", "fox", "owl", 0.5) for number in (4, 2, 3, 1)]
    for ordered in (rows, rows[::-1]):
        table = confident_mistakes(predictions(*ordered))
        assert list(table["photo_id"]) == ["fox/1", "fox/2", "fox/3"]


def test_a_perfect_model_has_no_mistakes():
    table = confident_mistakes(predictions(("fox/1", "test", "fox", "fox", 0.5)))
    assert table.empty
    assert "rank" in table
