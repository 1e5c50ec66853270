"""What a photo more costs the page, so that a full-size run stays light."""

from dataclasses import replace

import made_up_run
import pytest

from wildroad.report.content import assemble
from wildroad.report.page import render_report

MOST_BYTES_A_PHOTO = 2800
"""Of the 30 MB of a full-size report, its 6,100 photos may take 17; all else the rest."""


@pytest.fixture(scope="module")
def bytes_of_page():
    def measure(test_photos: int) -> int:
        tables = made_up_run.run_tables(made_up_run.Size(test=test_photos, photos=test_photos + 40))
        pictures = made_up_run.run_pictures(tables, different=40)
        tables = replace(tables, classification_mistakes=None)
        return len(render_report(assemble(tables, {}, pictures=pictures)).encode())

    return measure


def test_a_photo_more_costs_the_page_little(bytes_of_page):
    cost = (bytes_of_page(300) - bytes_of_page(100)) / 200
    assert 1000 < cost < MOST_BYTES_A_PHOTO


def test_thumbnails_of_made_up_photos_are_as_heavy_as_those_of_real_ones():
    tables = made_up_run.run_tables(made_up_run.Size(test=30, photos=40))
    sizes = [*map(len, made_up_run.run_pictures(tables, 40)["photo_thumbnails"].values())]
    assert 1300 < sum(sizes) / len(sizes) < 1900  # real ones: 1,387, 40 photos of ten species
