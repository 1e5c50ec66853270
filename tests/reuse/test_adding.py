import re

import pytest
import yaml
from click.testing import CliRunner
from drawn_sets import labels_csv
from kedro.config import OmegaConfigLoader
from kedro.pipeline import Pipeline

from wildroad.reuse.adding import AddingError, Wish, add, files_of
from wildroad.reuse.commands import commands
from wildroad.reuse.fragments import CHECKOUT, catalog_entry, entries, shipped

pytestmark = pytest.mark.reuse

BIRDS = Wish("classification", "birds", "data/01_raw/birds", "birds")
FARM = Wish("segmentation", "farm", "data/01_raw/orchard", "orchard", labels_csv())


def base(tmp_path):
    """The base environment of a project that has a little already."""
    conf = tmp_path / "conf" / "base"
    conf.mkdir(parents=True)
    (tmp_path / "conf" / "local").mkdir()
    (conf / "catalog.yml").write_text("sales:\n  type: MemoryDataset\n")
    (conf / "parameters.yml").write_text("rate: 3\n")
    return conf


def test_entries_of_all_fragments_put_together_are_the_files():
    for path in CHECKOUT.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert "".join(entry for _, entry in entries(text)) == text
        assert [name for name, _ in entries(text)] == list(yaml.safe_load(text))


def test_an_entry_of_the_catalog_is_preferred_to_a_pattern_and_a_longer_pattern_to_a_shorter():
    names = ["{model}_figure", "{model}_history_figure", "road_history_figure"]
    assert catalog_entry("road_history_figure", names) == "road_history_figure"
    assert catalog_entry("convnet_history_figure", names) == "{model}_history_figure"
    assert catalog_entry("convnet_table", names) is None


@pytest.mark.parametrize("wish", [BIRDS, FARM])
def test_kedro_finds_every_dataset_and_parameter_of_the_instance_in_what_is_written(wish, tmp_path):
    add(wish, base(tmp_path))
    loader = OmegaConfigLoader(str(tmp_path / "conf"), base_env="base", default_run_env="local")
    catalog, parameters = loader["catalog"], loader["parameters"]
    pipeline = Pipeline(wish.pipeline(), namespace=wish.namespace)
    for name in pipeline.datasets():
        if name.startswith("params:"):
            block = parameters
            for part in name.removeprefix("params:").split("."):
                assert part in block, name
                block = block[part]
        elif name != "parameters":
            assert catalog_entry(name, catalog), name


@pytest.mark.parametrize("wish", [BIRDS, FARM])
def test_what_is_written_has_the_values_of_conf_base_under_the_namespace(wish):
    texts = files_of(wish)
    written = yaml.safe_load(texts[f"parameters_{wish.namespace}.yml"])[wish.namespace]
    known = yaml.safe_load(shipped("parameters"))
    known["road_training"]["domain"] = "orchard"
    domain = written.pop("orchard", None)
    assert written == {name: known[name] for name in written}
    assert domain is None or domain["roles"] == known["idd"]["roles"]
    catalog = yaml.safe_load(texts[f"catalog_{wish.namespace}.yml"])
    assert all(name.startswith(f"{wish.namespace}.") for name in catalog)
    paths = [entry.get("filepath", "") for entry in catalog.values()]
    made = [path for path in paths if re.match(r"data/0[2-8]", path)]
    assert len(made) > 40
    assert all(re.match(rf"data/\d\d_\w+/{wish.namespace}/", path) for path in made)
    assert "${" not in texts[f"catalog_{wish.namespace}.yml"]


def test_a_name_that_the_project_has_already_is_refused_and_nothing_is_written(tmp_path):
    conf = base(tmp_path)
    (conf / "parameters.yml").write_text("birds:\n  rate: 3\n")
    with pytest.raises(AddingError, match=r"parameters\.yml has 'birds' already"):
        add(BIRDS, conf)
    (conf / "parameters.yml").write_text("")
    (conf / "catalog.yml").write_text("birds.photo_split:\n  type: MemoryDataset\n")
    with pytest.raises(AddingError, match=r"catalog\.yml has 'birds\.photo_split' already"):
        add(BIRDS, conf)
    assert sorted(path.name for path in conf.iterdir()) == ["catalog.yml", "parameters.yml"]


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    conf = base(tmp_path)
    (conf / "parameters_birds.yml").write_text("mine: 1\n")
    with pytest.raises(AddingError, match=r"parameters_birds\.yml would be overwritten"):
        add(BIRDS, conf)
    assert (conf / "parameters_birds.yml").read_text() == "mine: 1\n"
    assert not (conf / "catalog_birds.yml").exists()


def test_the_command_says_what_it_wrote_and_refuses_the_second_time(tmp_path):
    conf = base(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kedro]\npackage_name = "wildroad"\nproject_name = "other"\n'
        'kedro_init_version = "1.7.0"\n'
    )
    options = ["--namespace", "birds", "--folder", "data/01_raw/birds", "--project", str(tmp_path)]
    first = CliRunner().invoke(commands, ["add", "classification", *options])
    assert first.exit_code == 0, first.output
    for text in ("catalog_birds.yml", "parameters_birds.yml", *BIRDS.registry_lines()):
        assert text in first.output
    before = {path: path.read_bytes() for path in conf.iterdir()}
    second = CliRunner().invoke(commands, ["add", "classification", *options])
    assert second.exit_code == 1
    assert "would be overwritten: choose another namespace" in second.output
    assert {path: path.read_bytes() for path in conf.iterdir()} == before


def test_the_command_outside_of_a_project_says_so(tmp_path):
    options = ["--namespace", "birds", "--folder", "a", "--project", str(tmp_path)]
    refused = CliRunner().invoke(commands, ["add", "classification", *options])
    assert refused.exit_code == 1
    assert "is in no Kedro project: give one with --project" in refused.output


def test_a_broken_file_of_the_project_is_named(tmp_path):
    conf = base(tmp_path)
    (conf / "catalog.yml").write_text("a: [\n")
    with pytest.raises(AddingError, match=r"catalog\.yml is no YAML"):
        add(BIRDS, conf)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AddingError, match=r"there is no folder .*nowhere"):
        add(BIRDS, tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", "My birds", "2birds", "birds.owls"])
def test_names_that_yaml_or_kedro_would_misread_are_refused(name):
    with pytest.raises(AddingError, match="is no name of small letters"):
        Wish("classification", name, "data", "birds")


def test_registry_lines_make_the_pipelines_they_are_for():
    for wish in (BIRDS, FARM):
        pipelines = {}
        exec("\n".join(wish.registry_lines()), {"pipelines": pipelines})
        made = pipelines[wish.namespace]
        nodes = Pipeline(wish.pipeline(), namespace=wish.namespace).nodes
        assert {one.name for one in made.nodes} == {one.name for one in nodes}
        assert {one.namespace.split(".")[0] for one in made.nodes} == {wish.namespace}
