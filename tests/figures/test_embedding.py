import made_up_tables as made_up
import pytest
from matplotlib.colors import to_hex

from wildroad.figures.embedding import MOST_PATHS, embedding_2d, embedding_3d
from wildroad.figures.style import class_palette

CLASSES = [name.replace("_", " ") for name in made_up.PHOTO_CLASSES]


@pytest.mark.parametrize(("draw", "dimensions"), [(embedding_2d, 2), (embedding_3d, 3)])
def test_every_class_and_the_perplexity_are_named(draw, dimensions):
    picture = draw(made_up.classification_embedding(dimensions))
    assert all(f">{name}<" in picture.svg for name in CLASSES)
    assert ">t-SNE of 200 photos, perplexity 30<" in picture.svg
    assert "Distances between clusters mean nothing" in picture.alternative_text


def test_a_draw_of_the_photos_is_called_one():
    table = made_up.classification_embedding().assign(drawn_from=12_000)
    assert ">t-SNE of 200 photos drawn from 12,000, perplexity 30<" in embedding_2d(table).svg


def test_plane_says_how_many_photos_of_each_split_it_shows():
    svg = embedding_2d(made_up.classification_embedding()).svg
    assert ">175 train photos<" in svg
    assert ">25 val photos<" in svg


@pytest.mark.known_bug(14)
def test_dots_have_the_colour_of_their_class_in_the_table():
    table = made_up.classification_embedding()
    color = to_hex(class_palette(list(table["class_name"]))["birds"])
    birds = (table["class_name"] == "birds").sum()
    fewer = table[~((table["class_name"] == "birds") & (table["split"] == "train"))]
    gone = len(table) - len(fewer)
    counts = [embedding_2d(one).svg.count(f"fill: {color}") for one in (table, fewer)]
    assert 0 < gone < birds
    assert counts[0] - counts[1] == gone


def test_many_dots_become_pixels():
    assert "<image" not in embedding_2d(made_up.classification_embedding(2, MOST_PATHS)).svg
    assert "<image" in embedding_2d(made_up.classification_embedding(2, MOST_PATHS + 1)).svg


@pytest.mark.parametrize(("draw", "dimensions"), [(embedding_2d, 2), (embedding_3d, 3)])
def test_the_same_table_gives_the_same_bytes(draw, dimensions):
    table = made_up.classification_embedding(dimensions, 60)
    assert draw(table) == draw(table)


@pytest.mark.parametrize("draw", [embedding_2d, embedding_3d])
def test_no_photos_say_so(draw):
    table = made_up.classification_embedding(3).head(0)
    assert draw(table).alternative_text == "Too few photos for an embedding."
