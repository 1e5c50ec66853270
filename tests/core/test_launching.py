"""Several processes do what one does: of this machine, and of a Ray cluster."""

import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

sys.path.append(str(Path(__file__).parent))
import work_of_several as work

from wildroad.core import tasks
from wildroad.core.checkpoints import Checkpoint, CheckpointFacts
from wildroad.core.classification import ClassifierInput
from wildroad.core.domain_masks import Inference, predicted_masks
from wildroad.core.image_array import ImageArray
from wildroad.core.images import index_photos, resized_photos
from wildroad.core.jobs import Job, WorkerError, new_job
from wildroad.core.launching import find_launcher
from wildroad.core.metrics.classification import score_overall
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.models.segmenters import SegmenterForm, fresh_segmenter
from wildroad.core.new_photos import predict_folder
from wildroad.core.prediction import outputs_table, predict_by_all
from wildroad.core.training_store import decode_state
from wildroad.datasets.image_array import ImageArrayDataset
from wildroad.datasets.training_store import TrainingFile

ALONE = find_launcher("cpu", "float32")
TRAININGS = ("convnet", "resnet18", "in parts", "segmenter")
ENGINES = ("local", pytest.param("ray", marks=pytest.mark.ray))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def domain(folder):
    return work.scenes(folder)


@pytest.fixture(scope="module")
def cluster():
    """Two machines of a Ray cluster, one processor each, on this one."""
    pytest.importorskip("ray", reason="Ray is not installed")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        # Ray's processes import what this one does.
        patch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, str(Path(__file__).parent)]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        machine = {"num_cpus": 1, "include_dashboard": False}
        made = Cluster(initialize_head=True, head_node_args=machine)
        made.add_node(num_cpus=1)
        yield made.address
        import ray

        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def launchers(request, tmp_path_factory):
    """Engine -> launcher of two processes; the cluster is only started where it is asked for."""

    def found(engine):
        address = request.getfixturevalue("cluster") if engine == "ray" else None
        return find_launcher(
            "cpu",
            "float32",
            workers=2,
            engine=engine,
            address=address,
            shared_folder=tmp_path_factory.getbasetemp() / "jobs",
        )

    return found


@pytest.fixture(scope="module")
def trained(launchers, domain, tmp_path_factory):
    """Engine -> all trainings by two processes, and the folder they told into."""
    made = {}

    def by(engine):
        if engine not in made:
            told = tmp_path_factory.mktemp(engine)
            made[engine] = launchers(engine).run(partial(work.train_all, told, domain)), told
        return made[engine]

    return by


@pytest.fixture(scope="module")
def alone(domain, tmp_path_factory):
    return work.train_all(tmp_path_factory.mktemp("alone"), domain)


