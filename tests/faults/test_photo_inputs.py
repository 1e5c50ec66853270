"""Each file in a folder of photos is read as what it shows, or named with a reason."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from photo_inputs import ROWS, halves
from pictures import encoded

from wildroad.core.curation import UnusableClassesError, curate
from wildroad.core.images import index_photos, read_pixels
from wildroad.datasets.table import TableDataset

SOUND = encoded(halves(), "PNG")


@pytest.fixture
def folder(tmp_path):
    """Two class folders with a sound photo each."""
    for name in ("fox", "owl"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sound.png").write_bytes(encoded(halves(right=(9, 9, 9)), "PNG"))
    return tmp_path


def reasons(folder, **options):
    return dict(index_photos(folder, **options).quarantine.to_numpy())


@pytest.mark.parametrize("row", ROWS, ids=[ascii(row.name[:30]) for row in ROWS])
def test_a_file_is_read_as_what_it_shows_or_named_with_a_reason(folder, row):
    (folder / "fox" / row.name).write_bytes(row.content)
    found = index_photos(folder)
    assert len(found.photos) + len(found.quarantine) == 3
    if row.reason:
        (file, reason), *_ = found.quarantine.to_numpy()
        assert re.search(row.reason, reason), reason
        assert file == "fox/" + os.fsencode(row.name).decode("utf-8", "backslashreplace")
        return
    photo = found.photos.set_index("photo_id").loc[f"fox/{row.name}"]
    assert (photo["width"], photo["height"]) == row.size
    pixels = read_pixels(row.content).astype(int)
    for column, colour in ((0, row.colours[0]), (-1, row.colours[1])):
        assert np.abs(pixels[:, column] - colour).max() <= row.tolerance


def test_the_index_of_all_these_files_is_a_table(folder, tmp_path):
    for row in ROWS:
        (folder / "fox" / row.name).write_bytes(row.content)
    found = index_photos(folder)
    assert len(found.photos) + len(found.quarantine) == 2 + len(ROWS)
    for name, table in {"photos": found.photos, "quarantine": found.quarantine}.items():
        dataset = TableDataset(filepath=str(tmp_path / f"{name}.csv"))
        dataset.save(table)
        assert list(dataset.load().iloc[:, 0]) == list(table.iloc[:, 0])


def test_files_of_systems_and_hidden_ones_are_no_photos(folder):
    for name in (".hidden.jpg", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / "fox" / name).write_bytes(SOUND)
        (folder / name).write_bytes(SOUND)
    found = index_photos(folder)
    assert len(found.photos) == 2
    assert found.quarantine.empty


@pytest.mark.parametrize(
    ("target", "reason"),
    [("nowhere.png", "No such file"), ("link.png", "Symlink loop|Too many levels|loop"),
     ("/etc/hostname", "leads out of the folder"), ("../../../../../etc/passwd", "leads out")],
)  # fmt: skip
def test_a_link_to_nowhere_to_itself_or_out_is_refused(folder, target, reason):
    (folder / "fox" / "link.png").symlink_to(target)
    assert re.search(reason, reasons(folder)["fox/link.png"])


def test_a_link_within_the_folder_is_a_photo(folder):
    (folder / "fox" / "link.png").symlink_to("sound.png")
    assert "fox/link.png" in set(index_photos(folder).photos["photo_id"])


def test_a_linked_folder_outside_is_not_followed(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "secret.png").write_bytes(SOUND)
    (folder / "fox" / "more").symlink_to(elsewhere)
    (folder / "lynx").symlink_to(elsewhere)
    found = index_photos(folder)
    assert len(found.photos) == 2
    assert (
        "leads out of the folder" in found.quarantine.set_index("file")["reason"]["lynx/secret.png"]
    )


def test_a_folder_named_like_a_photo_is_a_folder(folder):
    (folder / "fox" / "x.jpg").mkdir()
    (folder / "fox" / "x.jpg" / "inner.png").write_bytes(SOUND)
    assert "fox/x.jpg/inner.png" in set(index_photos(folder).photos["photo_id"])


def test_a_pipe_named_like_a_photo_is_refused_and_does_not_block(folder):
    os.mkfifo(folder / "fox" / "pipe.jpg")
    assert reasons(folder) == {"fox/pipe.jpg": "not a file"}


def test_a_photo_of_another_user_is_refused_by_name(folder):
    if os.getuid():
        pytest.skip("needs root, to become another user")
    secret = folder / "fox" / "secret.png"
    secret.write_bytes(SOUND)
    for path in (folder, *folder.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(0o755)
    # Do it once as root: the other user may be unable to import what is imported late.
    script = (
        "import os, sys, pathlib; from wildroad.core.images import index_photos;"
        "folder = pathlib.Path(sys.argv[1]); print(index_photos(folder).quarantine.to_csv());"
        "(folder / 'fox' / 'secret.png').chmod(0); os.setuid(65534);"
        "print(index_photos(folder).quarantine.to_csv())"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    )
    assert "fox/secret.png" in told.stdout
    assert "Permission denied" in told.stdout


def test_two_thousand_files_in_one_folder_are_two_thousand_photos(folder, amount):
    number = amount(300, 5000)
    for count in range(number):
        (folder / "fox" / f"{count}.png").write_bytes(SOUND)
    assert len(index_photos(folder).photos) == number + 2


def test_an_empty_class_a_stray_file_and_a_folder_that_is_no_class_are_named(folder):
    (folder / "lynx").mkdir()
    (folder / "stray.jpg").write_bytes(SOUND)
    assert reasons(folder) == {
        "lynx": "a class folder without a file",
        "stray.jpg": "lies in no class folder",
    }
    assert reasons(folder, classes=("fox",)) == {
        "lynx": "no class of params:photos.classes",
        "owl": "no class of params:photos.classes",
        "stray.jpg": "lies in no class folder",
    }


@pytest.mark.parametrize("name", ["red fox", "fox.v2", "лиса", "狐", "a,b", 'quo"te', "#1", "NA"])
def test_a_class_may_have_any_name(folder, name, tmp_path):
    (folder / "fox").rename(folder / name)
    found = index_photos(folder).photos
    dataset = TableDataset(filepath=str(tmp_path / "photos.csv"))
    dataset.save(found)
    assert set(dataset.load()["class_name"]) == {name, "owl"}


def curated(folder, **options):
    found = index_photos(folder)
    keywords = {"max_distance": 0, "links": [], "splits": 3, "classes": None} | options
    return curate(found.photos, found.quarantine, **keywords)


def put_noise(folder, name, count, seed):
    """Photos of a class that are not like one another."""
    generator = np.random.default_rng(seed)
    (folder / name).mkdir(exist_ok=True)
    for number in range(count):
        left, right = (tuple(map(int, generator.integers(0, 256, 3))) for _ in range(2))
        image = halves(left, right)
        for _ in range(60):
            x, y = generator.integers(0, 16), generator.integers(0, 8)
            image.putpixel((int(x), int(y)), tuple(map(int, generator.integers(0, 256, 3))))
        (folder / name / f"{number}.png").write_bytes(encoded(image, "PNG"))


def test_a_class_of_one_or_two_photos_is_left_out_by_name(tmp_path):
    for seed, (name, count) in enumerate({"fox": 5, "owl": 5, "lynx": 2, "ox": 1}.items()):
        put_noise(tmp_path, name, count, seed)
    found = curated(tmp_path)
    assert set(found.photos["class_name"]) == {"fox", "owl"}
    assert set(found.exclusions["file"]) == {"lynx/0.png", "lynx/1.png", "ox/0.png"}
    assert found.exclusions["reason"].str.contains("3 are needed").all()


def test_the_same_photo_in_two_classes_is_left_out_of_both_by_name(tmp_path):
    for seed, name in enumerate(("fox", "owl")):
        put_noise(tmp_path, name, 5, seed)
    (tmp_path / "owl" / "copy.png").write_bytes((tmp_path / "fox" / "0.png").read_bytes())
    found = curated(tmp_path)
    assert set(found.exclusions["file"]) == {"fox/0.png", "owl/copy.png"}
    assert found.exclusions["reason"].str.startswith("label conflict").all()


def test_all_photos_in_one_class_are_an_error(tmp_path):
    put_noise(tmp_path, "fox", 5, 0)
    with pytest.raises(UnusableClassesError, match="at least 2 classes"):
        curated(tmp_path)
