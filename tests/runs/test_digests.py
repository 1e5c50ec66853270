import hashlib

from wildroad.runs.digests import describe


def test_a_file_has_the_digest_that_other_tools_give(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,2\n")
    content = describe([tmp_path / "a.csv"], "a.csv")
    assert content.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert (content.files, content.bytes, content.path) == (1, 8, "a.csv")


def test_a_folder_is_the_same_wherever_it_lies_and_another_when_anything_changes(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        (folder / "deep").mkdir(parents=True)
        (folder / "a").write_text("a")
        (folder / "deep" / "b").write_text("b")
    first, second = (describe([folder], "x") for folder in folders)
    assert first == second
    (folders[1] / ".hidden").write_text("hidden")
    assert describe([folders[1]], "x") == first
    (folders[1] / "deep" / "b").rename(folders[1] / "b")
    assert describe([folders[1]], "x").sha256 != first.sha256


def test_nothing_has_no_digest(tmp_path):
    (tmp_path / "empty").mkdir()
    assert describe([tmp_path / "nowhere", tmp_path / "empty"], "x") is None
