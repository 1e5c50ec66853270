import pytest
import torch
from kedro.io import DatasetError

from wildroad.core.training_store import TrainingState
from wildroad.datasets.training_store import TrainingFile, TrainingStoreDataset


@pytest.fixture
def state():
    return TrainingState(
        fingerprint="one",
        parts=2,
        history=({"epoch": 1, "val_loss": float("inf")}, {"epoch": 2, "val_loss": 0.1}),
        best_epoch=1,
        best={"w": torch.tensor([1.0, 2.0])},
        model={"w": torch.tensor([3.0, 4.0]), "seen": torch.tensor(7)},
        optimizer={
            "state": {0: {"step": torch.tensor(2.0), "exp_avg": torch.zeros(2)}},
            "param_groups": [{"lr": 0.1, "params": [0]}],
        },
        schedule={"last_epoch": 2},
    )


def test_a_state_comes_back_as_it_was(tmp_path, state):
    store = TrainingStoreDataset(filepath=str(tmp_path / "a.training")).load()
    store.save(state)
    loaded = TrainingFile(tmp_path / "a.training").load("one")
    assert (loaded.parts, loaded.best_epoch, loaded.epoch) == (2, 1, 2)
    assert loaded.history == state.history
    assert loaded.best["w"].tolist() == [1, 2]
    assert loaded.model["w"].tolist() == [3, 4]
    assert loaded.model["seen"].dtype == torch.int64
    assert loaded.optimizer["state"][0]["step"] == 2
    assert loaded.optimizer["param_groups"] == state.optimizer["param_groups"]
    assert loaded.schedule == state.schedule


def test_a_place_without_a_state_gives_none_without_a_word(tmp_path, capsys):
    dataset = TrainingStoreDataset(filepath=str(tmp_path / "nowhere" / "a.training"))
    assert dataset.exists()
    assert dataset.load().load("one") is None
    dataset.load().clear()
    assert capsys.readouterr().out == ""


@pytest.mark.faults
def test_a_half_written_file_is_never_read_and_told_of(tmp_path, state, capsys):
    store = TrainingFile(tmp_path / "a.training")
    store.save(state)
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[: len(whole) // 2])
    assert store.load("one") is None
    told = capsys.readouterr().out
    assert told.startswith("a.training is no state to go on from (it is cut, altered or not a")
    assert told.endswith("the training starts anew\n")


def test_a_state_is_forgotten_with_what_a_killed_process_left(tmp_path, state):
    store = TrainingFile(tmp_path / "a.training")
    store.save(state)
    (tmp_path / ".a.training-x7").write_bytes(b"half")
    (tmp_path / "b.training").write_bytes(b"of another")
    store.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["b.training"]


def test_a_node_can_not_write_it(tmp_path):
    with pytest.raises(DatasetError, match="written by the training itself"):
        TrainingStoreDataset(filepath=str(tmp_path / "a.training")).save("anything")
