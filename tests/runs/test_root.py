"""The folders of runs, listed once."""

from pathlib import Path

import pytest

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.runs.root import RunRoot


def made(root: Path, name: str, hash8: str = "0123abcd") -> RunFolder:
    folder = RunFolder(root / f"{name}-{hash8}")
    folder.path.mkdir(parents=True)
    folder.write(name=name, hash=hash8, status="done")
    return folder


def test_a_run_is_found_under_its_own_name_or_anothers(tmp_path: Path) -> None:
    one, other = made(tmp_path, "one"), made(tmp_path, "a-b-s0", "11111111")
    root = RunRoot(tmp_path)
    assert root.locate("one", "0123abcd") == root.locate("two", "0123abcd") == one
    assert root.locate("two", "11111111") == other
    assert root.locate("new", "22222222").path == tmp_path / "new-22222222"


def test_a_folder_whose_record_has_another_hash_is_not_the_run(tmp_path: Path) -> None:
    made(tmp_path, "one").write(hash="99999999")
    assert RunRoot(tmp_path).locate("two", "0123abcd").path.name == "two-0123abcd"


def test_runs_of_a_name_are_found_whatever_their_hash(tmp_path: Path) -> None:
    ones = [made(tmp_path, "one", digits) for digits in ("00000000", "11111111")]
    made(tmp_path, "one-s0")
    (tmp_path / "one-ablation").mkdir()
    assert RunRoot(tmp_path).named("one") == ones


def test_where_there_is_no_folder_there_are_no_runs(tmp_path: Path) -> None:
    root = RunRoot(tmp_path / "none")
    assert not root.named("one") and not root.locate("one", "0123abcd").path.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"hash": 3, "status": "done"}', '{"x": 1}', ""])
def test_a_damaged_record_is_told_by_its_marks_too(tmp_path: Path, text: str) -> None:
    folder = made(tmp_path, "one")
    folder.record.write_text(text)
    with pytest.raises(InputError) as whole:
        folder.read()
    with pytest.raises(InputError) as quick:
        folder.marks()
    assert str(quick.value) == str(whole.value)


def test_the_marks_of_a_run_are_those_of_its_record(tmp_path: Path) -> None:
    folder = made(tmp_path, "one")
    assert folder.marks() == ("0123abcd", "done")
    assert RunFolder(tmp_path / "none").marks() == (None, None)
