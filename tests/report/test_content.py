from dataclasses import fields, replace

import made_up_tables as made_up
import pandas as pd
import pytest

from wildroad.figures.style import class_palette
from wildroad.report import wildlife
from wildroad.report.columns import cell_text, columns_of
from wildroad.report.content import assemble
from wildroad.report.page import render_report
from wildroad.report.parts import ReportContent, Table
from wildroad.report.tables import ReportTables


def all_tables(content: ReportContent) -> list[Table]:
    chapters = [
        table for section in content.sections for part in section.parts for table in part.tables
    ]
    return [*content.summary, *chapters]


def test_report_of_nothing_says_not_run_in_every_chapter():
    content = assemble(ReportTables(), {})
    assert all(section.parts == () for section in content.sections)
    assert [headline.value for headline in content.headlines] == ["not run", "not run"]
    assert content.verdicts == ()
    assert content.warnings == ()


@pytest.mark.parametrize("name", [field.name for field in fields(ReportTables)])
def test_report_survives_any_missing_table(tables, name):
    assert render_report(assemble(replace(tables, **{name: None}), {}))


@pytest.mark.parametrize("name", [field.name for field in fields(ReportTables)])
def test_empty_table_reads_like_a_missing_one(tables, name):
    table = getattr(tables, name)
    empty = None if table is None else table.head(0)
    first, second = (assemble(replace(tables, **{name: value}), {}) for value in (empty, None))
    assert (first.verdicts, first.warnings, first.headlines) == (
        second.verdicts,
        second.warnings,
        second.headlines,
    )
    assert [t.file for t in all_tables(first)] == [t.file for t in all_tables(second)]


def test_report_survives_numbers_that_are_all_missing(tables):
    emptied = {
        field.name: getattr(tables, field.name).apply(
            lambda column: column * float("nan") if column.dtype.kind == "f" else column
        )
        for field in fields(ReportTables)
        if getattr(tables, field.name) is not None
    }
    assert "n/a" in render_report(assemble(ReportTables(**emptied), {}))


def test_every_table_has_a_file_name_of_its_own(content):
    files = [table.file for table in all_tables(content)]
    assert len(files) == len(set(files))


@pytest.mark.known_bug(12)
def test_summary_has_top1_macro_f1_and_baseline_beside_one_vs_rest_accuracy(content):
    columns = list(content.summary[0].frame)
    assert columns.index("mean_ovr_accuracy") > max(
        columns.index(name) for name in ("top1", "macro_f1", "majority_baseline")
    )


@pytest.mark.known_bug(12)
def test_class_table_with_one_vs_rest_accuracy_names_top1_macro_f1_and_baseline(content):
    (table,) = (t for t in all_tables(content) if t.file == "classification_per_class.csv")
    assert "ovr_accuracy" in table.frame
    assert all(word in table.note for word in ("top-1", "macro F1", "majority baseline"))


@pytest.mark.known_bug(12)
@pytest.mark.parametrize("name", ["mean_ovr_accuracy", "ovr_accuracy"])
def test_no_column_calls_one_vs_rest_accuracy_just_accuracy(name):
    (column,) = columns_of(pd.DataFrame({name: [0.9]}))
    assert column.heading in ("mean one-vs-rest accuracy", "(TP + TN) / N")
    assert "not accuracy" in column.explanation or "correct rejection" in column.explanation
    (metric,) = columns_of(pd.DataFrame({"metric": [name]}))
    assert "one-vs-rest" in cell_text({"metric": "mean_ovr_accuracy"}, metric)


def test_road_summary_names_the_id_space_of_every_number(content):
    assert content.summary[1].frame["label_space"].tolist() == ["cityscapes_id", "idd_level3"]


@pytest.mark.parametrize("name", ["class_scores", "thresholds", "average_precision"])
def test_contaminated_class_reads_so_in_its_domain_only(content, name):
    (table,) = (t for t in all_tables(content) if t.file == f"segmentation_{name}.csv")
    rows = {table.frame.loc[row, ["domain", "class_name"]].tolist()[0] for row, _ in table.absent}
    assert rows == {"idd"}
    assert set(table.absent.values()) == {"n/a: contaminated"}


