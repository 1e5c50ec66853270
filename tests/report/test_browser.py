import json
from pathlib import Path

import pytest
from chromium import Browser

pytestmark = pytest.mark.browser

COLUMN = """
const table = document.querySelectorAll("table")[{table}];
return [...table.tBodies[0].rows].map((row) => row.cells[{column}].textContent);
"""
CLICK = 'document.querySelectorAll("table")[{table}].querySelectorAll("button")[{column}].click()'


@pytest.fixture
def window(browser: Browser, page: str, tmp_path: Path) -> Browser:
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    browser.resize(1440, 900)
    browser.use_scheme("light")
    browser.log("performance")
    browser.open(path)
    return browser


def test_page_opens_from_disk_without_an_error_or_a_request(window):
    assert window.log("browser") == []
    sent = [json.loads(entry["message"])["message"] for entry in window.log("performance")]
    addresses = [
        event["params"]["request"]["url"]
        for event in sent
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert all(address.startswith(("file:", "data:")) for address in addresses)


def test_clicking_a_heading_sorts_numbers_from_the_largest_and_then_from_the_smallest(window):
    window.run(CLICK.format(table=0, column=1))
    falling = window.run(COLUMN.format(table=0, column=0))
    window.run(CLICK.format(table=0, column=1))
    rising = window.run(COLUMN.format(table=0, column=0))
    assert falling == ["resnet18 augmented", "resnet18", "convnet"]
    assert rising == falling[::-1]


def test_enter_on_a_focused_heading_sorts_and_says_so(window):
    window.run('document.querySelector("thead button").focus()')
    window.press("\ue007")
    assert (
        window.run('return document.querySelector("th").getAttribute("aria-sort")') == "ascending"
    )


def test_rows_without_a_number_stay_last_whichever_way_they_are_sorted(window):
    find = (
        'return [...document.querySelectorAll("table")].findIndex('
        '(table) => table.textContent.includes("n/a: contaminated"))'
    )
    place = window.run(find)
    for _ in range(2):
        window.run(CLICK.format(table=place, column=2))
        assert window.run(COLUMN.format(table=place, column=2))[-1] == "n/a: contaminated"


@pytest.mark.parametrize("width", [390, 1440])
def test_page_never_scrolls_sideways(window, width):
    window.resize(width, 900)
    wide, seen = window.run(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert wide <= seen


def test_first_column_stays_in_sight_on_a_phone(window):
    window.resize(390, 900)
    left = window.run(
        'const box = document.querySelector(".table .scroll"); box.scrollLeft = 200;'
        'return [box.querySelector("tbody th").getBoundingClientRect().left,'
        " box.getBoundingClientRect().left, box.scrollLeft]"
    )
    assert left[2] > 0
    assert left[0] == pytest.approx(left[1], abs=1)


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_page_and_its_figures_follow_the_reader_into_the_dark(window, scheme, dark):
    window.use_scheme(scheme)
    colors = window.run(
        "const color = (element, name) => getComputedStyle(element)[name];"
        'return [color(document.body, "backgroundColor"),'
        ' color(document.querySelector("svg text"), "fill")]'
    )
    paper, ink = (sum(map(int, color[4:-1].split(","))) for color in colors)
    assert (paper < ink) is dark


def test_skip_link_comes_first_and_leads_to_the_summary(window):
    window.press("\ue004")
    focused = window.run("return [document.activeElement.className, document.activeElement.hash]")
    assert focused == ["skip", "#summary"]


def test_page_prints(window):
    assert window.command("Page.printToPDF")["data"]
