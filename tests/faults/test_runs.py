"""What a user sees of runs that cannot be, of runs at once, and of what a run leaves behind."""

import contextlib
import os
import re
import signal
import subprocess
import time

import pytest
import yaml
from kedro_runs import forked, make_project, prepare, result

from wildroad.runs.manifest import manifest_files, read_manifest
from wildroad.runs.verification import verify_results

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
INDEX = ("--nodes", "photos.index_photos")


@pytest.fixture(scope="module", autouse=True)
def imported():
    prepare()


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def run(project, *arguments, before=int):
    """Run in a forked process."""
    return result(project, 0, forked(project, 0, arguments, before))


def configure(project, name, changes):
    (project / "conf" / "local" / name).write_text(yaml.safe_dump(changes))


def assert_one_line(seen, pattern):
    """The run ended with 1 and one clear line at the end, without a traceback."""
    assert seen["code"] == 1, seen["text"][-3000:]
    last = seen["text"].rsplit("\nThe run stopped: ", 1)
    assert len(last) == 2, seen["text"][-3000:]
    assert re.search(pattern, " ".join(last[1].split())), last[1]
    assert "Traceback" not in seen["text"]


def no_photos(project):
    for path in sorted((project / "photos").rglob("*.png")):
        path.unlink()


CHANGES = {
    "unknown key": ("parameters.yml", {"photos": {"imagesize": 3}}, "photos.*imagesize"),
    "wrong type": ("parameters.yml", {"photos": {"image_size": "large"}}, "image_size"),
    "truth value": ("parameters.yml", {"split": {"seed": True}}, "True is a truth value"),
    "no sum of one": ("parameters.yml", {"split": {"train": 0.9}}, "must be 1"),
    "zero epochs": ("parameters.yml", {"convnet": {"training": {"epochs": 0}}}, "epochs"),
    "negative rate": (
        "parameters.yml", {"convnet": {"training": {"learning_rate": -1}}}, "learning_rate"),
    "no device": ("parameters.yml", {"compute": {"device": "abacus"}}, "device"),
    "size too small": ("parameters.yml", {"photos": {"image_size": 3}}, "image_size"),
    "no list of classes": ("parameters.yml", {"photos": {"classes": "fox"}}, "classes"),
    "a class not there": (
        "parameters.yml", {"photos": {"classes": ["fox", "ox"]}}, "no folder for the classes"),
    "a folder not there": ("globals.yml", {"wildlife_folder": "/nowhere"}, "no photos in /nowhere"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "pattern"), CHANGES.values(), ids=CHANGES)
def test_a_wrong_setting_is_one_line_that_names_it(project, name, changes, pattern):
    kept = yaml.safe_load((project / "conf" / "local" / name).read_text())
    configure(project, name, {**kept, **changes})
    assert_one_line(run(project, "--pipelines", "data_processing,classification", *INDEX), pattern)


def test_settings_that_are_no_yaml_are_one_line_that_names_the_file(project):
    (project / "conf" / "local" / "parameters.yml").write_text("photos: {image_size: 16")
    assert_one_line(run(project, *INDEX), r"parameters\.yml")


def test_a_tag_that_names_an_object_of_python_is_refused_and_runs_nothing(project):
    place = project / "it ran"
    tag = f"photos: !!python/object/apply:os.mkdir ['{place}']\n"
    for name in ("parameters.yml", "globals.yml", "catalog.yml"):
        kept = (project / "conf" / "local" / name).exists()
        before = (project / "conf" / "local" / name).read_text() if kept else ""
        (project / "conf" / "local" / name).write_text(tag)
        assert_one_line(run(project, *INDEX), r"python/object/apply|YAML|yml")
        assert not place.exists()
        (project / "conf" / "local" / name).write_text(before)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (("--env", "moon"), "moon"),
        (("--pipelines", "data_procesing"), "data_procesing"),
        (("--nodes", "index_fotos"), "index_fotos"),
        (("--tags", "wildlive"), "no nodes|wildlive"),
    ],
)
def test_a_name_that_does_not_exist_is_one_line_that_names_it(project, arguments, pattern):
    assert_one_line(run(project, *arguments), pattern)


