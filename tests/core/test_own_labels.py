import pandas as pd
import pytest

from wildroad.core.labels import SPACES, class_colors, label_space
from wildroad.core.own_labels import OwnLabel, own_label_space, space_of_table, space_table

SOIL = OwnLabel(0, "soil", "Soil", (120, 80, 40))
LEAF = OwnLabel(7, "leaf", "Leaf", (0, 90, 0))
DRY_LEAF = OwnLabel(20, "dry leaf", "Leaf", (150, 140, 0))
VOID = OwnLabel(255, "void", "", None)
LABELS = [SOIL, LEAF, DRY_LEAF, VOID]


def test_ids_of_a_class_become_its_index_and_all_others_are_ignored():
    table = own_label_space("orchard", LABELS).class_table()
    assert {value: int(table[value]) for value in (0, 7, 20, 255, 1)} == {
        0: 0, 7: 1, 20: 1, 255: 255, 1: 255,
    }  # fmt: skip


def test_classes_keep_the_order_of_their_labels_or_the_one_that_is_given():
    assert own_label_space("orchard", LABELS).classes == ("Soil", "Leaf")
    turned = own_label_space("orchard", LABELS, ["Leaf", "Soil"])
    assert turned.classes == ("Leaf", "Soil")
    assert turned.class_table()[[0, 7]].tolist() == [1, 0]


def test_a_class_has_the_colour_of_its_first_label():
    space = own_label_space("orchard", LABELS)
    assert space.class_colors().tolist() == [[120, 80, 40], [0, 90, 0]]


@pytest.mark.parametrize("name", SPACES)
def test_the_classes_of_the_road_data_sets_have_their_published_colours(name):
    space = label_space(name)
    assert (space.class_colors() == class_colors(space.classes)).all()


@pytest.mark.parametrize(
    ("labels", "classes", "named"),
    [
        ([*LABELS, OwnLabel(7, "twig", "", None)], None, "the id stands twice: 7"),
        ([*LABELS, OwnLabel(8, "leaf", "", None)], None, "the label stands twice: leaf"),
        (LABELS, ["Soil", "Leaf", "Leaf"], "the class stands twice in classes: Leaf"),
        (LABELS, ["Soil", "Leaf", "Apple"], "no label is of the class: Apple"),
        (LABELS, ["Soil", "Apple"], "the class is not among classes: Leaf"),
        ([SOIL, OwnLabel(3, "", "Leaf", None)], None, "are missing for the label: Leaf"),
        ([SOIL, LEAF, OwnLabel(255, "sky", "Sky", (0, 0, 9))], None, "id of the class: Sky"),
        ([SOIL, VOID], None, r"two classes or more, not \['Soil'\]"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_by_the_name_of_what_is_wrong(
    labels, classes, named
):
    with pytest.raises(ValueError, match=f"labels of 'orchard'.*{named}"):
        own_label_space("orchard", labels, classes)


def test_every_problem_of_a_table_is_named_at_once():
    labels = [SOIL, SOIL, OwnLabel(3, "", "Leaf", None)]
    with pytest.raises(ValueError, match=r"id stands twice: 0; .*soil; red, green and blue"):
        own_label_space("orchard", labels)


@pytest.mark.parametrize("name", [*SPACES, "orchard"])
def test_a_label_space_comes_back_from_its_table_as_it_was(name, tmp_path):
    space = own_label_space(name, LABELS) if name == "orchard" else label_space(name)
    space_table(space).to_csv(tmp_path / "space.csv", index=False)
    read = pd.read_csv(tmp_path / "space.csv", keep_default_na=False)
    assert space_of_table(read) == space
