import os

import pytest

from wildroad.datasets.atomic import StorageError
from wildroad.runs.lock import FolderInUseError, FolderLock


def test_a_second_lock_is_refused_with_the_holder_of_the_first(tmp_path):
    first, second = FolderLock(tmp_path / "data"), FolderLock(tmp_path / "data")
    first.acquire("run one")
    message = rf"the run run one \(process {os.getpid()}, since .*\) is writing into"
    with pytest.raises(FolderInUseError, match=message):
        second.acquire("run two")
    first.release()
    second.acquire("run two")
    second.release()


def test_a_lock_that_is_given_back_leaves_no_holder(tmp_path):
    lock = FolderLock(tmp_path)
    lock.acquire("run one")
    lock.release()
    lock.release()
    assert not (tmp_path / ".run.json").exists()


def test_a_holder_that_a_killed_run_left_blocks_nobody(tmp_path):
    (tmp_path / ".run.json").write_text("{cut")
    lock = FolderLock(tmp_path)
    lock.acquire("run two")
    other = FolderLock(tmp_path)
    (tmp_path / ".run.json").write_text("{cut")
    with pytest.raises(FolderInUseError, match=r"^another run is writing into"):
        other.acquire("run three")
    lock.release()


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match=r"data.* could not be written .*move the file"):
        FolderLock(tmp_path / "data").acquire("run one")
