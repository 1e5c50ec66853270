"""A made-up run of any size: tables, figures and pictures in the numbers that a real one has."""

from dataclasses import dataclass, fields, replace

import made_up_tables as made_up
import numpy as np
import pandas as pd

from wildroad.core.labels import ROAD_CLASSES, class_colors
from wildroad.core.mistakes import confident_mistakes
from wildroad.core.stacking import stack_tables
from wildroad.core.thumbnails import thumbnail
from wildroad.datasets.picture_folder import encode_picture
from wildroad.figures import road, wildlife
from wildroad.figures.class_gallery import class_gallery, small_example
from wildroad.figures.embedding import embedding_2d, embedding_3d
from wildroad.figures.gallery import scene_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.report.content import assemble
from wildroad.report.parts import MaskSlider, Part, ReportContent, SliderGallery
from wildroad.report.tables import ReportTables

EMBEDDED = 3000  # photos of one embedding, see conf/base/parameters_classification.yml
PHOTO_SIZE = 224
SCENE_SIZE = (256, 512)
FAILURES = 3  # scenes a class and domain


@dataclass(frozen=True)
class Size:
    """How large a run is: test photos, and all photos; scenes count in the figures only."""

    test: int
    photos: int


FULL = Size(test=2300, photos=11_700)
"""The Russian Wildlife data set; 2,400 road scenes are as many rows and pictures as a hundred."""


def natural_noise(number: int, height: int, width: int) -> np.ndarray:
    """A picture with nearly the spectrum of photos, so that it takes about as many bytes."""
    random = np.random.default_rng(number)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    frequency[0, 0] = 1
    gray = random.normal(size=(height, width))
    colors = 0.25 * random.normal(size=(3, height, width)) + gray
    waves = np.fft.irfft2(np.fft.rfft2(colors) / frequency**1.5, s=(height, width)).transpose(
        1, 2, 0
    )
    return np.clip(127 + 55 * waves / waves.std(), 0, 255).astype(np.uint8)


