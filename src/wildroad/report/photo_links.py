"""Addresses on the page that open the photos behind a number.

The part after "#photos?" is a query that the page's script answers from the report's album.
"""

from urllib.parse import quote

import pandas as pd

from wildroad.report.parts import Table

Links = dict[tuple[int, str], str]


def _address(**query: str) -> str:
    pairs = (f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"#photos?{'&'.join(pairs)}"


def answered(model: str, *, target: str = "", predicted: str = "", wrong: bool = False) -> str:
    """Test photos of a target class, of a predicted class, or both; all of them or the wrong ones.

    >>> answered("resnet18", target="wild_boar", wrong=True)
    '#photos?model=resnet18&target=wild_boar&wrong=yes'
    """
    query = {"model": model, "target": target, "predicted": predicted, "wrong": "yes" * wrong}
    return _address(**{name: value for name, value in query.items() if value})


def right_alone(model: str, other: str) -> str:
    """Test photos that one model of a pair alone got right.

    >>> right_alone("convnet", "resnet18")
    '#photos?right=convnet&unlike=resnet18'
    """
    return _address(right=model, unlike=other)


def one_photo(photo_id: str) -> str:
    """One photo.

    >>> one_photo("dog/a b.jpg")
    '#photos?photo=dog%2Fa%20b.jpg'
    """
    return _address(photo=photo_id)


def class_links(per_class: pd.DataFrame) -> Links:
    """Links of classification_per_class: what was missed, what was called so, and by mistake."""
    links: Links = {}
    for row, (model, name) in enumerate(per_class[["model", "class_name"]].to_numpy()):
        links |= {
            (row, "support"): answered(model, target=name),
            (row, "recall"): answered(model, target=name, wrong=True),
            (row, "predicted_photos"): answered(model, predicted=name),
            (row, "precision"): answered(model, predicted=name, wrong=True),
        }
    return links


def pair_links(pairs: pd.DataFrame) -> Links:
    """Links of classification_comparison: the photos that only one of two models got right."""
    links: Links = {}
    for row, (first, second) in enumerate(pairs[["model_a", "model_b"]].to_numpy()):
        links[row, "only_a_right"] = right_alone(first, second)
        links[row, "only_b_right"] = right_alone(second, first)
    return links


def cell_links(confusion: pd.DataFrame) -> Links:
    """Links of classification_confusion: the photos of each cell that has any."""
    cells = confusion[["model", "target", "predicted", "photos"]].to_numpy()
    return {
        (row, "photos"): answered(model, target=target, predicted=predicted)
        for row, (model, target, predicted, photos) in enumerate(cells)
        if photos
    }


def photo_links(table: Table, photos: frozenset[str]) -> Links:
    """Links of the photo ids of a table, in whichever columns they stand, to the photos shown."""
    return {
        (row, str(column)): one_photo(str(value))
        for column in table.frame
        if "photo_id" in str(column)
        for row, value in enumerate(table.frame[column])
        if value in photos
    }
