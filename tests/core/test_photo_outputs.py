import numpy as np
import pytest

from wildroad.core.photo_outputs import PhotoOutputs


@pytest.fixture
def outputs():
    features = np.arange(12, dtype=np.float32).reshape(3, 4)
    return PhotoOutputs(("fox/1", "fox/2", "owl/1"), np.eye(3), features)


def test_rows_are_found_by_id_in_the_order_asked_for(outputs):
    assert outputs.features_of(["owl/1", "fox/1"]).tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]
    assert outputs.probabilities_of(["fox/2"]).tolist() == [[0, 1, 0]]


def test_a_photo_without_outputs_is_named(outputs):
    with pytest.raises(ValueError, match="1 photos have no outputs, such as 'owl/9'"):
        outputs.features_of(["fox/1", "owl/9"])


@pytest.mark.known_bug(14)
@pytest.mark.parametrize(("ids", "probabilities", "features"), [(2, 3, 3), (3, 2, 3), (3, 3, 2)])
def test_ids_probabilities_and_features_of_other_lengths_are_refused(ids, probabilities, features):
    with pytest.raises(ValueError, match="give one of each per photo"):
        PhotoOutputs(
            tuple(map(str, range(ids))),
            np.zeros((probabilities, 2)),
            np.zeros((features, 4), np.float32),
        )


def test_an_id_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match=r"2 photo ids \(1 different ones\)"):
        PhotoOutputs(("a", "a"), np.zeros((2, 2)), np.zeros((2, 4), np.float32))


def test_outputs_are_equal_only_to_the_last_bit(outputs):
    other = outputs.features.copy()
    assert outputs == PhotoOutputs(outputs.photo_ids, np.eye(3), other)
    other[0, 0] = np.nextafter(np.float32(0), np.float32(1))
    assert outputs != PhotoOutputs(outputs.photo_ids, np.eye(3), other)
    assert outputs != "outputs"
