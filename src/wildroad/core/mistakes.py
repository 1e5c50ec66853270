"""Which photos a model was surest of and wrong about."""

import pandas as pd

MOST_PER_CLASS = 3


def confident_mistakes(predictions: pd.DataFrame, *, most: int = MOST_PER_CLASS) -> pd.DataFrame:
    """The most confident wrong test photos of each target class; ties go by photo id.

    Args:
        predictions: Columns photo_id, split, target, predicted, confidence, runner_up,
            runner_up_confidence; of one model.
        most: Photos of a class at most.

    Returns:
        Columns photo_id, target, rank (1 = surest), predicted, confidence, runner_up,
        runner_up_confidence; classes sorted, then by rank.
    """
    wrong = predictions[
        (predictions["split"] == "test") & (predictions["target"] != predictions["predicted"])
    ]
    ordered = wrong.sort_values(["target", "confidence", "photo_id"], ascending=[True, False, True])
    rank = ordered.groupby("target", sort=False).cumcount() + 1
    columns = ["photo_id", "target", "rank", "predicted", "confidence", "runner_up"]
    ranked = ordered.assign(rank=rank)[[*columns, "runner_up_confidence"]]
    return ranked[ranked["rank"] <= most].reset_index(drop=True)
