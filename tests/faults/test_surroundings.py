"""What lies around a run changes nothing: network, workers, locale, a clock that goes backwards."""

import os
import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from wildroad.core.augmentation import Distortion, choose_parents, extra_photos
from wildroad.core.devices import choose_device
from wildroad.core.image_array import ImageArray
from wildroad.core.lazy import read_ahead
from wildroad.runs.manifest import Manifest, manifest_files, write_manifest


def test_the_network_is_blocked_for_every_test():
    with pytest.raises(OSError, match="the tests have no network"):
        socket.socket().connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match="the tests have no network"):
        socket.getaddrinfo("pytorch.org", 443)


@pytest.mark.parametrize("workers", [1, 4])
def test_no_worker_and_four_give_the_same_extra_photos(workers):
    names = [f"fox/{number}" for number in range(12)]
    generator = np.random.default_rng(0)
    images = ImageArray(names, generator.integers(0, 256, (12, 24, 24, 3), np.uint8))
    split = pd.DataFrame(
        {"photo_id": names, "class_name": "fox", "group_id": names, "split": "train"}
    )
    parents = choose_parents(split, count=40, seed=1)
    distortion = Distortion(
        degrees=15, translate=0.1, scale=(0.9, 1.1), shear=5, flip=0.5,
        brightness=0.3, contrast=0.3, saturation=0.3, hue=0.05,
    )  # fmt: skip
    extra = extra_photos(images, parents, distortion=distortion, seed=2)
    alone = {name: extra[name] for name in extra}
    together = dict(read_ahead(extra, workers=workers))
    assert list(alone) == list(together)
    assert all(np.array_equal(one, together[name]) for name, one in alone.items())


def test_a_device_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match=r"no cuda device: set params:compute\.device to 'auto'"):
        choose_device("cuda")


def test_another_locale_writes_the_same_table(tmp_path):
    script = (
        "import sys, pandas; from wildroad.datasets.table import TableDataset;"
        "dataset = TableDataset(filepath=sys.argv[1]);"
        "dataset.save(pandas.DataFrame({'class_name': ['\\u043b\\u0438\\u0441\\u0430'],"
        " 'value': [0.5]})); assert len(dataset.load()) == 1"
    )
    written = []
    for number, changes in enumerate(
        [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C.UTF-8"}]
    ):
        path = tmp_path / f"{number}.csv"
        command = [sys.executable, "-c", script, str(path)]
        subprocess.run(command, env={**os.environ, **changes}, check=True)
        written.append(path.read_bytes())
    assert written[0] == written[1] == "class_name,value\nлиса,0.5\n".encode()


def manifest(run_id):
    return Manifest(
        run_id=run_id, status="finished", finished=run_id, pipelines=(), environment="base",
        wildroad="0", commit=None, python="3", packages={}, parameters={}, inputs={}, outputs={},
    )  # fmt: skip


def test_a_clock_that_goes_backwards_neither_loses_nor_reorders_a_manifest(tmp_path):
    for run_id in ("2026-03-01", "2026-02-01", "2026-02-01"):
        write_manifest(tmp_path, manifest(run_id))
    names = [path.name for path in manifest_files(tmp_path)]
    assert names == ["0003_2026-02-01.json", "0002_2026-02-01.json", "0001_2026-03-01.json"]