def test_label_without_a_class_reads_ignored(content):
    (table,) = (t for t in all_tables(content) if t.file == "scene_distribution.csv")
    labels = {table.frame.loc[row, "label"] for row, _ in table.absent}
    assert labels == set(made_up.IGNORED_LABELS)
    assert set(table.absent.values()) == {"ignored"}


def test_figure_of_a_variant_is_captioned_with_it(content):
    figures = [f for section in content.sections for part in section.parts for f in part.figures]
    captions = {figure.key: figure.caption for figure in figures}
    assert captions["embedding_2d.resnet18"].startswith("Resnet18: train and val photos")


def test_every_figure_given_is_in_the_report(content, figures):
    shown = {f.key for section in content.sections for part in section.parts for f in part.figures}
    assert shown == set(figures) - {"mistake_gallery.resnet18"}


def test_galleries_of_mistakes_take_the_place_of_their_figures(content, tables, figures):
    def mistakes(report):
        (section,) = (one for one in report.sections if one.id == "wildlife-models")
        return next(part for part in section.parts if part.title == "Confident mistakes")

    (gallery,) = mistakes(content).blocks
    rows = tables.classification_mistakes.query("model == 'convnet'")
    assert sum(len(cards) for _, cards in gallery.groups) == len(rows)
    assert [name for name, _ in gallery.groups][:1] == [
        rows["target"].iloc[0].replace("_", " ").capitalize()
    ]
    without = mistakes(assemble(tables, figures))
    assert without.blocks == ()
    assert [figure.key for figure in without.figures] == ["mistake_gallery.resnet18"]


def test_feature_space_holds_every_model_in_two_and_three_dimensions(content, tables):
    (space,) = (
        block
        for section in content.sections
        for part in section.parts
        for block in part.blocks
        if block.kind == "features"
    )
    models = tables.model_summary["model"]
    assert set(space.embeddings) == {(model, size) for model in models for size in (2, 3)}
    colors = class_palette(tables.classification_embedding_2d["class_name"])
    assert {name: colors[name] for name in space.colors} == space.colors


def test_sample_data_and_random_weights_warn_first(content):
    assert content.warnings[0].startswith("These numbers come from the built-in sample")
    assert content.warnings[1].startswith("Random initialisation: resnet18 ")


def test_verdicts_cover_both_tasks(content):
    assert {verdict.task for verdict in content.verdicts} == {"wildlife", "road"}


def test_distance_to_the_predicted_class_reads_na_where_the_answer_was_right(content):
    (table,) = (t for t in all_tables(content) if t.file == "classification_centroids.csv")
    right = table.frame["target"] == table.frame["predicted"]
    assert right.any()
    assert {row for row, _ in table.absent} == set(right.to_numpy().nonzero()[0])
    assert {name for _, name in table.absent} == {"distance_predicted", "ratio"}
    assert set(table.absent.values()) == {"NA"}


def test_galleries_come_after_the_numbers_and_start_folded(content):
    (section,) = (one for one in content.sections if one.id == "wildlife-models")
    titles = [part.title for part in section.parts]
    gallery = titles.index("Confident mistakes")
    assert gallery > max(
        map(titles.index, ("Comparison", "Class by class", "What is taken for what"))
    )
    assert all(figure.folded for figure in section.parts[gallery].figures)


def test_lead_counts_the_test_photos_and_not_those_a_temperature_was_fitted_on(tables):
    metrics = tables.classification_metrics.copy()
    metrics.loc[metrics["metric"] == "temperature", "photos"] = 99_999
    assert "2,219 test photos" in wildlife.one_vs_rest_lead(metrics)


def test_assembling_leaves_the_tables_as_they_were(tables):
    before = {f.name: getattr(tables, f.name) for f in fields(tables)}
    copies = {name: None if t is None else t.copy() for name, t in before.items()}
    render_report(assemble(tables, {}))
    for name, table in before.items():
        if table is not None:
            pd.testing.assert_frame_equal(table, copies[name])