def test_no_photo_at_all_is_one_line_with_the_remedy(project):
    no_photos(project)
    seen = run(project, *INDEX)
    assert_one_line(seen, "no photos in .*expected one folder a class")
    assert "to run on the embedded sample instead: kedro run" in seen["text"]


def fail_inside(error):
    def arrange():
        from wildroad.pipelines.data_processing import nodes

        def fail(*_, **__):
            raise error

        nodes.index_folder = fail

    return arrange


def test_an_error_of_our_own_is_one_line_and_its_traceback_is_kept_in_a_file(project):
    seen = run(project, *INDEX, before=fail_inside(KeyError("ours")))
    assert_one_line(seen, "an error of wildroad itself, KeyError: 'ours'")
    (place,) = re.findall(r"The traceback is in (\S+)", seen["text"])
    with open(place) as file:
        assert "index_photos" in file.read()
    os.unlink(place)


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_traceback_is_shown_where_it_is_wanted(project, way):
    no_photos(project)
    if way == "option":
        seen = run(project, *INDEX, "--traceback")
    else:
        seen = run(project, *INDEX, before=lambda: os.environ.update(WILDROAD_TRACEBACK="1"))
    assert seen["code"] == 1
    assert "Traceback (most recent call last)" in seen["text"]
    assert "\nThe run stopped: no photos in" in seen["text"]


def test_a_run_leaves_a_manifest_that_matches_and_a_change_is_noticed(project):
    assert run(project, *INDEX)["code"] == 0
    data = project / "data"
    (path,) = manifest_files(data)
    manifest = read_manifest(path)
    assert manifest.status == "finished"
    assert set(manifest.outputs) == {"photo_index", "photo_quarantine"}
    assert manifest.inputs["wildlife_photos"].files == 8
    assert str(project) not in path.read_text()
    assert verify_results(data, project) == (2, [])
    (data / "02_intermediate" / "photo_index.csv").write_text("photo_id\n")
    _, (line,) = verify_results(data, project)
    assert line.startswith("photo_index: 02_intermediate/photo_index.csv is not as the run 0001_")


def test_two_runs_have_the_same_hashes_and_other_photos_others(project):
    for _ in range(2):
        assert run(project, *INDEX)["code"] == 0
    (project / "photos" / "fox" / "0.png").unlink()
    assert run(project, *INDEX)["code"] == 0
    third, second, first = (read_manifest(path) for path in manifest_files(project / "data"))
    assert (first.inputs, first.outputs) == (second.inputs, second.outputs)
    assert first.parameters == second.parameters
    assert third.inputs != second.inputs
    assert third.outputs["photo_index"] != second.outputs["photo_index"]


def test_a_run_that_fails_leaves_a_manifest_of_what_it_made(project):
    seen = run(project, "--nodes", "photos.index_photos,photos.curate_photos",
               before=lambda: configure(project, "parameters.yml", {"photos": {"image_size": 16},
                                        "split": {"group_column": "camera"}}))  # fmt: skip
    assert_one_line(seen, "photo_metadata needs the columns")
    (path,) = manifest_files(project / "data")
    assert read_manifest(path).status == "failed"
    assert set(read_manifest(path).outputs) == {"photo_index", "photo_quarantine"}
    assert verify_results(project / "data", project) == (2, [])


def test_of_eight_runs_at_once_each_ends_well_or_is_refused_and_manifests_match(project):
    children = [forked(project, number, INDEX) for number in range(8)]
    seen = [result(project, number, child) for number, child in enumerate(children)]
    well = [one for one in seen if one["code"] == 0]
    refused = [one for one in seen if one["code"] != 0]
    for one in refused:
        assert_one_line(one, r"is writing into .*data: wait until it has ended")
    assert len(well) >= 1
    files = manifest_files(project / "data")
    assert len(files) == len(well)
    assert verify_results(project / "data", project) == (2, [])
    first, *others = [read_manifest(path).outputs for path in files]
    assert all(one == first for one in others)


