import base64
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from wildroad.datasets.picture_folder import encode_picture
from wildroad.figures import style
from wildroad.figures.rendered import RenderedFigure
from wildroad.report.parts import Figure
from wildroad.report.pictures import PAGE_COLORS, adapt_svg, data_address, inline_picture, size_of


def test_figures_with_photos_are_shown_as_pixels_and_charts_as_svg(figures):
    kinds = {key: str(inline_picture(Figure(key, "", one)))[:4] for key, one in figures.items()}
    pixels = {key for key, kind in kinds.items() if kind == "<img"}
    assert pixels == {"mistake_gallery.resnet18", "photo_sheet.birds"}


def test_heavy_png_is_shown_as_light_webp_of_the_same_size():
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, "png")
    picture = RenderedFigure(buffer.getvalue(), "<svg><image/></svg>", "noise")
    kind, data = re.search(
        r"data:image/(\w+);base64,([^\"]+)", inline_picture(Figure("a", "", picture))
    ).groups()
    shown = Image.open(BytesIO(base64.b64decode(data)))
    assert (kind, shown.size) == ("webp", (400, 300))


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


def test_size_of_a_picture_is_width_and_height():
    assert size_of(encode_picture(np.zeros((4, 9, 3), np.uint8))) == (9, 4)


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_address_of_a_picture_names_its_kind(kind):
    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, kind)
    assert data_address(buffer.getvalue()).startswith(f"data:image/{kind};base64,")


@pytest.mark.faults
def test_bytes_that_are_no_picture_are_refused():
    with pytest.raises(ValueError, match="is WebP, PNG or JPEG; this one starts b'%PDF"):
        data_address(b"%PDF-1.7 and more")