def greatest_difference(first, second):
    return max(
        float((one.double() - second[name].double()).abs().max()) for name, one in first.items()
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_both_processes_belong_to_one_group(trained, engine):
    assert trained(engine)[0]["ranks"] == [0, 1]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", TRAININGS)
def test_two_processes_train_what_one_trains(trained, alone, kind, engine):
    (one, one_history), (two, two_history) = alone[kind], trained(engine)[0][kind]
    assert list(two_history) == list(one_history)
    np.testing.assert_allclose(two_history, one_history, rtol=2e-4, atol=2e-4)
    assert two.facts == one.facts
    assert list(two.state) == list(one.state)
    assert greatest_difference(two.state, one.state) < 5e-4


@pytest.mark.parametrize("engine", ENGINES)
def test_each_photo_is_learned_from_once_in_each_epoch(trained, engine):
    _, told = trained(engine)
    seen = [
        np.array_split([int(line) for line in (told / f"seen{rank}").read_text().split()], 3)
        for rank in (0, 1)
    ]
    epochs = [np.concatenate(both) for both in zip(*seen, strict=True)]
    assert [len(one) for one in seen[0]] == [22, 22, 22]
    assert all(sorted(epoch) == list(range(work.PHOTOS)) for epoch in epochs)


@pytest.mark.parametrize("engine", ENGINES)
def test_batch_normalisation_of_a_divided_batch_is_that_of_the_whole(trained, alone, engine):
    for shared, whole in zip(trained(engine)[0]["norm"], alone["norm"], strict=True):
        torch.testing.assert_close(shared, whole, rtol=1e-5, atol=1e-5)


@pytest.mark.ray
def test_a_cluster_trains_what_two_processes_of_this_machine_train(trained):
    here, there = trained("local")[0], trained("ray")[0]
    for kind in TRAININGS:
        assert greatest_difference(here[kind][0].state, there[kind][0].state) < 1e-6
        np.testing.assert_allclose(here[kind][1], there[kind][1], rtol=1e-6)


@pytest.fixture(scope="module")
def table():
    """Photos of all splits, shuffled, more than one process takes."""
    names = [f"{work.CLASSES[number % 3]}/{number:02d}.jpg" for number in range(work.PHOTOS)]
    return pd.DataFrame(
        {
            "photo_id": np.random.default_rng(3).permutation(names),
            "group_id": names,
            "split": ["train", "val", "test"] * (work.PHOTOS // 3),
        }
    ).assign(class_name=lambda made: made["photo_id"].str.split("/").str[0])


@pytest.fixture(scope="module")
def predicted(launchers, table):
    """Engine, or "alone" -> outputs of an untrained classifier."""
    photos = work.photos(work.PHOTOS, 0)
    images = ImageArray(sorted(table["photo_id"]), photos.arrays[0])
    model = build_classifier("resnet18", classes=3, image_size=32, weights=None, seed=0)
    facts = CheckpointFacts("classification", "resnet18", work.CLASSES, 32, 32)

    def by(engine):
        return predict_by_all(
            ClassifierInput(model, facts).eval(),
            images,
            table,
            work.CLASSES,
            batch_size=8,
            launcher=ALONE if engine == "alone" else launchers(engine),
        )

    return by


@pytest.mark.parametrize("engine", ENGINES)
def test_two_processes_predict_what_one_predicts_in_its_order(predicted, table, engine):
    one, two = predicted("alone"), predicted(engine)
    assert two.photo_ids == one.photo_ids == tuple(table["photo_id"])
    np.testing.assert_allclose(two.probabilities, one.probabilities, atol=1e-6)
    np.testing.assert_allclose(two.features, one.features, atol=1e-5)
    tables = [outputs_table(outputs, table, work.CLASSES) for outputs in (one, two)]
    pd.testing.assert_frame_equal(*tables, atol=1e-6)
    scores = [score_overall(one, work.CLASSES, resamples=100, seed=0) for one in tables]
    pd.testing.assert_frame_equal(*scores, atol=1e-6)


@pytest.fixture(scope="module")
def masks_by(launchers, domain):
    model = fresh_segmenter("none", SegmenterForm("mobilenet_v2", 16), work.SPACE.classes, seed=0)
    facts = CheckpointFacts(
        "segmentation", "mobilenet_v2", work.SPACE.classes, 64, 64, output_stride=16
    )
    inference = Inference((64, 64), batch_size=2, bfloat16=False)
    checkpoint = Checkpoint(facts, model.state_dict())

    def by(engine):
        launcher = ALONE if engine == "alone" else launchers(engine)
        return predicted_masks(domain, "test", checkpoint, inference=inference, launcher=launcher)

    return by


@pytest.mark.parametrize("engine", ENGINES)
def test_two_processes_predict_the_masks_that_one_predicts(masks_by, domain, engine):
    one, two = masks_by("alone"), masks_by(engine)
    ids = domain.ids("test")[1:]  # three, which two processes can't divide evenly
    together, apart = (list(masks.only(ids).items()) for masks in (one, two))
    assert [name for name, _ in apart] == [name for name, _ in together] == ids
    assert all(np.mean(a != b) < 1e-3 for (_, a), (_, b) in zip(apart, together, strict=True))
    assert dict(one.origins) == dict(two.origins)


@pytest.mark.ray
def test_a_cluster_decodes_the_photos_that_this_machine_decodes(launchers, domain, tmp_path):
    root = tmp_path / "photos"
    (root / "fox").mkdir(parents=True)
    for number, name in enumerate(domain.ids("train")):
        (root / "fox" / f"{number}.png").write_bytes(domain.image_path(name).read_bytes())
    index = index_photos(root).photos.set_index("photo_id")["sha256"]
    photos = resized_photos(root, list(index.index), size=16, sha256=dict(index))
    here, there = (ImageArrayDataset(filepath=str(tmp_path / name)) for name in ("a", "b"))
    here.save(ALONE.spread(photos))
    there.save(launchers("ray").spread(photos))
    assert there.load().ids == here.load().ids
    assert there.load().origins == here.load().origins
    assert np.array_equal(there.load().pixels, here.load().pixels)


def test_a_killed_process_is_one_error_and_the_next_run_goes_on(launchers, trained, tmp_path):
    fit = partial(work.train_and_die, tmp_path, deadly=30)
    store = TrainingFile(tmp_path / "state")
    rows = []
    store.on_save = rows.append
    with pytest.raises(WorkerError, match=r"process 1 of 2 .* ended by SIGKILL .* run again"):
        launchers("local").run(fit, watching=store)
    state = decode_state((tmp_path / "state").read_bytes())
    assert state.epoch == 1
    assert rows == [state.history]
    checkpoint, history = launchers("local").run(fit, watching=store)
    whole, whole_history = trained("local")[0]["convnet"]
    assert greatest_difference(checkpoint.state, whole.state) == 0
    assert history.equals(whole_history)
    assert not (tmp_path / "state").exists()
    # Of 20 photos an epoch: one and a half epochs, and then two, not three.
    assert (tmp_path / "seen1").read_text().count("\n") == 32 + 2 * 20


@pytest.mark.ray
def test_a_killed_process_of_a_cluster_is_one_error_too(launchers, tmp_path):
    fit = partial(work.train_and_die, tmp_path, deadly=30)
    with pytest.raises(WorkerError, match=r"a process of the Ray cluster ended .* run again"):
        launchers("ray").run(fit)
    assert decode_state((tmp_path / "state").read_bytes()).epoch == 1


@pytest.mark.skipif(sys.platform == "win32", reason="has other signals")
def test_processes_end_with_the_one_that_started_them(tmp_path):
    script = Path(work.__file__)
    started = subprocess.Popen([sys.executable, str(script), str(tmp_path)])
    told = [tmp_path / f"pid{rank}" for rank in (0, 1)]
    assert work.wait_for(lambda: all(path.exists() and path.read_text() for path in told))
    started.send_signal(signal.SIGKILL)
    started.wait()
    numbers = [int(path.read_text()) for path in told]
    assert work.wait_for(lambda: not any(is_alive(number) for number in numbers))
    assert work.wait_for(lambda: not list((tmp_path / "jobs").iterdir()))


def is_alive(number):
    """Whether a process is there and not only remembered."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def test_a_single_process_calls_the_function_here_and_starts_nothing():
    marker = object()
    assert ALONE.run(lambda: marker) is marker
    assert ALONE.map(lambda part: (part, marker), [1, 2]) == [(1, marker), (2, marker)]
    assert list(ALONE.stream(lambda ids: ((one, marker) for one in ids), ["a"])) == [("a", marker)]
    assert ALONE.parts(5) == [slice(0, 5)]
    assert ALONE.engine is None


def do_here():
    """An engine that does all parts in this process."""

    def start(job, count, place, *, joined):
        threads = torch.get_num_threads()
        for number in range(count):
            tasks.work(str(job.folder), number, threads=threads, told=job.folder / "told")

    return start


@pytest.fixture
def here(tmp_path):
    """A launcher whose processes are this one."""
    return replace(ALONE, workers=2, engine=do_here(), shared_folder=tmp_path)


def test_results_come_in_the_order_of_the_parts(here):
    assert here.map(work.half_of, [4, 2]) == [2, 1]
    assert list(here.stream(work.named, list("abc"))) == [("a", "A"), ("b", "B"), ("c", "C")]


def test_an_error_of_a_process_is_raised_as_it_is_with_its_traceback(here):
    with pytest.raises(ArithmeticError, match="3 has no half") as caught:
        here.map(work.half_of, [4, 3])
    assert "in half_of" in caught.value.__notes__[0]


def test_what_was_given_before_an_error_is_given(here):
    values = here.stream(partial(work.named, fail="d"), list("abcd"))
    assert [next(values) for _ in "abc"] == [("a", "A"), ("b", "B"), ("c", "C")]
    with pytest.raises(ArithmeticError, match="d has no capitals"):
        list(values)


def test_nothing_stays_of_work_that_is_done_or_failed(here, tmp_path):
    here.map(work.half_of, [4, 2])
    with pytest.raises(ArithmeticError):
        here.map(work.half_of, [4, 3])
    assert list(tmp_path.iterdir()) == []


def test_of_new_photos_every_file_is_predicted_or_named_whoever_predicts_it(
    here, domain, tmp_path_factory
):
    root = tmp_path_factory.mktemp("new")
    for number, name in enumerate(domain.ids("train")):
        (root / f"{number}.png").write_bytes(domain.image_path(name).read_bytes())
    (root / "3.png").write_bytes(b"no photo")
    model = build_classifier("convnet", classes=3, image_size=32, weights=None, seed=0)
    facts = CheckpointFacts("classification", "convnet", work.CLASSES, 32, 32)
    predict = partial(predict_folder, ClassifierInput(model, facts).eval(), facts, root)
    one, two = (predict(batch_size=2, launcher=launcher) for launcher in (ALONE, here))
    pd.testing.assert_frame_equal(one.photos, two.photos, atol=1e-6)
    pd.testing.assert_frame_equal(one.quarantine, two.quarantine)
    assert list(two.quarantine["file"]) == ["3.png"]


def test_an_array_mapped_from_a_file_goes_by_its_path(tmp_path):
    path = tmp_path / "pixels.npy"
    np.save(path, np.arange(2_000_000))
    mapped = np.load(path, mmap_mode="r")
    with new_job(tmp_path) as job:
        job.write({"whole": mapped, "part": mapped[:3]})
        assert (job.folder / "task.pkl").stat().st_size < 2000
        read = job.read()
    assert isinstance(read["whole"], np.memmap)
    assert read["whole"].filename == str(path)
    assert np.array_equal(read["whole"], mapped)
    assert read["part"].tolist() == [0, 1, 2]


def test_a_large_array_in_memory_is_written_once_and_mapped(tmp_path):
    array = np.random.default_rng(0).random((600, 300))
    with new_job(tmp_path) as job:
        job.write(("a task with", array))
        assert (job.folder / "task.pkl").stat().st_size < 2000
        read = job.read()[1]
        assert isinstance(read, np.memmap)
        assert not read.flags.writeable
        assert np.array_equal(read, array)


def test_a_machine_that_does_not_see_the_folder_is_told_which_setting_names_it(tmp_path):
    with pytest.raises(WorkerError, match=r"does not see .*task.pkl: set params:compute.shared_f"):
        Job(tmp_path / "elsewhere").read()


def test_a_shared_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(WorkerError, match=r"set params:compute.shared_folder"),
        new_job(tmp_path / "file" / "jobs"),
    ):
        pass


class TwoPartError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def test_an_error_that_cannot_be_pickled_is_told_in_words(tmp_path):
    job = Job(tmp_path)
    job.fail(TwoPartError("this", "that"))
    failure = job.failure()
    assert (type(failure), str(failure)) == (RuntimeError, "TwoPartError: this and that")


def test_the_first_error_is_the_one_that_is_told(tmp_path):
    job = Job(tmp_path)
    job.fail(ValueError("first"))
    job.fail(ValueError("second"))
    assert str(job.failure()) == "first"
    assert pickle.loads((tmp_path / "failure.pkl").read_bytes()).where.startswith("ValueError")


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    with pytest.raises(ValueError, match=r"workers is 3, .* but there are 2 of cuda here: lower"):
        find_launcher("cuda", "float32", workers=3)
    assert find_launcher("cuda", "float32", workers=2).place.name == "2 x a GPU"


def test_threads_are_divided_among_processes_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert find_launcher("cpu", "float32", workers=3).place.threads == 2
    assert find_launcher("cpu", "float32", workers=16).place.threads == 1
    assert find_launcher("cpu", "float32", workers=2).place.name.startswith("2 x cpu (")


def test_without_ray_the_extra_to_install_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WorkerError, match=r'pip install "wildroad\[ray\]"'):
        find_launcher("cpu", "float32", engine="ray")


@pytest.mark.ray
def test_more_processes_than_the_machines_of_a_cluster_have_room_for_are_refused(cluster):
    with pytest.raises(ValueError, match=r"workers is 3, .* have 1 CPU and 0 GPU, 1 CPU and 0 GPU"):
        find_launcher("cpu", "float32", workers=3, engine="ray", address=cluster)


def test_a_cluster_that_is_not_there_is_named(monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refuse(**settings):
        raise ConnectionError(json.dumps(settings["address"]))

    monkeypatch.setattr(ray, "init", refuse)
    with pytest.raises(
        WorkerError, match=r"no Ray cluster answers at 10.0.0.1:6379 .*: start one with"
    ):
        find_launcher("cpu", "float32", engine="ray", address="10.0.0.1:6379")
