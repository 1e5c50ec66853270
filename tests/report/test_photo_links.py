import doctest

import made_up_tables as made_up

from wildroad.report import photo_links


def test_examples_of_addresses_hold():
    assert doctest.testmod(photo_links).failed == 0


def test_every_cell_with_photos_and_no_other_is_a_link():
    confusion = made_up.classification_confusion()
    links = photo_links.cell_links(confusion)
    assert {row for row, _ in links} == set((confusion["photos"] > 0).to_numpy().nonzero()[0])


def test_class_rows_lead_to_the_class_its_misses_and_what_is_called_so():
    per_class = made_up.classification_per_class()
    links = photo_links.class_links(per_class)
    row = int((per_class["class_name"] == "dog").to_numpy().nonzero()[0][0])
    assert {column: links[row, column] for at, column in links if at == row} == {
        "support": "#photos?model=convnet&target=dog",
        "recall": "#photos?model=convnet&target=dog&wrong=yes",
        "predicted_photos": "#photos?model=convnet&predicted=dog",
        "precision": "#photos?model=convnet&predicted=dog&wrong=yes",
    }


def test_pairs_lead_to_the_photos_that_each_alone_had_right():
    links = photo_links.pair_links(made_up.classification_comparison())
    assert links[0, "only_b_right"] == "#photos?right=resnet18&unlike=convnet"
