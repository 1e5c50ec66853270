"""The report of made-up tables in a real browser, as its reader meets it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import WIDTHS, OpenedReport, opened
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SCREENS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]
# Everything open, of each table a few rows, and charts as the one picture that they are to a screen
# reader: axe looks at every element on its own, and the others are like these.
UNFOLD = """
for (const one of document.querySelectorAll("details")) one.open = true;
for (const row of document.querySelectorAll("tbody tr:nth-child(n + 5)")) row.remove();
for (const mark of document.querySelectorAll("figure svg > *")) mark.remove();
"""
RULES = {"resultTypes": ["violations"]}
COLUMN = "(table, column) => [...table.tBodies[0].rows].map((row) => row.cells[column].textContent)"


@pytest.fixture(scope="module")
def report_path(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def report(browser: Browser, report_path: Path) -> Iterator[OpenedReport]:
    with opened(browser, report_path) as found:
        yield found


@pytest.fixture
def window(report: OpenedReport) -> Page:
    return report.page


def cells(table, column: int) -> list[str]:
    return table.evaluate(f"table => ({COLUMN})(table, {column})")


def drawn_features(window: Page):
    """Scroll to the feature space and wait until it is drawn."""
    window.locator(".features").scroll_into_view_if_needed()
    window.wait_for_selector(".features.drawn")
    return window.locator(".features .plot")


def test_whole_page_shows_without_a_complaint_or_a_request(browser, report_path):
    for width, scheme in SCREENS:
        with opened(browser, report_path, width=width, scheme=scheme) as report:
            drawn_features(report.page)
            report.page.locator(".view input[value='3']").check()
            report.page.wait_for_timeout(300)
            assert report.complaints == []
            assert report.foreign_requests() == []


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_axe_finds_nothing_serious(browser, report_path, width, scheme):
    with opened(browser, report_path, width=width, scheme=scheme) as report:
        drawn_features(report.page)
        report.page.evaluate(
            "document.querySelectorAll('details').forEach((one) => one.open = true)"
        )
        found = Axe().run(report.page).response["violations"]
    serious = [
        (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"][:300])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_axe_finds_nothing_serious_in_the_photos_behind_a_number(report):
    report.page.locator(".matrix td a").first.click()
    found = Axe().run(report.page, {"include": [["dialog"]]}).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_clicking_a_heading_sorts_numbers_from_the_largest_and_then_from_the_smallest(window):
    table = window.locator("table").first
    table.locator("thead button").nth(1).click()
    falling = cells(table, 0)
    table.locator("thead button").nth(1).click()
    assert falling == ["resnet18 augmented", "resnet18", "convnet"]
    assert cells(table, 0) == falling[::-1]


def test_enter_on_a_focused_heading_sorts_and_says_so(window):
    window.locator("thead button").first.focus()
    window.keyboard.press("Enter")
    assert window.locator("th").first.get_attribute("aria-sort") == "ascending"


def test_rows_without_a_number_stay_last_whichever_way_they_are_sorted(window):
    table = window.locator("table", has_text="n/a: contaminated").first
    for _ in range(2):
        table.locator("thead button").nth(2).click()
        assert cells(table, 2)[-1] == "n/a: contaminated"


def test_every_table_is_saved_under_its_name_with_its_rows(window):
    link = window.locator("a.download").first
    with window.expect_download() as download:
        link.click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert download.value.suggested_filename == "wildlife_summary.csv"
    assert lines[0].startswith("model,top1,top1_low,top1_high")
    assert len(lines) == 1 + 3


@pytest.mark.parametrize("width", WIDTHS)
def test_page_never_scrolls_sideways(browser, report_path, width):
    with opened(browser, report_path, width=width) as report:
        drawn_features(report.page)
        wide, seen = report.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
    assert wide <= seen


def test_first_column_stays_in_sight_on_a_phone(browser, report_path):
    with opened(browser, report_path, width=390) as report:
        first, box, scrolled = report.page.locator(".table .scroll").first.evaluate(
            "box => { box.scrollLeft = 200; return ["
            "box.querySelector('tbody th').getBoundingClientRect().left,"
            "box.getBoundingClientRect().left, box.scrollLeft] }"
        )
    assert scrolled > 0
    assert first == pytest.approx(box, abs=1)


def brightness(window: Page) -> tuple[int, int]:
    """Of the paper and of the text in a figure."""
    colors = window.evaluate(
        "[getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.querySelector('svg text')).fill]"
    )
    paper, ink = (sum(map(int, color[4:-1].split(","))) for color in colors)
    return paper, ink


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_page_and_its_figures_follow_the_reader_into_the_dark(browser, report_path, scheme, dark):
    with opened(browser, report_path, scheme=scheme) as report:
        paper, ink = brightness(report.page)
    assert (paper < ink) is dark


def test_button_turns_the_page_dark_and_it_stays_so_when_opened_again(window):
    button = window.locator("#theme")
    seen = []
    for _ in range(3):
        button.click()
        paper, ink = brightness(window)
        seen.append((button.inner_text(), paper < ink))
    assert seen == [
        ("Colours: light", False),
        ("Colours: dark", True),
        ("Colours: automatic", False),
    ]
    button.click()
    button.click()
    window.reload()
    assert button.inner_text() == "Colours: dark"


def test_skip_link_comes_first_and_leads_to_the_summary(window):
    window.keyboard.press("Tab")
    focused = window.evaluate("[document.activeElement.className, document.activeElement.hash]")
    assert focused == ["skip", "#summary"]


def test_contents_mark_the_chapter_in_sight_and_list_its_parts(window):
    window.locator(".contents a", has_text="The road model").click()
    window.wait_for_selector(".contents a[href='#road-scenes'][aria-current]")
    assert window.locator(".contents .open ul a").first.is_visible()
    assert not window.locator(".contents a", has_text="Labels to look at").is_visible()


def test_cell_of_a_confusion_matrix_opens_its_photos(window, tables):
    answers = tables.classification_predictions.query("model == 'resnet18' and split == 'test'")
    wrong = answers[answers["target"] != answers["predicted"]]
    target, predicted = wrong[["target", "predicted"]].value_counts().index[0]
    both = (answers["target"] == target) & (answers["predicted"] == predicted)
    window.evaluate(
        f"location.hash = '#photos?model=resnet18&target={target}&predicted={predicted}'"
    )
    shown = window.locator("dialog .card code").all_inner_texts()
    assert shown == list(answers[both].sort_values("confidence", ascending=False)["photo_id"])
    heading = f"Photos of {target} called {predicted} by resnet18: {len(shown)}"
    assert window.locator("dialog h2").inner_text() == heading.replace("_", " ")


def test_number_of_a_pair_of_models_opens_the_photos_that_one_alone_had_right(window, tables):
    test = tables.classification_predictions.query("split == 'test'")
    right = test.assign(right=test["target"] == test["predicted"]).pivot(
        index="photo_id", columns="model", values="right"
    )
    window.locator('a[href="#photos?right=resnet18&unlike=convnet"]').click()
    shown = set(window.locator("dialog .card code").all_inner_texts())
    assert shown == set(right.index[right["resnet18"] & ~right["convnet"]])


def test_photo_without_a_thumbnail_is_shown_by_its_name(window, pictures, tables):
    ids = set(tables.classification_predictions["photo_id"])
    (missing,) = ids - set(pictures["photo_thumbnails"])
    window.evaluate(f"location.hash = '#photos?photo=' + encodeURIComponent('{missing}')")
    assert window.locator("dialog .no-picture").count() == 1
    assert window.locator("dialog code").inner_text() == missing


def test_photos_close_by_keyboard_and_leave_the_reader_where_they_were(window):
    link = window.locator(".matrix td a").first
    link.focus()
    top = window.evaluate("scrollY")
    window.keyboard.press("Enter")
    assert window.locator("dialog .card").count() > 0
    assert window.locator("dialog img").first.evaluate("image => image.naturalWidth") == 24
    window.keyboard.press("Escape")
    assert not window.locator("dialog").is_visible()
    assert window.evaluate("scrollY") == top
    assert link.evaluate("link => link === document.activeElement")


def shown_dots(plot) -> int:
    return int(plot.get_attribute("data-shown"))


def test_feature_space_is_filtered_by_class_and_by_split(window, tables):
    plot = drawn_features(window)
    dots = tables.classification_embedding_2d.query("model == 'convnet'")
    assert shown_dots(plot) == len(dots)
    window.locator(".splits input[value='train']").uncheck()
    window.wait_for_timeout(200)
    assert shown_dots(plot) == (dots["split"] == "val").sum()
    window.locator(".classes .none").click()
    window.locator(".classes input[value='dog']").check()
    window.wait_for_timeout(200)
    val_dogs = (dots["split"] == "val") & (dots["class_name"] == "dog")
    assert shown_dots(plot) == val_dogs.sum()


def place_of_dot(window: Page, number: int) -> tuple[float, float, str]:
    """Where a dot of the plane is on the screen, and which photo it stands for."""
    return window.evaluate(
        """number => {
            const plot = document.querySelector(".features .plot");
            const { xaxis, yaxis } = plot._fullLayout;
            const trace = plot.data.find((one) => one.customdata?.length > number);
            const box = plot.getBoundingClientRect();
            const source = JSON.parse(document.getElementById("dots-are-photos-data").textContent);
            return [box.left + xaxis._offset + xaxis.l2p(trace.x[number]),
                    box.top + yaxis._offset + yaxis.l2p(trace.y[number]),
                    source.models.convnet[2].photo[trace.customdata[number]]];
        }""",
        number,
    )


def test_pointing_at_a_dot_shows_its_photo_and_clicking_two_compares_them(window):
    drawn_features(window)
    window.locator(".features .plot").evaluate("plot => plot.scrollIntoView({block: 'center'})")
    chosen = []
    for number in (0, 1):
        x, y, photo = place_of_dot(window, number)
        window.mouse.move(x - 40, y)
        window.mouse.move(x, y, steps=4)
        window.wait_for_selector(".peek:not([hidden])")
        assert window.locator(".peek code").inner_text() == photo
        window.mouse.click(x, y)
        window.wait_for_timeout(300)
        chosen.append(photo)
    assert window.locator(".pair code").all_inner_texts() == chosen


def test_feature_space_is_walked_through_by_keyboard(window):
    drawn_features(window).focus()
    window.keyboard.press("ArrowRight")
    first = window.locator(".peek code").inner_text()
    window.keyboard.press("Enter")
    window.keyboard.press("ArrowRight")
    assert window.locator(".peek code").inner_text() != first
    assert window.locator(".pair code").all_inner_texts() == [first]


def test_feature_space_turns_by_keyboard_in_three_dimensions(window):
    window.locator(".features").scroll_into_view_if_needed()
    window.wait_for_selector(".features.drawn")
    window.locator(".view input[value='3']").check()
    window.wait_for_function("document.querySelector('.features .plot')._fullLayout.scene?.camera")
    eye = "document.querySelector('.features .plot')._fullLayout.scene.camera.eye.x"
    before = window.evaluate(eye)
    window.locator(".features .plot").focus()
    window.keyboard.press("Shift+ArrowRight")
    window.wait_for_timeout(300)
    assert window.evaluate(eye) != before


def test_page_without_scripts_still_shows_tables_matrices_and_still_pictures(browser, report_path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report_path.resolve().as_uri())
    assert page.locator("table.matrix").first.is_visible()
    assert page.locator("figure.still svg").first.is_visible()
    assert not page.locator(".features").first.is_visible()
    context.close()


def test_paper_shows_still_pictures_and_no_buttons(window):
    window.emulate_media(media="print", color_scheme="dark")
    assert window.locator("figure.still svg").first.is_visible()
    assert not window.locator(".features").first.is_visible()
    assert not window.locator("#theme").is_visible()
    paper, ink = brightness(window)
    assert paper > ink
    assert window.pdf(format="A4").startswith(b"%PDF")
