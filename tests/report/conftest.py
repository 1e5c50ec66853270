"""Makes the made-up tables importable, and a report of them available to every test here."""

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

import chromium
import made_up_tables
from playwright.sync_api import Browser

from wildroad.datasets.picture_folder import encode_picture
from wildroad.figures import road, wildlife
from wildroad.figures.embedding import embedding_2d, embedding_3d
from wildroad.figures.mistakes import mistake_gallery
from wildroad.figures.rendered import RenderedFigure
from wildroad.report.content import assemble
from wildroad.report.page import render_report
from wildroad.report.parts import ReportContent
from wildroad.report.tables import ReportTables


@pytest.fixture(scope="session")
def tables() -> ReportTables:
    return ReportTables(
        **{
            field.name: getattr(made_up_tables, field.name)()
            for field in fields(ReportTables)
            if hasattr(made_up_tables, field.name)
        }
    )


@pytest.fixture(scope="session")
def figures() -> dict[str, RenderedFigure]:
    mistakes = made_up_tables.classification_mistakes().query("model == 'resnet18'")
    photos = made_up_tables.photos(len(mistakes))
    made_up_photos = (list(photos), list(photos[..., 0]))
    return {
        "model_comparison": wildlife.model_comparison(made_up_tables.classification_metrics()),
        "embedding_2d.resnet18": embedding_2d(made_up_tables.classification_embedding()),
        "embedding_3d.resnet18": embedding_3d(made_up_tables.classification_embedding(3)),
        "mistake_gallery.resnet18": mistake_gallery(mistakes, *made_up_photos),
        "photo_sheet.birds": wildlife.photo_sheet(made_up_tables.photos(2), ["one", "two"]),
        "cross_domain": road.cross_domain(made_up_tables.cross_domain()),
    }


@pytest.fixture(scope="session")
def pictures() -> dict[str, dict[str, bytes]]:
    """A thumbnail of every photo but the last, and pictures of the mistakes of one model."""
    ids = list(made_up_tables.album_photos()["photo_id"])
    thumbnails = map(encode_picture, made_up_tables.photos(len(ids) - 1, size=24))
    mistakes = made_up_tables.classification_mistakes().query("model == 'convnet'")["photo_id"]
    pairs = map(encode_picture, made_up_tables.photos(len(mistakes), size=32))
    return {
        "photo_thumbnails": dict(zip(ids, thumbnails, strict=False)),
        "mistake_pictures.convnet": dict(zip(mistakes, pairs, strict=True)),
    }


@pytest.fixture(scope="session")
def content(
    tables: ReportTables,
    figures: dict[str, RenderedFigure],
    pictures: dict[str, dict[str, bytes]],
) -> ReportContent:
    return assemble(
        tables,
        figures,
        pictures=pictures,
        facts={"Data": "made up", "Seed": "17"},
        settings={"classification.batch": "256"},
        sample=True,
    )


@pytest.fixture(scope="session")
def page(content: ReportContent) -> str:
    return render_report(content)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not chromium.chromium_path():
        pytest.skip("needs a Chromium browser")
    with chromium.open_browser() as found:
        yield found
