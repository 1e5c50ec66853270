import pytest

from wildroad.core.curation import curate
from wildroad.core.images import index_photos
from wildroad.core.quality import shape_issues
from wildroad.sample.wildlife import WildlifeSample, draw_wildlife
from wildroad.sample.wildlife_flaws import add_flaws


@pytest.fixture(scope="module")
def flawed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flawed")
    draw_wildlife(folder, WildlifeSample(photos_per_class=6, width=96, height=72))
    add_flaws(folder)
    return folder


def test_the_index_sets_each_unreadable_file_aside_for_its_own_reason(flawed):
    found = index_photos(flawed)
    reasons = dict(found.quarantine.to_numpy())
    assert set(reasons) == {
        "birds/birds_cut_short.jpg",
        "dog/dog_notes.jpg",
        "people/people_empty.jpg",
    }
    assert "truncated" in reasons["birds/birds_cut_short.jpg"]
    assert "not an image" in reasons["dog/dog_notes.jpg"]
    assert "empty" in reasons["people/people_empty.jpg"]
    assert shape_issues(found.photos, size=64).empty


def test_the_photo_of_two_classes_is_left_out_of_both(flawed):
    found = index_photos(flawed)
    left_out = curate(
        found.photos, found.quarantine, max_distance=24, links=[], splits=1, classes=None
    )
    conflicts = left_out.conflicts[left_out.conflicts["same_file"]]
    assert set(conflicts["class_name"]) == {"brown_bear", "wild_boar"}
    assert set(conflicts["photo_id"]) <= set(left_out.exclusions["file"])
    assert len(left_out.exclusions) == 5


def test_the_dark_photo_belongs_to_the_group_of_the_photo_it_was_made_from(flawed):
    found = index_photos(flawed)
    groups = (
        curate(found.photos, found.quarantine, max_distance=24, links=[], splits=1, classes=None)
        .photos.set_index("photo_id")["group_id"]
    )  # fmt: skip
    first = min(name for name in groups.index if name.startswith("roe_deer/"))
    assert groups["roe_deer/roe_deer_too_dark.jpg"] == groups[first]
