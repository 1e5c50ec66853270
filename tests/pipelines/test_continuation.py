"""Going on from what earlier runs left: ``kedro run`` with the options that choose nodes."""

import shutil
from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project

PROJECT = Path(__file__).parents[2]
CARDS_AND_REPORT = {"write_report", "write_classifier_cards"}
EVALUATION = {"predict_scenes", "count_pixels", "score_domain", "find_failures"}


def test_nothing_is_missing_after_a_run_and_nothing_is_run(continued_project):
    assert continued_project.ran(only_missing_outputs=True) == []


def test_only_what_draws_a_deleted_figure_is_run(continued_project):
    figure = continued_project.results / "08_reporting" / "figures" / "resnet18_confusion.png"
    before = figure.read_bytes()
    figure.unlink()
    assert continued_project.ran(only_missing_outputs=True) == ["resnet18.plot_confusion"]
    assert figure.read_bytes() == before


def test_a_deleted_checkpoint_is_trained_again_to_the_same_bytes_and_nothing_else_is(
    continued_project,
):
    checkpoint = continued_project.results / "06_models" / "convnet.safetensors"
    before = checkpoint.read_bytes()
    checkpoint.unlink()
    assert continued_project.ran(only_missing_outputs=True) == ["convnet.train_classifier"]
    assert checkpoint.read_bytes() == before


def test_a_deleted_folder_of_masks_is_predicted_again(continued_project):
    shutil.rmtree(continued_project.results / "07_model_output" / "idd_predicted_masks")
    ran = continued_project.ran(only_missing_outputs=True)
    assert ran == ["idd_evaluation.predict_scenes"]


def test_from_nodes_goes_on_with_domains_that_an_earlier_run_opened(continued_project):
    ran = continued_project.ran(from_nodes=["road_comparison.compare_domains"])
    comparison = {"road_comparison.compare_domains", "road_comparison.plot_cross_domain"}
    assert set(ran) == comparison | {"write_report", "write_segmenter_card"}


def test_from_inputs_runs_what_reads_them_and_what_follows(continued_project):
    ran = continued_project.ran(from_inputs=["classification_metrics"])
    assert set(ran) == {"model_comparison.plot_comparison"} | CARDS_AND_REPORT


def test_to_outputs_runs_what_leads_to_them(continued_project):
    ran = continued_project.ran(to_outputs=["class_distribution_figure"])
    names = ("index_photos", "curate_photos", "split_photos", "count_classes")
    assert ran == [f"photos.{name}" for name in (*names, "plot_class_distribution")]


def test_to_outputs_that_are_there_need_nothing_when_only_missing_ones_are_made(continued_project):
    options = {"to_outputs": ["report"], "only_missing_outputs": True}
    assert continued_project.ran(**options) == []


def test_a_namespace_runs_alone_on_what_is_there(continued_project):
    ran = continued_project.ran(namespaces=["idd_evaluation"])
    assert {name.removeprefix("idd_evaluation.") for name in ran} >= EVALUATION
    assert all(name.startswith("idd_evaluation.") for name in ran)


def test_the_nodes_of_a_tag_within_a_namespace_run_alone(continued_project):
    ran = continued_project.ran(tags=["gpu"], namespaces=["convnet"], from_nodes=PREDICTION)
    nodes = ("embed_train_and_val", "embed_val", "explain_mistakes", "predict_photos")
    assert sorted(ran) == [f"convnet.{node}" for node in nodes]


PREDICTION = ["convnet.predict_photos"]


def test_a_report_alone_is_written_from_what_is_saved(continued_project):
    page = continued_project.results / "08_reporting" / "report.html"
    before = page.read_bytes()
    ran = continued_project.ran(pipeline_names=["reporting"])
    assert set(ran) == CARDS_AND_REPORT | {"write_segmenter_card"}
    assert page.read_bytes() == before


def test_going_on_changes_no_table(finished_project, continued_project):
    expected, found = finished_project[0].tables(), continued_project.tables()
    assert [name for name in expected if expected[name] != found[name]] == []


def test_the_command_line_says_that_nothing_was_missing(continued_project):
    finished = continued_project.run("--only-missing-outputs")
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert "Running node" not in finished.stdout + finished.stderr
    assert "Report: " in finished.stdout


@pytest.mark.parametrize(("tag", "other"), [("wildlife", "road"), ("gpu", "cpu")])
def test_tags_divide_the_nodes_of_a_run(tag, other):
    bootstrap_project(PROJECT)
    everything = pipelines["__default__"]
    both = everything.only_nodes_with_tags(tag) & everything.only_nodes_with_tags(other)
    assert {node.name for node in both.nodes} == ({"write_report"} if tag == "wildlife" else set())
