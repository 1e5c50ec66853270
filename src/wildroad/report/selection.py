"""Choosing figures by name, and parts only where there is something to show."""

from collections.abc import Mapping

import pandas as pd

from wildroad.report.formats import capital, domain_title
from wildroad.report.parts import Block, Figure, Part, Picture, Table
from wildroad.report.tables import OptionalTable, present

Figures = Mapping[str, Picture]
Pictures = Mapping[str, Mapping[str, bytes]]
"""Sets of encoded pictures by name, or by name, a dot and a variant: "mistake_pictures.convnet"."""


def figures_named(
    figures: Figures, name: str, caption: str, *, folded: bool = False, still: bool = False
) -> tuple[Figure, ...]:
    """Figures stored under a name, or under "name.variant" for each model, class or domain.

    Args:
        figures: every figure of the run by key.
        name: such as "confusion_heatmap".
        caption: under each of them; a variant is named before it.
        folded: whether they start closed.
        still: whether they stand for something one can touch.
    """
    return tuple(
        Figure(key, _caption(key, name, caption), picture, folded, still)
        for key, picture in figures.items()
        if key == name or key.startswith(f"{name}.")
    )


def _caption(key: str, name: str, caption: str) -> str:
    variant = key.removeprefix(name).removeprefix(".")
    if not variant:
        return caption
    return f"{capital(domain_title(variant))}: {caption[:1].lower()}{caption[1:]}"


def table_of(
    frame: OptionalTable, name: str, title: str, *, note: str = "", folded: bool = False
) -> tuple[Table, ...]:
    """One table, or none where there are no rows."""
    rows = present(frame)
    if rows is None:
        return ()
    return (Table(title, rows.reset_index(drop=True), f"{name}.csv", note, folded),)


def part(
    title: str,
    text: str = "",
    *,
    figures: tuple[Figure, ...] = (),
    tables: tuple[Table, ...] = (),
    blocks: tuple[Block, ...] = (),
) -> tuple[Part, ...]:
    """One part, or none where it has nothing but words."""
    return (Part(title, text, figures, tables, blocks),) if figures or tables or blocks else ()


def wide_metrics(frame: pd.DataFrame, *, index: str, intervals: list[str]) -> pd.DataFrame:
    """Lay a long table of metrics out with a row per model or domain.

    Args:
        frame: index, metric, value, low, high.
        index: "model" or "domain"; rows keep the order of first appearance.
        intervals: metrics that keep their bounds, as `metric_low` and `metric_high`.
    """
    wide = {
        column: frame.pivot(index=index, columns="metric", values=column)
        for column in ("value", "low", "high")
    }
    result = wide["value"].copy()
    for name in (name for name in intervals if name in result):
        result[f"{name}_low"], result[f"{name}_high"] = wide["low"][name], wide["high"][name]
    ordered = result.reindex(list(dict.fromkeys(frame[index])))
    return ordered.rename_axis(columns=None).rename_axis(index).reset_index()


def columns_in_order(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Those of the columns that the frame has, with the bounds of their intervals."""
    wanted = [name for base in names for name in (base, f"{base}_low", f"{base}_high")]
    return frame[[name for name in wanted if name in frame]]


def pictures_named(pictures: Pictures, name: str) -> dict[str, Mapping[str, bytes]]:
    """Sets of pictures stored under "name.variant", by variant, in their order."""
    return {
        key.removeprefix(f"{name}."): found
        for key, found in pictures.items()
        if key.startswith(f"{name}.")
    }
