import pytest
from kedro.io import DatasetError

from wildroad.datasets.onnx_model import OnnxModelDataset


def test_an_exported_model_comes_back_as_it_was(tmp_path):
    dataset = OnnxModelDataset(filepath=str(tmp_path / "models" / "small.onnx"))
    assert not dataset.exists()
    dataset.save(b"\x08\x0a")
    assert dataset.exists()
    assert dataset.load() == b"\x08\x0a"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["small.onnx"]


def test_a_missing_exported_model_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match=r"no exported model at .*none\.onnx: run the pipeline"):
        OnnxModelDataset(filepath=str(tmp_path / "none.onnx")).load()
