import os

import pytest

from wildroad.datasets.atomic import new_folder, write_file


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["a.txt"]


@pytest.mark.faults
def test_a_failed_write_leaves_the_earlier_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_file(path, b"one")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.faults
def test_a_folder_that_was_not_filled_leaves_the_earlier_one(tmp_path):
    folder = tmp_path / "masks"
    with new_folder(folder) as fresh:
        (fresh / "1.png").write_bytes(b"one")
    with pytest.raises(FileNotFoundError, match="nowhere"), new_folder(folder) as fresh:
        (fresh / "2.png").write_bytes((fresh / "nowhere.png").read_bytes())
    assert names(folder) == ["1.png"]
    assert names(tmp_path) == ["masks"]
