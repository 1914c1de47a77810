"""Run folders: whose they are, what survives a failed write, what is recorded of the code."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plion.drafts import draft
from plion.errors import InputError, system_sentence
from plion.runs import (
    RunFolder,
    alone,
    atomic_write,
    claim,
    command,
    disk_full,
    move_folder,
    processor,
    provenance,
    replacing,
    sha256,
    source_hash,
    try_file,
    try_folder,
)


def fill_disk_for(path: Path) -> None:
    """Let the draft of `path` be the device that is always full."""
    draft(path).symlink_to("/dev/full")


def test_the_same_hash_is_given_the_same_folder(tmp_path: Path) -> None:
    first = claim(tmp_path / "runs", "mini", "0123abcd")
    first.write(status="running")
    again = claim(tmp_path / "runs", "mini", "0123abcd")
    assert again.path == tmp_path / "runs" / "mini-0123abcd"
    assert again.read() == {"name": "mini", "hash": "0123abcd", "status": "running"}


def test_a_folder_of_another_configuration_is_refused(tmp_path: Path) -> None:
    claim(tmp_path, "mini", "0123abcd").write(hash="ffffffff")
    with pytest.raises(InputError, match="mini-0123abcd belongs to another configuration"):
        claim(tmp_path, "mini", "0123abcd")


def test_a_run_that_another_study_named_is_found_by_its_hash(tmp_path: Path) -> None:
    claim(tmp_path, "first", "0123abcd")
    claim(tmp_path, "other", "00000000")
    assert claim(tmp_path, "second", "0123abcd").path == tmp_path / "first-0123abcd"
    assert not (tmp_path / "second-0123abcd").exists()


def test_processes_that_claim_the_same_runs_at_once_share_their_folders(tmp_path: Path) -> None:
    program = f"""
import sys
from plion.runs import claim
for number in range(40):
    claim({str(tmp_path)!r}, sys.argv[1], f"{{number:08x}}")
"""
    claiming = [
        subprocess.Popen([sys.executable, "-c", program, name], stderr=subprocess.DEVNULL)
        for name in ("first", "second")
    ]
    assert [process.wait() for process in claiming] == [0, 0]
    folders = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    assert len({name.rpartition("-")[2] for name in folders}) == len(folders) == 40


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "slr65", Path("/proc/plion/slr65")):
        with pytest.raises(InputError, match=f"the folder {place} cannot be made"), alone(place):
            pass
        with pytest.raises(InputError, match=f"the folder {place} cannot be made"):
            claim(place, "mini", "0123abcd")


def test_only_one_process_works_in_a_folder(tmp_path: Path) -> None:
    program = f"""
import pathlib, sys
from plion.runs import alone
with alone(pathlib.Path({str(tmp_path)!r})):
    print(pathlib.Path({str(tmp_path / "note")!r}).read_text())
