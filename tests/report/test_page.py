import base64
import gzip
import json
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from wildroad.figures.rendered import RenderedFigure
from wildroad.report.content import assemble
from wildroad.report.page import matrix_rows, packed_plotly, render_report
from wildroad.report.parts import Figure, Matrix, Part, ReportContent, Section, Table
from wildroad.report.tables import ReportTables

DOTS = "dots-are-photos-data"


def test_same_content_gives_the_same_page(content, page):
    assert render_report(content) == page


def test_nothing_on_the_page_points_to_a_network(page):
    references = re.findall(r'(?:src|href|action|poster|srcset)\s*=\s*"([^"]*)"', page)
    assert references
    assert all(reference.startswith(("#", "data:")) for reference in references)
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page


def test_every_identifier_on_the_page_is_unique(page):
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_every_local_reference_has_its_target(page):
    identifiers = set(re.findall(r'\bid="([^"]+)"', page))
    local = re.findall(r'href="#((?!photos\?)[^"]+)"|url\(#([^)]+)\)', page)
    assert {first or second for first, second in local} <= identifiers


def test_every_picture_has_an_alternative_text(page):
    shown = BeautifulSoup(page, "html.parser").select("main figure")
    pictures = [figure.select_one("img, svg") for figure in shown]
    assert all(one.get("alt") or one.get("aria-label") for one in pictures)


@pytest.mark.faults
def test_hostile_names_of_classes_stay_text():
    evil = "<script>alert(1)</script>"
    frame = pd.DataFrame({"class_name": [evil], "photos": [1]})
    picture = RenderedFigure(b"", '<svg viewBox="0 0 1 1"></svg>', f'"><{evil}')
    part = Part(evil, evil, (Figure("a", evil, picture),), (Table(evil, frame, "t.csv"),))
    content = ReportContent(
        title=evil,
        facts=((evil, evil),),
        warnings=(evil,),
        headlines=(),
        verdicts=(),
        summary=(),
        sections=(Section("s", evil, evil, (part,)),),
    )
    assert evil not in render_report(content)


def test_page_of_nothing_says_not_run_in_every_chapter():
    assert render_report(assemble(ReportTables(), {})).count('class="not-run"') == 5


def test_page_forbids_itself_to_load_anything(page):
    assert "default-src 'none'" in page


def test_page_without_photo_models_has_no_dialog_no_data_and_no_library(tables):
    road_only = ReportTables(cross_domain=tables.cross_domain)
    page = BeautifulSoup(render_report(assemble(road_only, {})), "html.parser")
    assert page.select("dialog, #album, #album-pictures, #plotly") == []


def test_data_of_the_page_are_the_tables_rows(page, tables):
    soup = BeautifulSoup(page, "html.parser")
    album, space = (json.loads(soup.find(id=one).string) for one in ("album", DOTS))
    answers = tables.classification_predictions.query("model == 'resnet18'").set_index("photo_id")
    names = album["classes"]
    for name, column in (
        ("target", album["target"]),
        ("predicted", album["answers"]["resnet18"]["predicted"]),
    ):
        assert [names[one] for one in column] == list(answers.loc[album["ids"], name])
    dots = tables.classification_embedding_3d.query("model == 'resnet18'")
    found = space["models"]["resnet18"]["3"]
    assert found["photo"] == list(dots["photo_id"])
    assert found["class"] == list(dots["class_name"])
    assert found["z"] == list(dots["z"].round(3))


def test_library_of_the_page_is_plotly_whole():
    script = gzip.decompress(base64.b64decode(packed_plotly())).decode()
    assert script.startswith("/**\n* plotly.js v")


def test_cells_of_a_matrix_are_shares_of_their_row_and_lead_to_their_photos():
    counts = {("a", "a"): 3, ("a", "b"): 1, ("b", "b"): 0}
    links = dict.fromkeys(counts, "#photos?x")
    (first, second) = matrix_rows(Matrix("m", ("a", "b"), counts, links), linked=True)
    assert [(cell.photos, cell.share, cell.link) for cell in first[2]] == [
        (3, 0.75, "#photos?x"),
        (1, 0.25, "#photos?x"),
    ]
    assert (second[1], second[2][1].share, second[2][1].link) == (0, 0.0, "")


def test_without_photos_no_number_is_a_link(tables):
    assert 'href="#photos?' not in render_report(
        assemble(ReportTables(classification_per_class=tables.classification_per_class), {})
    )
