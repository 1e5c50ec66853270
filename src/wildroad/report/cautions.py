"""What a reader has to know before believing a number."""

import pandas as pd

from wildroad.core.labels import SPACES, label_space
from wildroad.report.formats import count, domain_title, readable, sentence_list

FEW_PHOTOS = 30
"""Below this many test photos, a class's scores hang on single photos."""

MOST_NAMED = 4
"""More classes than this are counted, not named."""

UNTRAINED = frozenset({"", "none", "random"})
"""Names of initial weights that come from no training."""

SAMPLE = (
    "These numbers come from the built-in sample of drawn photos and scenes. They show that the "
    "pipelines work, and say nothing about real photos or roads."
)


def random_initialisation(summary: pd.DataFrame, *, expected_random: str = "convnet") -> str:
    """Name the models that were to start from trained weights and did not.

    Args:
        summary: model_summary or road_model_summary.
        expected_random: the architecture that always starts from random weights.
    """
    names = summary["model" if "model" in summary else "architecture"].astype(str)
    weights = summary["initial_weights"].fillna("").astype(str).str.lower()
    from_nothing = weights.isin(list(UNTRAINED)) & ~summary["architecture"].eq(expected_random)
    if not from_nothing.any():
        return ""
    models = sentence_list([readable(name) for name in names[from_nothing]])
    return (
        f"Random initialisation: {models} started from random weights, not from trained ones; "
        "the scores say nothing about fine-tuning."
    )


def few_photos(per_class: pd.DataFrame) -> str:
    """Name the classes with fewer than thirty test photos."""
    support = per_class.drop_duplicates("class_name")[["class_name", "support"]]
    few = support[support["support"] < FEW_PHOTOS]
    if few.empty:
        return ""
    return (
        f"Few photos: fewer than {FEW_PHOTOS} test photos of {_small_classes(few)}; one photo "
        "more or less moves their scores visibly."
    )


def _small_classes(few: pd.DataFrame) -> str:
    if len(few) > MOST_NAMED:
        least, most = few["support"].min(), few["support"].max()
        photos = f"{least}" if least == most else f"{least} to {most}"
        return f"each of {len(few)} classes ({photos})"
    names = [f"{readable(str(name))} ({count(float(n))})" for name, n in few.to_numpy()]
    return sentence_list(names)


def contaminated_classes(overview: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Classes per domain whose scores the label space makes meaningless."""
    return {
        str(domain): label_space(str(space)).contaminated()
        for domain, space in overview[["domain", "label_space"]].to_numpy()
        if space in SPACES
    }


def contamination(overview: pd.DataFrame) -> tuple[str, ...]:
    """Say what a domain's label space merges into the contaminated classes."""
    spaces = dict(overview[["domain", "label_space"]].to_numpy())
    return tuple(
        f"Contaminated class: the {readable(spaces[domain])} masks of {domain_title(domain)} "
        f"cannot tell {name} from {sentence_list(list(label_space(spaces[domain]).merged[name]))}"
        f"; its row is n/a, its pixels count nowhere, and {name} predicted elsewhere is “other”."
        for domain, names in contaminated_classes(overview).items()
        for name in sorted(names)
    )


def set_aside(quarantine: pd.DataFrame, what: str) -> str:
    """Say how many files could not be used, and for which kinds of reasons."""
    reasons = quarantine["reason"].str.split(":").str[0].value_counts(sort=False)
    named = sentence_list([f"{reason} ({number})" for reason, number in reasons.head(3).items()])
    more = "" if len(reasons) <= 3 else f", and {len(reasons) - 3} more reasons"
    return f"{count(len(quarantine))} {what} set aside: {named}{more}."


def failed_checks(audit: pd.DataFrame) -> str:
    """Name the checks of the split that did not pass."""
    failed = audit[~audit["passed"].astype(bool)]
    if failed.empty:
        return ""
    names = [
        f"{readable(str(check))} ({observed}, allowed {allowed})"
        for check, observed, allowed in failed[["check", "observed", "allowed"]].to_numpy()
    ]
    return f"The split failed its audit: {sentence_list(names)}."