"""
    with alone(tmp_path):
        other = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert other.stderr is not None
        assert "waiting for another process" in other.stderr.readline()
        (tmp_path / "note").write_text("written before the other went on")
    assert other.communicate()[0].strip() == "written before the other went on"


def test_a_folder_with_only_its_configuration_is_claimed(tmp_path: Path) -> None:
    folder = tmp_path / "mini-0123abcd"
    folder.mkdir()
    (folder / "config.yaml").write_text("seed: 0\n")
    assert claim(tmp_path, "mini", "0123abcd").read()["hash"] == "0123abcd"
    assert (folder / "config.yaml").read_text() == "seed: 0\n"


def test_writing_a_field_keeps_the_others(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write(status="running", seed=1)
    run.write(status="done", steps=5)
    assert run.read() == {"status": "done", "seed": 1, "steps": 5}
    assert run.done()


def test_a_run_without_a_record_is_not_done(tmp_path: Path) -> None:
    assert RunFolder(tmp_path).read() == {}
    assert not RunFolder(tmp_path).done()


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match="run.json is damaged"):
        RunFolder(tmp_path).read()


def test_a_full_disk_is_one_sentence_and_loses_nothing_earlier(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write(status="running")
    fill_disk_for(run.record)
    with pytest.raises(InputError, match="no space left on the disk while writing .*run.json"):
        run.write(status="done")
    assert run.read() == {"status": "running"}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_write_that_fails_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    atomic_write(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def told_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reaches the disk, by name, and which name is given, in their order."""
    done: list[str] = []
    replace, rename = os.replace, Path.rename

    def fsync(number: int) -> None:
        done.append(os.readlink(f"/proc/self/fd/{number}").rpartition("/")[2])

    def moved(source: Path, target: Path) -> None:
        done.append(f"-> {Path(target).name}")
        (rename if source.is_dir() else replace)(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", moved)
    monkeypatch.setattr(Path, "rename", moved)
    return done


def test_a_file_is_on_the_disk_before_it_has_its_name_and_then_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = told_of(monkeypatch)
    atomic_write(tmp_path / "a", "text")
    assert done == [draft(tmp_path / "a").name, "-> a", tmp_path.name]


def test_a_folder_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft").mkdir()
    (tmp_path / "draft" / "weights").touch()
    done = told_of(monkeypatch)
    move_folder(tmp_path / "draft", tmp_path / "export")
    assert done == ["weights", "draft", "-> export", tmp_path.name]


def test_a_file_that_does_not_reach_the_disk_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    atomic_write(tmp_path / "a", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="no space left"):
        atomic_write(tmp_path / "a", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_file_system_that_cannot_be_asked_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(_: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unable)
    atomic_write(tmp_path / "a", "text")
    assert (tmp_path / "a").read_text() == "text"


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_run_whose_metrics_are_damaged_is_not_taken_for_tested(
    content: str, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path)
    run.write(status="done")
    run.metrics.write_text("{}")
    assert run.done(tested=True)
    run.metrics.write_text(content)
    assert run.done() and not run.done(tested=True)


def test_another_error_of_the_system_is_not_called_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk_full("a"):
        (tmp_path / "gone").read_text()


@contextmanager
def refused(path: Path, reason: str) -> Iterator[None]:
    """An error of the system whose sentence names this path, for this reason."""
    with pytest.raises(OSError) as raised:
        yield
    told = f"{path} cannot be read or written: {reason}"
    assert (system_sentence(raised.value) or "").startswith(told)


def test_what_the_system_refuses_names_the_file_and_not_its_draft(tmp_path: Path) -> None:
    gone, folder, below = tmp_path / "gone" / "a", tmp_path / "folder", tmp_path / "file" / "a"
    folder.mkdir()
    (tmp_path / "file").touch()
    long = tmp_path / ("a" * 256)
    for path, reason in (
        (gone, "No such file or directory"),
        (folder, "Is a directory"),
        (below, "Not a directory"),
        (long, "File name too long"),
    ):
        with refused(path, reason):
            atomic_write(path, "text")
        if path not in (gone, below):
            with refused(path, reason):
                try_file(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_error_without_a_path_is_of_the_file_that_is_written(tmp_path: Path) -> None:
    with refused(tmp_path / "a", "Input/output error"), replacing(tmp_path / "a"):
        raise OSError(errno.EIO, "Input/output error")
    with refused(tmp_path / "b", "Stale"), replacing(tmp_path / "a"):
        raise OSError(errno.ESTALE, "Stale", str(tmp_path / "b"))
    with pytest.raises(OSError, match="words of a library"), replacing(tmp_path / "a"):
        raise OSError("words of a library")


def test_name_as_long_as_file_systems_allow_is_written(tmp_path: Path) -> None:
    for name in ("a" * 255, "语" * 85):
        try_file(tmp_path / name)
        atomic_write(tmp_path / name, name)
        assert (tmp_path / name).read_text(encoding="utf-8") == name
    assert len(list(tmp_path.iterdir())) == 2


def test_devices_and_pipes_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    atomic_write(pipe, "text")
    assert reader.communicate()[0] == "text" and pipe.is_fifo()
    atomic_write("/dev/null", "text")
    try_file(Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
    with pytest.raises(InputError, match="no space left on the disk while writing /dev/full"):
        atomic_write("/dev/full", "text")


def test_a_shells_redirection_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    with (tmp_path / "redirected").open("w") as output:
        program = "from plion.runs import *; atomic_write('/dev/stdout', 'text\\n'); print('more')"
        subprocess.run([sys.executable, "-c", program], stdout=output, check=True)
    assert "more" in (tmp_path / "redirected").read_text()
    assert Path("/dev/stdout").is_symlink()


def test_names_that_are_not_utf8_are_escapes_that_json_turns_back(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write(name="a", command="plion train \udce9.yaml")
    assert run.read()["command"] == "plion train \udce9.yaml"
    assert b"\\udce9" in run.record.read_bytes()


def test_folder_that_is_to_be_made_is_tried_above_it_and_nothing_is_left(tmp_path: Path) -> None:
    try_folder(tmp_path / "runs" / "deep")
    (tmp_path / "file").touch()
    with refused(tmp_path / "file" / "runs", "Not a directory"):
        try_folder(tmp_path / "file" / "runs")
    with refused(tmp_path / ("a" * 256), "File name too long"):
        try_folder(tmp_path / ("a" * 256))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_next_write_clears_what_killed_processes_left(tmp_path: Path) -> None:
    left, beside = ended_draft(tmp_path / "a"), ended_draft(tmp_path / "b")
    atomic_write(tmp_path / "a", "text")
    assert not left.exists() and not beside.exists()


def ended_draft(path: Path) -> Path:
    """A draft of a process that has ended."""
    program = f"""
import os
from pathlib import Path
from plion.drafts import draft
path = draft(Path({str(path)!r}))
path.write_bytes(bytes(1000))
print(path)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return Path(ended.stdout.strip())


def test_who_holds_a_runs_lock_clears_every_draft_of_it(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.checkpoints.mkdir(parents=True)
    other = run.checkpoints / ".last.ckpt.1-0123abcd.part"  # of another machine, just now
    earlier = run.checkpoints / f".last.ckpt.{os.getpid()}.part"  # of an earlier plion
    study = run.path / ".config.yaml.1-0123abcd.part"  # of a study that does not wait for the run
    for path in (other, earlier, study, run.checkpoints / "last.ckpt"):
        path.touch()
    with alone(run.path):
        assert [path.name for path in run.checkpoints.iterdir()] == ["last.ckpt"]
        assert study.exists()


def test_run_whose_folder_was_removed_is_told_not_to_be_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    RunFolder(tmp_path / "gone").failed(error="what went wrong")
    told = capsys.readouterr().err
    assert f"{tmp_path / 'gone'} is not marked as failed: {tmp_path / 'gone'}/run.json" in told
    assert not (tmp_path / "gone").exists()


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", "")
    assert sha256(tmp_path / "a").startswith("e3b0c44298fc1c14")


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
    monkeypatch.setattr("plion.runs.__file__", str(package / "runs.py"))
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
    monkeypatch.setattr("plion.runs.__file__", str(tmp_path / "plion" / "runs.py"))
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


def test_command_is_that_of_this_process(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/bin/plion", "results", "runs/mini"])
    assert command() == "plion results runs/mini"
