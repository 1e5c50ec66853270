from io import BytesIO

import matplotlib
import pytest
from PIL import Image

from wildroad.figures.rendered import nothing_to_show, render
from wildroad.figures.style import new_figure, styled


@styled()
def line(width: float = 3.0):
    figure = new_figure(width=width, height=2.0)
    figure.subplots().plot([0, 1], [0, 1], label="a < b & c")
    figure.axes[0].legend()
    return figure


def test_same_figure_drawn_twice_gives_the_same_bytes():
    first, second = (render(line(), alternative_text="a line") for _ in range(2))
    assert first == second


def test_one_figure_rendered_twice_gives_the_same_bytes():
    figure = line()
    assert render(figure, alternative_text="a") == render(figure, alternative_text="a")


def test_png_has_two_pixels_per_css_pixel():
    picture = render(line(width=3.0), alternative_text="a line")
    assert Image.open(BytesIO(picture.png)).size == (3 * 96 * 2, 2 * 96 * 2)


def test_svg_starts_at_its_tag_and_bears_no_date():
    svg = render(line(), alternative_text="a line").svg
    assert svg.startswith("<svg")
    assert "<dc:date>" not in svg
    assert "Matplotlib" not in svg


def test_svg_keeps_text_as_escaped_text():
    assert "a &lt; b &amp; c" in render(line(), alternative_text="a line").svg


@pytest.mark.faults
def test_figure_without_alternative_text_is_refused():
    with pytest.raises(ValueError, match="needs an alternative text"):
        render(line(), alternative_text=" ")


def test_drawing_leaves_the_global_settings_of_matplotlib_alone():
    before = dict(matplotlib.rcParams)
    render(line(), alternative_text="a line")
    assert dict(matplotlib.rcParams) == before


def test_nothing_to_show_says_why():
    picture = nothing_to_show("No photos to count.")
    assert "No photos to count." in picture.svg
    assert picture.alternative_text == "No photos to count."
