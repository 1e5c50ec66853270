"""Configuration that travels in the package: the files of ``conf/base``, and a namespace's share.

They are rewritten as text, so that their comments come along.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from importlib import resources
from pathlib import Path
from textwrap import indent

CHECKOUT = Path(__file__).parents[3] / "conf" / "base"
"""Where they lie when the package was not built but is used from its sources."""

_KEY = re.compile(r'^(?P<quote>"?)(?P<name>[\w{][^":\s]*)(?P=quote):', flags=re.MULTILINE)


def shipped(kind: str) -> str:
    """All files of ``conf/base`` of a kind below one another, in the order of their names.

    Args:
        kind: "catalog" or "parameters".

    Raises:
        FileNotFoundError: The package has lost them.
    """
    packaged = resources.files("wildroad") / "fragments"
    for folder in (one for one in (packaged, CHECKOUT) if one.is_dir()):
        files = [one for one in folder.iterdir() if one.name.startswith(kind)]
        if files:
            texts = [
                one.read_text(encoding="utf-8") for one in sorted(files, key=lambda one: one.name)
            ]
            return "\n".join(text.rstrip() + "\n" for text in texts)
    raise FileNotFoundError(f"no {kind} in {packaged}: install wildroad again")


def entries(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the entries of a YAML file: each top-level name with its text and the comments above.

    >>> list(entries("# All.\n\na:\n  b: 1\n\n# Last.\nc: 2"))
    [('a', '# All.\n\na:\n  b: 1\n\n'), ('c', '# Last.\nc: 2')]
    """
    start = 0
    found = list(_KEY.finditer(text))
    for match, following in zip(found, [*found[1:], None], strict=True):
        end = len(text) if following is None else _comments_above(text, following.start())
        yield match["name"], text[start:end]
        start = end


def _comments_above(text: str, position: int) -> int:
    """Where the comments above a key begin; blank lines before them belong to the last entry."""
    lines = text[:position].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        position -= len(lines.pop())
    gap = re.match(r"\n*", text[position:])
    return position + (gap.end() if gap else 0)


def with_anchors(names: Collection[str], blocks: Mapping[str, str]) -> set[str]:
    """Add to the names of blocks those that have the anchors (``&x``) of their aliases (``*x``).

    >>> sorted(with_anchors(["b"], {"a": "a: &x 1", "b": "b: *x", "c": "c: &y 2"}))
    ['a', 'b']
    """
    anchors = {found: name for name, text in blocks.items() for found in _ANCHOR.findall(text)}
    needed, found = set(names), set(names)
    while found:
        aliases = {alias for name in found for alias in _ALIAS.findall(blocks[name])}
        found = {anchors[alias] for alias in aliases} - needed
        needed |= found
    return needed


_ANCHOR = re.compile(r"^[^#\n]*?[:-] &(\w+)", flags=re.MULTILINE)
_ALIAS = re.compile(r"^[^#\n]*?[:-] \*(\w+)", flags=re.MULTILINE)


def catalog_entry(dataset: str, names: Collection[str]) -> str | None:
    """Name of the catalog's entry for a dataset: itself, or the most telling pattern that fits.

    >>> catalog_entry("convnet_history", ["{model}_history", "road_history"])
    '{model}_history'
    """
    if dataset in names:
        return dataset
    fitting = [name for name in names if "{" in name and _pattern(name).fullmatch(dataset)]
    return max(fitting, key=lambda name: len(_LITERAL.sub("", name)), default=None)


_LITERAL = re.compile(r"\{\w+\}")


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.+)".join(map(re.escape, _LITERAL.split(name))))


def namespaced_catalog(text: str, namespace: str, folders: dict[str, str]) -> str:
    r"""Put a namespace before the names of a catalog, and its folder into every path.

    Args:
        text: Entries of a catalog.
        namespace: Its name.
        folders: What the globals of ``conf/base`` stand for.

    >>> print(namespaced_catalog("a:\n  filepath: ${globals:results}/06_models/a.pt", "my", {}))
    "my.a":
      filepath: data/06_models/my/a.pt
    """
    text = _KEY.sub(rf'"{namespace}.\g<name>":', text)
    text = re.sub(
        r"\$\{globals:results\}/(\d\d_\w+)", lambda layer: f"data/{layer[1]}/{namespace}", text
    )
    return re.sub(r"\$\{globals:(\w+)\}", lambda match: folders[match[1]], text)


def nested_parameters(text: str, namespace: str) -> str:
    r"""Put blocks of parameters below a namespace.

    >>> print(nested_parameters("split:\n  train: 0.7\n", "my"))
    my:
      split:
        train: 0.7
    <BLANKLINE>
    """
    return f"{namespace}:\n{indent(text, '  ')}"
