import pytest
import yaml
from mutation import PROJECT, Mutation, marked_tests
from mutations import MUTATIONS

BUGS = range(1, 19)
NAMES = [f"{one.bug} {one.what}" for one in MUTATIONS]


def test_every_bug_can_be_put_back():
    assert {one.bug for one in MUTATIONS} == set(BUGS)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=NAMES)
def test_a_mutation_changes_one_place_and_is_still_a_program(mutation):
    changed = mutation.applied()
    assert changed != (PROJECT / mutation.file).read_text(encoding="utf-8")
    if mutation.file.endswith(".py"):
        compile(changed, mutation.file, "exec")
    else:
        assert yaml.safe_load(changed)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=NAMES)
def test_a_mutation_names_files_with_tests_of_its_bug(mutation):
    assert mutation.tests
    for file in mutation.tests:
        assert marked_tests(file, mutation.bug), file


@pytest.mark.parametrize(("text", "times"), [("none", 0), ("two two", 2)])
def test_a_mutation_without_one_place_says_so(tmp_path, text, times):
    (tmp_path / "some.py").write_text(text)
    mutation = Mutation(1, "a swap", "some.py", "two", "one", ())
    with pytest.raises(ValueError, match=f"a swap.*'two' stands {times} times in some.py"):
        mutation.applied(tmp_path)
