"""A figure as the bytes that are stored and shown: a PNG for slides, an SVG for the page."""

from dataclasses import dataclass
from io import BytesIO
from warnings import catch_warnings, filterwarnings

from matplotlib.figure import Figure

from wildroad.figures.style import new_figure, styled

PNG_DPI = 192
"""Twice the 96 dots per inch of a CSS inch, so that the PNG stays sharp on a fine screen."""


@dataclass(frozen=True)
class RenderedFigure:
    """A drawn figure.

    Attributes:
        png: the picture as PNG, two pixels per CSS pixel, on white paper.
        svg: the same picture as SVG text, starting at its `<svg` tag.
        alternative_text: what the picture shows, for those who do not see it.
    """

    png: bytes
    svg: str
    alternative_text: str


def render(figure: Figure, *, alternative_text: str) -> RenderedFigure:
    """Draw a figure; the same figure gives the same bytes, as nothing records when or by what.

    Args:
        figure: a figure made under `style.styled`.
        alternative_text: one or two sentences that say what the picture shows.

    Raises:
        ValueError: when the alternative text is empty.
    """
    if not alternative_text.strip():
        raise ValueError("a figure needs an alternative text that says what it shows; got ''")
    with styled(), catch_warnings():
        # A name in a script the font lacks is right in the SVG, where the reader's fonts draw it.
        filterwarnings("ignore", message="Glyph .* missing from font")
        # Laid out once: each drawing would move the panels by another fraction of a pixel.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        svg = _svg_text(figure)
        png = _png_bytes(figure)
    return RenderedFigure(png=png, svg=svg, alternative_text=alternative_text.strip())


def nothing_to_show(message: str) -> RenderedFigure:
    """Small figure that says why there is no picture."""
    with styled():
        figure = new_figure(width=7.2, height=1.2)
        figure.text(0.5, 0.5, message, ha="center", va="center", style="italic")
        return render(figure, alternative_text=message)


def _png_bytes(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _svg_text(figure: Figure) -> str:
    buffer = BytesIO()
    undated = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=undated)
    text = buffer.getvalue().decode("utf-8")
    return text[text.index("<svg") :]
