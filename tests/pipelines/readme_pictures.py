"""Make the README's pictures from the last run, with Chromium.

python tests/pipelines/readme_pictures.py puts the first screen of the report, photos, scenes and
the whole project in Kedro-Viz into .readme; none is heavier than HEAVIEST.
"""

import argparse
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Browser

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "report")]

from chromium import open_browser
from viz_site import PROJECT, Site, build_site, open_site, served

HEAVIEST = 300_000  # bytes
WIDTH = 960
PICTURE_ONLY = """
body * { visibility: hidden; }
#pipeline-graph, #pipeline-graph * { visibility: visible; }
"""
CUTS = {"photos": ("photo_sheet", 292), "scenes": ("cityscapes_gallery", 390)}
"""Picture -> the figure it is the top of, and the height it is cut at."""


def first_screen(browser: Browser, page: Path) -> Image.Image:
    """What a reader sees first of a page on disk."""
    window = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    window.goto(page.resolve().as_uri())
    window.wait_for_timeout(500)
    return as_image(window.screenshot())


def whole_project(browser: Browser, site: Site) -> Image.Image:
    """All pipelines in Kedro-Viz, folded, without the datasets between them."""
    window = browser.new_page(viewport={"width": 1400, "height": 800})
    with served(site) as address:
        open_site(window, address, "?types=nodes")
        window.add_style_tag(content=PICTURE_ONLY)
        return without_margin(as_image(window.screenshot()))


def without_margin(image: Image.Image, *, left: int = 24) -> Image.Image:
    """Cut off what is all of the colour of the first pixel, but for ``left`` pixels of it."""
    plain = Image.new("RGB", image.size, image.getpixel((0, 0)))
    box = ImageChops.difference(image, plain).getbbox() or (0, 0, *image.size)
    west, north, east, south = box
    return image.crop(
        (
            max(0, west - left),
            max(0, north - left),
            min(image.width, east + left),
            min(image.height, south + left),
        )
    )


def top_of(figure: Path, *, height: int) -> Image.Image:
    """A figure at the README's width, cut off below ``height``."""
    with Image.open(figure) as opened:
        small = at_width(opened.convert("RGB"))
    return small.crop((0, 0, small.width, min(height, small.height)))


def at_width(image: Image.Image) -> Image.Image:
    """An image at the README's width."""
    return image.resize((WIDTH, round(image.height * WIDTH / image.width)))


def as_image(png: bytes) -> Image.Image:
    """Read a screenshot."""
    return Image.open(BytesIO(png)).convert("RGB")


def save_light(image: Image.Image, path: Path) -> None:
    """Save a PNG with as many colours as keep it below HEAVIEST.

    Raises:
        ValueError: Even with 32 colours it is heavier.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for colors in (256, 128, 64, 32):
        image.quantize(colors).save(path, optimize=True)
        if path.stat().st_size <= HEAVIEST:
            return
    raise ValueError(f"{path} has {path.stat().st_size} bytes, more than {HEAVIEST}")


def make_pictures(reporting: Path, site: Site, folder: Path) -> list[Path]:
    """Make every picture of a run.

    Args:
        reporting: The run's folder 08_reporting.
        site: Its Kedro-Viz.
        folder: Where the pictures go.
    """
    with open_browser() as browser:
        pictures = {
            "report": at_width(first_screen(browser, reporting / "report.html")),
            "pipelines": at_width(whole_project(browser, site)),
        }
    for name, (figure, height) in CUTS.items():
        pictures[name] = top_of(reporting / "figures" / f"{figure}.png", height=height)
    paths = {name: folder / f"{name}.png" for name in pictures}
    for name, picture in pictures.items():
        save_light(picture, paths[name])
    return list(paths.values())


def main() -> None:
    """Make the pictures of the last run in this checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PROJECT / ".readme", help="their folder")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        site = build_site(Path(folder) / "site")
        for path in make_pictures(PROJECT / "data" / "08_reporting", site, out):
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
