"""A published bug put back into this project as one exact replacement in one file."""

import ast
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutation:
    """A bug put back.

    Attributes:
        bug: Its number in the list of bugs seen in published versions.
        what: What is wrong then.
        file: The file it is put back into, below the project.
        old: Text that stands exactly once in the file.
        new: Text that replaces it.
        tests: Test files, below the project, one of whose tests of the bug has to fail then.
    """

    bug: int
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, project: Path = PROJECT) -> str:
        """The text of the file with the bug in it.

        Raises:
            ValueError: The text to replace stands not once, so the list has to follow the source.
        """
        text = (project / self.file).read_text(encoding="utf-8")
        if (times := text.count(self.old)) != 1:
            raise ValueError(
                f"bug {self.bug} ({self.what}): {self.old!r} stands {times} times in {self.file},"
                " not once; name what replaced it"
            )
        return text.replace(self.old, self.new)


def marked_tests(file: str, bug: int, project: Path = PROJECT) -> list[str]:
    """Names of the tests of a file that are marked with a bug."""
    tree = ast.parse((project / file).read_text(encoding="utf-8"))
    return [
        function.name
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        and any(bug in numbers_of(decorator) for decorator in function.decorator_list)
    ]


def numbers_of(decorator: ast.expr) -> set[int]:
    """Numbers of a ``pytest.mark.known_bug(...)``; none of any other decorator."""
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.known_bug":
        return {ast.literal_eval(number) for number in decorator.args}
    return set()
