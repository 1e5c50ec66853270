import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import wildroad
from wildroad.core.checkpoints import Checkpoint, CheckpointFacts, encode_checkpoint
from wildroad.core.classification import ClassifierInput
from wildroad.core.models.classifiers import build_classifier
from wildroad.core.onnx_export import (
    ExportError,
    Parity,
    compare_onnx,
    describe_checkpoint,
    export_onnx,
    parity_table,
    require_parity,
    run_onnx,
)

SIZE = 64
CLASSES = ("лиса", "owl", "wild_boar")


@pytest.fixture(scope="module")
def onnxruntime():
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    return pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module", params=["convnet", "resnet18"])
def exported(request, onnxruntime):
    return export(request.param)


def export(architecture):
    """Checkpoint, model and ONNX file of random weights."""
    facts = CheckpointFacts(
        "classification", architecture, CLASSES, SIZE, SIZE, mean=(0.4, 0.5, 0.6)
    )
    inner = build_classifier(architecture, classes=3, image_size=SIZE, weights=None, seed=0)
    checkpoint = Checkpoint(facts, inner.state_dict())
    model = ClassifierInput(inner, facts).eval()
    notes = describe_checkpoint(checkpoint)
    return checkpoint, model, export_onnx(model, height=SIZE, width=SIZE, metadata=notes)


def photos(count):
    return np.random.default_rng(count).integers(0, 256, (count, 3, SIZE, SIZE), np.uint8)


@pytest.mark.parity
@pytest.mark.parametrize("count", [1, 5])
def test_raw_photos_get_the_logits_of_the_original_whatever_their_number(exported, count):
    _, model, content = exported
    parity = compare_onnx(content, model, photos(count))
    assert (parity.images, parity.other_classes) == (count, 0)
    assert parity.largest_difference < 1e-4
    require_parity(parity, tolerance=1e-4)


@pytest.mark.known_bug(5)
def test_the_normalisation_is_part_of_the_file(exported):
    checkpoint, model, content = exported
    mean, std = (
        torch.tensor(values)[:, None, None]
        for values in (checkpoint.facts.mean, checkpoint.facts.std)
    )
    with torch.inference_mode():
        expected = model.model((torch.from_numpy(photos(2)) / 255 - mean) / std)
    assert np.abs(run_onnx(content, photos(2)) - expected.numpy()).max() < 1e-4


def test_the_file_is_used_without_this_project(exported, onnxruntime):
    _, _, content = exported
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    logits, probabilities = session.run(None, {"images": photos(2)})
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    assert np.allclose(probabilities, shifted / shifted.sum(1, keepdims=True), atol=1e-6)
    (given,) = session.get_inputs()
    assert (given.type, given.shape[1:]) == ("tensor(uint8)", [3, SIZE, SIZE])


def test_the_file_says_what_it_is_and_what_it_was_made_from(exported, onnxruntime):
    checkpoint, _, content = exported
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    notes = session.get_modelmeta().custom_metadata_map
    assert json.loads(notes["classes"]) == list(CLASSES)
    assert json.loads(notes["mean"]) == [0.4, 0.5, 0.6]
    assert json.loads(notes["std"]) == list(checkpoint.facts.std)
    assert (notes["height"], notes["width"]) == ("64", "64")
    sha256 = hashlib.sha256(encode_checkpoint(checkpoint)).hexdigest()
    assert notes["checkpoint_sha256"] == sha256


def test_the_same_model_gives_the_same_bytes_and_no_path_of_this_machine(onnxruntime):
    content, again = (export("convnet")[2] for _ in range(2))
    assert again == content
    assert b"site-packages" not in content
    assert str(Path(wildroad.__file__).parent).encode() not in content


def test_another_model_is_no_parity(exported):
    _, model, content = exported
    other = ClassifierInput(
        build_classifier("convnet", classes=3, image_size=SIZE, weights=None, seed=9),
        CheckpointFacts("classification", "convnet", CLASSES, SIZE, SIZE),
    ).eval()
    assert type(other) is type(model)
    with pytest.raises(ExportError, match="is not the trained one: over 4 images its logits"):
        require_parity(compare_onnx(content, other, photos(4)), tolerance=1e-4)


@pytest.mark.parametrize(
    "parity", [Parity(8, 2e-4, 0), Parity(8, 0.0, 1), Parity(8, float("nan"), 0)]
)
def test_too_large_a_difference_another_class_and_nan_are_refused(parity):
    with pytest.raises(ExportError, match=r"allowed 0\.0001.*nothing was written"):
        require_parity(parity, tolerance=1e-4)


def test_a_difference_within_the_tolerance_is_accepted_and_stated():
    parity = Parity(8, 1e-5, 0)
    require_parity(parity, tolerance=1e-4)
    table = parity_table(parity, tolerance=1e-4, content=b"onnx")
    assert list(table.columns) == [
        "images", "largest_difference", "other_classes", "tolerance", "opset", "bytes", "sha256",
    ]  # fmt: skip
    assert table.loc[0, "bytes"] == 4
    assert table.loc[0, "sha256"] == hashlib.sha256(b"onnx").hexdigest()


@pytest.mark.faults
@pytest.mark.parametrize("name", ["onnx", "onnxscript"])
def test_a_missing_extra_says_how_to_install_it(monkeypatch, name):
    pytest.importorskip("onnx")
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ExportError, match=rf'{name} is not installed: pip install "wildroad\[onn'):
        export_onnx(torch.nn.Identity(), height=8, width=8, metadata={})
