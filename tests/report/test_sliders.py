"""Mask sliders: on the page and in a browser."""

from collections.abc import Iterator
from pathlib import Path

import made_up_tables as made_up
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from chromium import OpenedReport, opened
from playwright.sync_api import Browser

from wildroad.datasets.picture_folder import encode_picture
from wildroad.report.page import render_report
from wildroad.report.parts import MaskSlider, Part, ReportContent, Section, SliderGallery

RED, BLUE = (np.full((32, 64, 3), color, np.uint8) for color in ((255, 0, 0), (0, 0, 255)))


def made_up_slider(title: str) -> MaskSlider:
    photo, target, predicted = map(encode_picture, (made_up.photos(1, 64)[0][:32], RED, BLUE))
    shown = "A street, with the target mask in red and the predicted one in blue"
    return MaskSlider(title, photo, target, predicted, shown, "40 % called Car")


@pytest.fixture(scope="module")
def slider_page() -> str:
    groups = (("Bus", (made_up_slider("idd/0001"), made_up_slider("idd/0002"))),)
    gallery = SliderGallery("Failures in IDD", groups, key=(("#ff0000", "Bus"),))
    section = Section("road", "The road model", "", (Part("Failures", blocks=(gallery,)),), "road")
    return render_report(
        ReportContent("Sliders", (), warnings=(), headlines=(), verdicts=(), summary=(),
                      sections=(section,))
    )  # fmt: skip


@pytest.fixture
def report(browser: Browser, slider_page: str, tmp_path: Path) -> Iterator[OpenedReport]:
    path = tmp_path / "sliders.html"
    path.write_text(slider_page, encoding="utf-8")
    with opened(browser, path) as found:
        yield found


def test_photo_is_described_and_its_masks_are_silent(slider_page):
    figure = BeautifulSoup(slider_page, "html.parser").select_one("figure.slider")
    texts = [image["alt"] for image in figure.select("img")]
    assert texts == [made_up_slider("").alternative_text, "", ""]
    assert figure.select_one("figcaption").get_text(" ", strip=True) == "idd/0001 40 % called Car"


def colors_across(report: OpenedReport, tmp_path: Path) -> list[str]:
    """Which mask shows near the left and near the right edge of the first slider."""
    from PIL import Image

    stack = report.page.locator(".stack").first
    stack.screenshot(path=tmp_path / "stack.png")
    image = Image.open(tmp_path / "stack.png").convert("RGB")
    middle = image.height // 2
    pixels = [image.getpixel((image.width * at // 20, middle)) for at in (3, 17)]
    return ["target" if red > blue else "predicted" for red, _, blue in pixels]


@pytest.mark.browser
def test_slider_uncovers_the_predicted_mask_from_the_left(report, tmp_path):
    knob = report.page.locator(".split").first
    report.page.locator(".strength").first.fill("100")
    assert colors_across(report, tmp_path) == ["predicted", "target"]
    knob.fill("100")
    assert colors_across(report, tmp_path) == ["predicted", "predicted"]
    knob.focus()
    report.page.keyboard.press("Home")
    assert colors_across(report, tmp_path) == ["target", "target"]
    assert knob.get_attribute("aria-valuetext") == "100 % target, 0 % predicted"


@pytest.mark.browser
def test_slider_follows_the_pointer_on_the_photo_and_leaves_its_neighbour(report):
    box = report.page.locator(".stack").first.bounding_box()
    report.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 9)
    report.page.mouse.down()
    report.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 9, steps=3)
    report.page.mouse.up()
    values = [knob.input_value() for knob in report.page.locator(".split").all()]
    assert values == ["25", "50"]


@pytest.mark.browser
def test_masks_fade_to_the_photo(report):
    report.page.locator(".strength").first.fill("0")
    opacity = report.page.locator(".mask").first.evaluate("mask => getComputedStyle(mask).opacity")
    assert opacity == "0"


@pytest.mark.browser
def test_page_of_sliders_has_no_error_and_nothing_serious_for_axe(report):
    found = Axe().run(report.page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert report.complaints == []
