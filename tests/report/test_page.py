import base64
import re
from io import BytesIO, StringIO

import made_up_tables as made_up
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from wildroad.figures import style
from wildroad.figures.rendered import RenderedFigure
from wildroad.report.content import assemble
from wildroad.report.page import (
    PAGE_COLORS,
    adapt_svg,
    csv_link,
    inline_picture,
    render_report,
    show_table,
)
from wildroad.report.parts import Figure, Part, ReportContent, Section, Table
from wildroad.report.tables import ReportTables


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
    local = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page)
    assert {first or second for first, second in local} <= identifiers


def test_every_picture_has_an_alternative_text(page):
    pictures = re.findall(r'<img[^>]*alt="([^"]+)"|<svg[^>]*aria-label="([^"]+)"', page)
    assert len(pictures) == page.count("<figure")


def test_photos_are_shown_as_png_and_charts_as_svg(page):
    assert len(re.findall('src="data:image/(?:png|jpeg)', page)) == 2
    assert page.count("<svg") == 5


def test_heavy_png_is_shown_as_a_light_jpeg_of_the_same_size():
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, "png")
    picture = RenderedFigure(buffer.getvalue(), "<svg><image/></svg>", "noise")
    kind, data = re.search(
        r"data:image/(\w+);base64,([^\"]+)", inline_picture(Figure("a", "", picture))
    ).groups()
    shown = Image.open(BytesIO(base64.b64decode(data)))
    assert (kind, shown.size) == ("jpeg", (400, 300))


def test_colors_of_the_figures_become_those_of_the_page():
    roles = {style.INK, style.MUTED, style.GRID, style.PAPER}
    assert set(PAGE_COLORS) == roles
    svg = f'<svg viewBox="0 0 72 36"><path style="fill: {style.INK}"/></svg>'
    assert "fill: var(--ink)" in adapt_svg(svg, key="a", text="t")


def test_width_of_a_figure_is_in_css_pixels():
    assert "--width: 96px" in adapt_svg('<svg viewBox="0 0 72 36"></svg>', key="a", text="t")


@pytest.mark.faults
def test_svg_without_a_view_box_is_refused():
    with pytest.raises(ValueError, match="needs a viewBox"):
        adapt_svg("<svg width='3'></svg>", key="a", text="t")


def test_saved_csv_holds_the_unrounded_rows():
    table = Table("Scores", made_up.segmentation_class_scores(), "scores.csv")
    data = base64.b64decode(csv_link(table).split("base64,")[1]).decode()
    read = pd.read_csv(StringIO(data))
    pd.testing.assert_frame_equal(read, table.frame, check_dtype=False, check_exact=True)


def test_cell_with_a_reason_shows_it_and_sorts_last():
    frame = pd.DataFrame({"class_name": ["Train"], "iou": [0.2]})
    table = Table("t", frame, "t.csv", absent={(0, "iou"): "n/a: contaminated"})
    cell = show_table(table).rows[0][1]
    assert (cell.text, cell.key, cell.absent) == ("n/a: contaminated", "", True)


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
