import json

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from PIL import Image

from wildroad.core.domains import Domain
from wildroad.core.labels import SPACES, label_space
from wildroad.datasets.domain import DomainDataset, Note
from wildroad.datasets.mask_folder import MaskFolderDataset
from wildroad.datasets.table import TableDataset


@pytest.fixture
def parts(tmp_path):
    """A domain whose scenes and masks lie in files, and the dataset that puts them together."""
    places = {
        "scenes": {"filepath": str(tmp_path / "scenes.csv")},
        "masks": {"filepath": str(tmp_path / "masks")},
    }
    scenes = pd.DataFrame(
        {
            "scene_id": ["a/1", "a/2"],
            "role": ["train", "test"],
            "image_file": ["1.png", "2.png"],
            "annotation_file": ["1_gtFine_labelIds.png", "2_gtFine_labelIds.png"],
        }
    )
    masks = {"a/1": np.zeros((4, 6), np.uint8), "a/2": np.ones((4, 6), np.uint8)}
    TableDataset(**places["scenes"]).save(scenes)
    MaskFolderDataset(**places["masks"]).save(masks)
    domain = Domain(tmp_path / "images", scenes, masks, label_space("cityscapes_id"))
    return domain, DomainDataset(filepath=str(tmp_path / "domain.json"), **places)


def test_a_domain_comes_back_as_it_was(parts):
    domain, dataset = parts
    assert not dataset.exists()
    dataset.save(domain)
    assert dataset.exists()
    found = dataset.load()
    assert (found.root, found.space) == (domain.root, domain.space)
    assert found.scenes.equals(domain.scenes)
    assert list(found.masks) == list(domain.masks)
    assert all(np.array_equal(found.masks[name], domain.masks[name]) for name in domain.masks)


def test_instances_of_test_scenes_are_found_again(parts):
    domain, dataset = parts
    dataset.save(domain)
    assert not dataset.load().instances.maps
    ids = np.array([[26000, 26001, 7], [26000, 24000, 7]], np.uint16)
    domain.root.mkdir()
    Image.fromarray(ids).save(domain.root / "2_gtFine_instanceIds.png")
    instances = dataset.load().instances
    assert list(instances.maps) == ["a/2"]
    assert np.array_equal(instances.maps["a/2"], ids)
    assert domain.space.classes[instances.label_class[26]] == "Car"


@pytest.mark.parametrize("name", SPACES)
def test_every_label_space_comes_back_as_it_was(name):
    note = Note(root="images", space=label_space(name))
    assert Note.model_validate_json(note.model_dump_json()) == note


def test_a_domain_without_its_scenes_is_not_there(parts, tmp_path):
    domain, dataset = parts
    dataset.save(domain)
    (tmp_path / "scenes.csv").unlink()
    assert not dataset.exists()


def test_a_domain_that_was_never_opened_is_named(parts):
    with pytest.raises(DatasetError, match=r"domain\.json is not there: run the segmentation"):
        parts[1].load()
    assert parts[1].preview() == ""


def test_a_damaged_note_is_named(parts, tmp_path):
    domain, dataset = parts
    dataset.save(domain)
    (tmp_path / "domain.json").write_text("{")
    with pytest.raises(DatasetError, match=r"domain\.json is damaged .*: delete it"):
        dataset.load()


def test_the_preview_counts_the_scenes_of_each_role(parts):
    domain, dataset = parts
    dataset.save(domain)
    shown = json.loads(dataset.preview())
    assert shown["scenes"] == {"train": 1, "test": 1}
    assert shown["label_space"] == "cityscapes_id"
    assert len(shown["classes"]) == 18