def photo_table(size: Size) -> pd.DataFrame:
    """photo_id, split, class_name of every photo."""
    names = np.random.default_rng(1).choice(made_up.PHOTO_CLASSES, size.photos)
    rest = size.photos - size.test
    splits = ["test"] * size.test + ["val"] * (rest // 8) + ["train"] * (rest - rest // 8)
    ids = [f"{name}/IMAG{number:05d}.JPG" for number, name in enumerate(names)]
    return pd.DataFrame({"photo_id": ids, "split": splits, "class_name": names})


def answers(photos: pd.DataFrame) -> pd.DataFrame:
    """classification_predictions of these photos."""
    tables = {}
    for number, model in enumerate(made_up.MODELS):
        random = np.random.default_rng(number)
        wrong = random.random(len(photos)) > made_up.SKILL[model]
        other, second = random.choice(made_up.PHOTO_CLASSES, (2, len(photos)))
        sure = random.uniform(0.5, 1, len(photos))
        tables[model] = photos.rename(columns={"class_name": "target"}).assign(
            predicted=np.where(wrong, other, photos["class_name"]),
            confidence=sure,
            runner_up=second,
            runner_up_confidence=(1 - sure) / 2,
        )
    return stack_tables(tables, key="model")


def embedding(photos: pd.DataFrame, *axes: str) -> pd.DataFrame:
    """Dots of a seeded draw of these photos, for every model."""
    chosen = photos.sample(min(EMBEDDED, len(photos)), random_state=0)
    places = np.random.default_rng(2).normal(0, 30, (len(axes), len(chosen)))
    dots = chosen.assign(
        **dict(zip(axes, places, strict=True)),
        perplexity=30.0,
        drawn_from=len(photos),
        kl_divergence=1.5,
    )
    return stack_tables(dict.fromkeys(made_up.MODELS, dots), key="model")


def run_tables(size: Size) -> ReportTables:
    """Tables of a run of this size; those that do not grow with it are the made-up ones."""
    photos = photo_table(size)
    predictions = answers(photos)
    mistakes = {
        model: confident_mistakes(rows) for model, rows in predictions.groupby("model", sort=False)
    }
    small = {
        field.name: getattr(made_up, field.name)()
        for field in fields(ReportTables)
        if hasattr(made_up, field.name)
    }
    return replace(
        ReportTables(**small),
        classification_predictions=predictions,
        classification_mistakes=stack_tables(mistakes, key="model"),
        classification_embedding_2d=embedding(photos.query("split != 'test'"), "x", "y"),
        classification_embedding_3d=embedding(photos.query("split == 'val'"), "x", "y", "z"),
    )


def run_pictures(tables: ReportTables, different: int = 200) -> dict[str, dict[str, bytes]]:
    """Thumbnails of all photos and pictures of the mistakes, of so many different pictures."""
    noise = [natural_noise(one, PHOTO_SIZE, PHOTO_SIZE) for one in range(different)]
    small = [encode_picture(thumbnail(one)) for one in noise]
    pairs = [encode_picture(np.concatenate([one, one[::-1]], 1)) for one in noise[:40]]
    ids = tables.classification_predictions["photo_id"].unique()
    pictures = {"photo_thumbnails": {one: small[n % different] for n, one in enumerate(ids)}}
    for model, rows in tables.classification_mistakes.groupby("model"):
        named = enumerate(rows["photo_id"])
        pictures[f"mistake_pictures.{model}"] = {one: pairs[n % 40] for n, one in named}
    return pictures


def made_up_scene(number: int) -> tuple[np.ndarray, np.ndarray]:
    """A photo and its mask of soft shapes."""
    height, width = SCENE_SIZE
    photo = natural_noise(number, height, width)
    values = natural_noise(1000 + number, height // 8, width // 8)[..., 0] // 15
    return photo, np.kron(values, np.ones((8, 8), np.uint8)).astype(np.uint8) % len(ROAD_CLASSES)


def run_figures(tables: ReportTables) -> dict[str, RenderedFigure]:
    """Every figure that the report can show."""
    colors = class_colors(ROAD_CLASSES)
    scenes = [(f"scene {n}", *made_up_scene(n), made_up_scene(n + 1)[1]) for n in range(4)]
    example = [small_example(*made_up_scene(n)) for n in range(2)]
    sheet = np.stack([natural_noise(n, 96, 96) for n in range(40)])
    photos = [natural_noise(n, PHOTO_SIZE, PHOTO_SIZE) for n in range(40)]
    names = [f"photo {n}" for n in range(40)]
    by_model = {
        f"embedding_{axes}d.{model}": draw(rows)
        for axes, draw, table in (
            (2, embedding_2d, tables.classification_embedding_2d),
            (3, embedding_3d, tables.classification_embedding_3d),
        )
        for model, rows in table.groupby("model", sort=False)
    }
    galleries = {
        f"{name}.{domain}": figure
        for name, figure in (
            ("scene_gallery", scene_gallery(scenes, ROAD_CLASSES, colors)),
            ("class_gallery", class_gallery(dict.fromkeys(ROAD_CLASSES, example), ROAD_CLASSES,
                                            colors)),
        )
        for domain in made_up.DOMAINS
    }  # fmt: skip
    confusions = {
        f"road_confusion.{domain}": road.road_confusion(rows)
        for domain, rows in tables.segmentation_confusion.groupby("domain", sort=False)
    }
    return by_model | galleries | confusions | {
        "class_distribution": wildlife.class_distribution(tables.class_distribution),
        "photo_sheet": wildlife.photo_sheet(sheet, names, columns=8),
        "photo_quality": wildlife.photo_sheet(photos, names, columns=8),
        "history_curves": wildlife.history_curves(tables.classification_history),
        "model_comparison": wildlife.model_comparison(tables.classification_metrics),
        "reliability_diagram": wildlife.reliability_diagram(tables.classification_reliability),
        "scene_distribution": road.scene_distribution(tables.scene_distribution),
        "class_scores": road.class_scores(tables.segmentation_class_scores),
        "cross_domain": road.cross_domain(tables.cross_domain),
        "ignored_labels": road.ignored_labels(tables.ignored_labels),
        "road_history": road.road_history(tables.road_history),
    }  # fmt: skip


def failure_sliders() -> Part:
    """Three failures of each class and domain under sliders, as a full report has them."""
    colors = np.vstack([class_colors(ROAD_CLASSES), np.zeros((238, 3), np.uint8)])
    groups = []
    for number, name in enumerate(ROAD_CLASSES * len(made_up.DOMAINS)):
        scenes = [made_up_scene(3 * number + one) for one in range(FAILURES)]
        sliders = [
            MaskSlider(f"scene {one}", encode_picture(photo), encode_picture(colors[mask]),
                       encode_picture(colors[mask[::-1]]), f"{name} in a street")
            for one, (photo, mask) in enumerate(scenes)
        ]  # fmt: skip
        groups.append((name, tuple(sliders)))
    return Part("Failures", blocks=(SliderGallery("Failures", tuple(groups)),))


def with_part(content: ReportContent, part: Part) -> ReportContent:
    """The same report with one more part in its road chapter."""
    sections = [
        replace(one, parts=(*one.parts, part)) if one.id == "road-scenes" else one
        for one in content.sections
    ]
    return replace(content, sections=tuple(sections))


def run_content(size: Size) -> ReportContent:
    """All that a report of a run of this size shows."""
    tables = run_tables(size)
    settings = {f"setting.{number}": str(number) for number in range(100)}
    shown = assemble(
        tables, run_figures(tables), pictures=run_pictures(tables), settings=settings, sample=True
    )
    return with_part(shown, failure_sliders())
