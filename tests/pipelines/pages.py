"""The code blocks of Markdown pages, and what it takes to run them."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, and the prose of the page before it."""

    language: str
    text: str
    before: str

    @property
    def file(self):
        """The file of configuration that was last named before the block."""
        named = re.findall(r"`(conf/local/\w+\.yml)`", self.before)
        assert named, f"no file is named before the block\n{self.text}"
        return named[-1]


def blocks(name):
    """All code blocks of a page."""
    page = (PROJECT / name).read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    return [Block(match[1], match[2], page[: match.start()]) for match in found]


def apply_diff(text, folder):
    """Apply a diff without line numbers; what it takes for granted must be there exactly once."""
    for part in re.split(r"^--- ", text, flags=re.MULTILINE)[1:]:
        header, *hunks = part.split("@@\n")
        path = folder / re.search(r"^\+\+\+ b/(.+)$", header, flags=re.MULTILINE)[1]
        content = path.read_text(encoding="utf-8")
        for hunk in hunks:
            lines = hunk.splitlines()
            old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
            new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
            assert content.count(old) == 1, f"{path.name} has no single place for\n{hunk}"
            content = content.replace(old, new)
        path.write_text(content, encoding="utf-8")
