"""Results held against the manifests of the runs that made them."""

from pathlib import Path

from wildroad.runs.digests import Content, describe
from wildroad.runs.manifest import manifest_files, read_manifest


def verify_results(results: Path, project: Path) -> tuple[int, list[str]]:
    """Compare every result with the manifest of the last run that wrote it.

    Args:
        results: The folder of results.
        project: The folder of the project, for results that lie elsewhere in it.

    Returns:
        Number of results compared, and one line for each that differs.

    Raises:
        ValueError: There is no manifest, or one is damaged.
    """
    files = manifest_files(results)
    if not files:
        raise ValueError(f"{results} holds no manifest of a run: run a pipeline first")
    written: dict[str, tuple[Content, str]] = {}
    for path in files:
        for name, content in read_manifest(path).outputs.items():
            written.setdefault(name, (content, path.stem))
    lines = [
        f"{name}: {content.path} is not as the run {run} left it"
        for name, (content, run) in sorted(written.items())
        if not is_as_written(content, results, project)
    ]
    return len(written), lines


def is_as_written(content: Content, results: Path, project: Path) -> bool:
    """Whether files still are what a manifest says of them."""
    places = [root / content.path for root in (results, project) if (root / content.path).exists()]
    if not places:
        return False
    paths = pictures(places[0]) if content.files > 1 and places[0].is_file() else places[:1]
    found = describe(paths, content.path)
    return found == content


def pictures(path: Path) -> list[Path]:
    """The files a figure is made of."""
    return [path.with_suffix(ending) for ending in (".png", ".svg", ".txt")]
