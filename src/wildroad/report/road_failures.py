"""Scenes where a class went wrong: the photo under the target and the predicted mask."""

from collections.abc import Mapping

import pandas as pd

from wildroad.figures.road_colors import class_hex, own_colors
from wildroad.report.formats import domain_title, score
from wildroad.report.parts import MaskSlider, Part, SliderGallery
from wildroad.report.road_verdicts import failure_counts
from wildroad.report.selection import Figures, Pictures, figures_named, part, table_of
from wildroad.report.tables import ReportTables, present

TITLE = "Where classes went wrong"
FAILURES = (
    "For each class, the scenes that contain it and have an IoU of it of at most {limit}; those "
    "with most missed pixels first. A scene without the class is never among them."
)
LIMIT = "road_evaluation.failure_iou"
READING = (
    "The slider lays the target mask or the predicted one over the photo. In full colour are the "
    "pixels that are the class in either of them; the others are pale."
)


def failure_parts(
    tables: ReportTables,
    figures: Figures,
    pictures: Pictures,
    settings: Mapping[str, str] | None = None,
) -> tuple[Part, ...]:
    """Scenes where a class went wrong, under sliders where there are pictures, and in words."""
    still = figures_named(figures, "failure_gallery", "Failures of every class.", folded=True)
    failures = present(tables.segmentation_failures)
    if failures is None:
        return part(TITLE, figures=still)
    galleries = _galleries(failures, pictures, present(tables.label_spaces))
    rule = FAILURES.format(limit=_limit(settings or {}))
    counted = failure_counts(failures, present(tables.segmentation_class_scores))
    return part(
        TITLE,
        "\n".join([f"{rule} {counted}", *([READING] if galleries else [])]),
        blocks=galleries,
        figures=() if galleries else still,
        tables=table_of(failures, "segmentation_failures", "What they were taken for", folded=True),
    )


def _limit(settings: Mapping[str, str]) -> str:
    """The IoU as configured, also in a project that gives the parameters a namespace."""
    values = [value for name, value in settings.items() if f".{name}".endswith(f".{LIMIT}")]
    return values[0] if values else f"the setting {LIMIT}"


def _galleries(
    failures: pd.DataFrame, pictures: Pictures, labels: pd.DataFrame | None
) -> tuple[SliderGallery, ...]:
    """One gallery for each domain whose pictures are there, a group a class."""
    found = []
    for domain, rows in failures.groupby("domain", sort=False):
        sliders = {
            str(name): _sliders(of_class, str(domain), pictures)
            for name, of_class in rows.groupby("class_name", sort=False)
        }
        groups = tuple((name, several) for name, several in sliders.items() if several)
        if groups:
            title = f"Failures in {domain_title(str(domain))}"
            found.append(SliderGallery(title, groups, key=_key(rows, labels), folded=True))
    return tuple(found)


def _sliders(failures: pd.DataFrame, domain: str, pictures: Pictures) -> tuple[MaskSlider, ...]:
    photos = pictures.get(f"failure_photos.{domain}", {})
    masks = pictures.get(f"failure_masks.{domain}", {})
    found = []
    for row in failures.to_dict("records"):
        name = f"{row['class_name']}/{row['rank']}"
        target, predicted = f"{name}/target", f"{name}/predicted"
        if name in photos and target in masks and predicted in masks:
            title = f"{row['scene_id']}, IoU {score(float(row['iou']))}"
            shown = f"Street scene with {row['class_name']}: target and predicted mask"
            laid = (photos[name], masks[target], masks[predicted])
            found.append(MaskSlider(title, *laid, shown, str(row["words"])))
    return tuple(found)


def _key(failures: pd.DataFrame, labels: pd.DataFrame | None) -> tuple[tuple[str, str], ...]:
    """Colours of the classes that went wrong and of what they were taken for, if they are known."""
    if labels is None:
        return ()
    taken = failures.loc[failures["taken_for"] != "", "taken_for"]
    names = list(dict.fromkeys([*failures["class_name"], *taken]))
    return tuple(zip(class_hex(names, own_colors(labels)), names, strict=True))
