"""What is recorded of the command, the code, the processor and the packages."""

import json
import subprocess
from pathlib import Path

import pytest

from plion.runs.folder import RunFolder
from plion.runs.provenance import command, processor, provenance, source_hash


def repository(folder: Path) -> Path:
    """A checkout with one commit that holds a package of one file."""
    package = folder / "plion"
    package.mkdir()
    (package / "runs.py").write_text("a = 1\n")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    return package


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "checkout").mkdir()
    package = repository(tmp_path / "checkout")
    monkeypatch.setattr("plion.runs.provenance.__file__", str(package / "runs" / "provenance.py"))
    return package


def test_a_clean_checkout_is_recorded_by_its_commit(checkout: Path, tmp_path: Path) -> None:
    found = provenance(RunFolder(tmp_path))
    assert len(found["commit"]) == 40 and found["dirty"] is False
    assert not (tmp_path / "patch.diff").exists()


def test_changes_are_kept_with_the_names_of_new_files(checkout: Path, tmp_path: Path) -> None:
    (checkout / "runs.py").write_text("a = 2\n")
    (checkout / "new.py").write_text("b = 1\n")
    found = provenance(RunFolder(tmp_path))
    patch = (tmp_path / "patch.diff").read_text()
    assert found["dirty"] is True
    assert "+a = 2" in patch and "# ?? plion/new.py" in patch


def test_a_staged_file_makes_a_checkout_dirty(checkout: Path, tmp_path: Path) -> None:
    (checkout / "new.py").write_text("b = 1\n")
    subprocess.run(["git", "-C", str(checkout.parent), "add", "."], check=True)
    assert provenance(RunFolder(tmp_path))["dirty"] is True
    assert "+b = 1" in (tmp_path / "patch.diff").read_text()


def test_outside_a_checkout_the_commit_is_unknown_and_the_source_hash_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plion").mkdir()
    monkeypatch.setattr(
        "plion.runs.provenance.__file__", str(tmp_path / "plion" / "runs" / "provenance.py")
    )
    found = provenance(RunFolder(tmp_path))
    assert (found["commit"], found["dirty"]) == (None, None)
    assert len(found["source"]) == 8


def test_the_record_names_no_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setattr("sys.argv", ["x", "train", "/home/somebody/a.yaml", "k=/home/somebody"])
    found = provenance(RunFolder(tmp_path))
    assert found["command"] == "plion train ~/a.yaml k=~"
    assert "somebody" not in json.dumps(found)


def test_without_a_home_folder_the_command_is_as_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["x", "train", "/home/a.yaml"])
    for home in ("", "/"):
        monkeypatch.setenv("HOME", home)
        assert command() == "plion train /home/a.yaml"
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 54321)  # as containers are run
    assert command() == "plion train /home/a.yaml"


def test_changes_of_files_in_another_encoding_are_kept_to_the_byte(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / "runs.py").write_bytes(b"a = '\xe9'\r\n")
    provenance(RunFolder(tmp_path))
    assert b"+a = '\xe9'\r\n" in (tmp_path / "patch.diff").read_bytes()


def test_the_versions_of_what_computes_are_recorded(tmp_path: Path) -> None:
    versions = provenance(RunFolder(tmp_path))["versions"]
    assert {"python", "torch", "transformers", "lightning"} <= versions.keys()


def test_the_processors_model_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "processor\t: 0\nmodel name\t: EPYC 7B13 64-Core Processor \nflags\t\t: fpu\n"
    monkeypatch.setattr(Path, "read_text", lambda path, **_: told)
    assert processor() == "EPYC 7B13 64-Core Processor"
    monkeypatch.undo()
    assert provenance(RunFolder(tmp_path))["processor"] == processor() != ""


def test_the_source_hash_follows_names_and_content(tmp_path: Path) -> None:
    def source(**files: str) -> str:
        folder = tmp_path / "-".join((*files, *files.values()))
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        return source_hash(folder)

    assert source(a="1") == source(a="1")
    assert len({source(a="1"), source(a="2"), source(b="1"), source(a="1", b="")}) == 4


def test_command_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/bin/plion", "results", "runs/mini"])
    assert command() == "plion results runs/mini"
