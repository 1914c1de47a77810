"""The command line: exit statuses, sentences instead of tracebacks, and what it does not import."""

import errno
import io
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asking import imported, refused

from plion.cli.main import main
from plion.errors import Failed, InputError


def ending(monkeypatch: pytest.MonkeyPatch, outcome: BaseException) -> None:
    """Let `plion plan` end so."""

    def end(*_: Any) -> None:
        raise outcome

    monkeypatch.setattr("plion.config.experiment.load_experiment", end)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: VERB; see `plion --help`"),
        (["trian"], "invalid choice: 'trian'"),
    ],
)
def test_what_is_no_verb_is_status_2_and_one_line(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(arguments, capsys)


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        (["ablate", "a.yaml", "--worker", "2"], "--workers"),
        (["ablate", "--worker", "2", "a.yaml"], "--workers"),
        (["sweep", "a.yaml", "--worker=2"], "--workers"),
        (["train", "a.yaml", "--fast"], "--fast-dev-run"),
        (["plan", "a.yaml", "--count", "paper"], "--counts"),
        (["results", "a", "--form", "csv"], "--format"),
        (["score", "a", "--refs", "b", "--js", "c"], "--json"),
        (["transcribe", "mini", "a.wav", "--lang", "en"], "--language"),
        (["convert", "a", "b", "--layout", "hf", "--pick"], "--pickle"),
        (["data", "audit", "a", "--jso", "b"], "--json"),
        (["data", "prepare", "nsc", "a", "--out", "b", "--max", "3"], "--max-seconds"),
    ],
)
def test_options_are_not_abbreviated(
    arguments: list[str], whole: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(arguments, capsys)
    verb = " ".join(arguments[: 2 if arguments[0] == "data" else 1])
    assert "unknown argument '--" in told and f"see `plion {verb} --help`" in told
    assert f"(did you mean {whole}?)" in told


def test_a_wrong_request_is_one_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, InputError("a.yaml: what is wrong"))
    assert main(["plan", "a.yaml"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "plion: a.yaml: what is wrong\n")


def test_work_that_went_wrong_is_one_sentence_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, Failed("step 3: what went wrong"))
    assert main(["plan", "a.yaml"]) == 1
    assert capsys.readouterr().err == "plion: step 3: what went wrong\n"


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, KeyboardInterrupt())
    assert main(["plan", "a.yaml"]) == 130


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["plan", "a.yaml"])


def test_help_and_version_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--help", "--version"):
        with pytest.raises(SystemExit) as end:
            main([flag])
        assert end.value.code == 0
    assert "ablate" in capsys.readouterr().out


def test_output_that_is_read_no_further_ends_the_command_quietly(grid: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "plion", "results", str(grid)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.close()  # before anything is printed
    assert (process.wait(), process.stderr.read()) == (128 + signal.SIGPIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_behind_the_output_is_one_sentence_and_status_2(grid: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "plion", "results", str(grid)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("plion: no space left on the disk while writing the output;")


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (OSError(errno.EDQUOT, "Quota"), "no space left on the disk while writing the output;"),
        (OSError(errno.EDQUOT, "Quota", "/a"), "no space left on the disk while writing /a;"),
        (OSError(errno.EACCES, "Denied", "/a"), "/a cannot be read or written: Denied; see its"),
        (
            OSError(errno.EROFS, "Read-only", b"/a"),
            "/a cannot be read or written: Read-only; choose",
        ),
        (OSError(errno.ENAMETOOLONG, "Long", "/a"), "written: Long; choose a shorter one"),
        (OSError(errno.EISDIR, "Folder", "/a"), "written: Folder; it must be a file"),
        (OSError(errno.ENOENT, "Gone", "/a"), "/a cannot be read or written: Gone; was it"),
        (OSError(errno.EINVAL, "Invalid", "/a:b"), "/a:b cannot be read or written: Invalid"),
        (OSError(errno.EIO, "Input"), "the system refused: Input; the disk or the network has"),
        (OSError(errno.EMFILE, "Many"), "the system refused: Many; raise the limit by `ulimit -n`"),
        (OSError(errno.EACCES, "Denied", "a\x1b[2J\udce9"), "a\\x1b[2J\\udce9 cannot be read or"),
    ],
)
def test_what_the_system_refuses_is_one_sentence_with_the_path_and_the_reason(
    outcome: OSError,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ending(monkeypatch, outcome)
    assert sentence in refused(["plan", "a.yaml"], capsys)


@pytest.mark.parametrize(
    "outcome",
    [
        OSError(errno.EBADF, "Bad file descriptor"),
        OSError(errno.EINVAL, "Invalid argument"),
        OSError("a library's own words"),
        io.UnsupportedOperation("not readable"),
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        BrokenPipeError(),
    ],
)
def test_misuse_of_the_system_is_a_fault_of_ours(
    outcome: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(monkeypatch, outcome)
    with pytest.raises(type(outcome)) as raised:
        main(["plan", "a.yaml"])
    assert raised.value is outcome


def test_current_folder_that_was_removed_is_told(tmp_path: Path) -> None:
    program = f"""
import os, sys
from plion.cli.main import main
os.chdir({str(tmp_path)!r})
os.rmdir({str(tmp_path)!r})
sys.exit(main(["data", "mini", "--out", "a"]))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    told = "to: the current folder has been removed; change to one that exists\n"
    assert ended.returncode == 2 and ended.stderr.endswith(told)


def test_output_in_an_encoding_that_lacks_characters_is_written_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("plion.doctor.examine.examine", lambda: ("caf\xe9 \u4e00", 0))
    output = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", output)
    assert main(["doctor"]) == 0
    assert output.buffer.getvalue() == b"caf\xe9 \\u4e00\n"  # type: ignore[attr-defined]
    assert "plion: iso8859-1 cannot encode some characters of the output" in capsys.readouterr().err


def test_closed_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["results", "nowhere"]) == 2


def test_help_imports_nothing_that_takes_time() -> None:
    status, modules = imported("--help")
    assert status == 0 and not modules & {"torch", "numpy", "omegaconf", "optuna"}