def wait_in_the_node(project):
    """Arrange for the first node to tell that it runs, and to wait for a signal."""

    def arrange():
        from wildroad.pipelines.data_processing import nodes

        def wait(*_, **__):
            (project / "running").touch()
            time.sleep(60)

        nodes.index_folder = wait

    return arrange


def started(project, number=0, before=None):
    """A run that is in its first node."""
    child = forked(project, number, INDEX, before or wait_in_the_node(project))
    for _ in range(6000):
        if (project / "running").exists():
            return child
        time.sleep(0.01)
    raise TimeoutError(result(project, number, child)["text"])


def test_a_second_run_is_told_who_writes_and_since_when(project):
    first = started(project)
    seen = result(project, 1, forked(project, 1, INDEX))
    pattern = rf"the run \S+ \(process {first}, since 20\d\d-\S+\) is writing into .*data: wait"
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert_one_line(seen, pattern)
    assert run(project, *INDEX)["code"] == 0, "the lock of a killed run blocks nobody"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_one_line_and_the_exit_code_of_that_signal(project, number):
    child = started(project)
    os.kill(child, number)
    seen = result(project, 0, child)
    assert seen["code"] == 128 + number
    assert f"\nThe run was stopped by {number.name}. What was finished is kept" in seen["text"]
    assert "Traceback" not in seen["text"]
    assert run(project, *INDEX)["code"] == 0


def busy_in_c(project):
    """Arrange for a node that computes where Python can't act on signals for a minute."""

    def arrange():
        import hashlib

        from wildroad.pipelines.data_processing import nodes

        def compute(*_, **__):
            (project / "running").touch()
            hashlib.pbkdf2_hmac("sha256", b"", b"", 200_000_000)

        nodes.index_folder = compute

    return arrange


def test_a_second_signal_ends_a_run_at_once_wherever_it_is(project):
    child = started(project, before=busy_in_c(project))
    os.kill(child, signal.SIGINT)
    time.sleep(0.3)
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, signal.SIGTERM)
    seen = result(project, 0, child)
    assert seen["code"] == 128 + signal.SIGTERM
    assert "Stopping; once more to stop at once." in seen["text"]


def test_a_folder_with_spaces_and_other_letters_is_as_good_as_any(tmp_path):
    project = make_project(tmp_path / "мои данные (2024)", classes=("red fox", "сова"))
    assert run(project, *INDEX)["code"] == 0
    assert verify_results(project / "data", project) == (2, [])


def test_a_folder_of_results_that_may_not_be_written_is_one_line(project, small_disk):
    configure(
        project,
        "globals.yml",
        {"wildlife_folder": str(project / "photos"), "results": str(small_disk / "data")},
    )
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    seen = run(project, *INDEX)
    assert_one_line(seen, r"data.* could not be written \(Read-only file system\): make that disk")


def test_a_disk_that_is_full_is_one_line_and_the_next_run_goes_well(project, small_disk):
    configure(
        project,
        "globals.yml",
        {"wildlife_folder": str(project / "photos"), "results": str(small_disk / "data")},
    )
    assert run(project, *INDEX)["code"] == 0
    kept = {path: path.read_bytes() for path in (small_disk / "data").rglob("*.csv")}
    (small_disk / "filler").write_bytes(b"0" * 2**18)
    with contextlib.suppress(OSError), (small_disk / "filler").open("ab", buffering=0) as file:
        while True:
            file.write(b"0" * 4096)
    assert_one_line(run(project, *INDEX), r"No space left on device\): free space there")
    assert {path: path.read_bytes() for path in (small_disk / "data").rglob("*.csv")} == kept
    (small_disk / "filler").unlink()
    assert run(project, *INDEX)["code"] == 0
    assert verify_results(small_disk / "data", project) == (2, [])
