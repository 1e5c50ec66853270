"""What is doubtful in the photos, in words: their labels and their quality."""

from wildroad.report.cautions import UNTRAINED
from wildroad.report.formats import count, score, sentence_list
from wildroad.report.tables import ReportTables, present

NEVER_SAW = "A linear classifier that never saw a photo's group"


def doubted_labels(tables: ReportTables) -> str:
    """How many labels are in doubt, and how good the judge is."""
    told = [_conflicts(tables), _suspects(tables)]
    return " ".join(sentence for sentence in told if sentence)


def _conflicts(tables: ReportTables) -> str:
    if tables.label_conflicts is None:
        return ""
    conflicts = tables.label_conflicts
    same = int(conflicts["same_file"].astype(bool).sum())
    near = len(conflicts) - same
    if not len(conflicts):
        return "No photo has a copy or a near-duplicate in another class."
    return (
        f"{count(same)} photos lie byte for byte in two classes and are left out;"
        f" {count(near)} have a near-duplicate in another class and are used."
    )


def _suspects(tables: ReportTables) -> str:
    audit = present(tables.label_audit)
    if audit is None:
        return ""
    row = audit.iloc[0]
    if row["accuracy"] != row["accuracy"]:
        return "The labels could not be audited: a class has only one group of photos."
    judge = f"{NEVER_SAW} names the label of {score(row['accuracy'])} of the photos"
    weights = "random" if row["initial_weights"] in UNTRAINED else row["initial_weights"]
    features = f"on features of {row['architecture']} with {weights} weights"
    if row["accuracy"] < row["fewest_right"]:
        return (
            f"{judge}, {features}: less than {score(row['fewest_right'])}, too little to doubt any"
            " label."
        )
    return f"{judge}, {features}, and doubts {count(row['suspects'])} labels."


def photo_issues(tables: ReportTables) -> str:
    """How many photos have which issue."""
    if tables.photo_quality is None:
        return ""
    if tables.photo_quality.empty:
        return "No photo is dark, light, blurred, empty, oblong or enlarged."
    numbers = tables.photo_quality["issue"].value_counts()
    named = [f"{count(number)} {str(issue).replace('_', ' ')}" for issue, number in numbers.items()]
    photos = tables.photo_quality["photo_id"].nunique()
    subject = "1 photo has" if photos == 1 else f"{count(photos)} photos have"
    return f"{subject} an issue: {sentence_list(named)}. They are used all the same."
