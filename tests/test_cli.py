"""The command line: exit statuses, sentences instead of tracebacks, and what it does not import."""

import errno
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asking import imported, refused

from plion.cli import main
from plion.errors import Failed, InputError


def ending(monkeypatch: pytest.MonkeyPatch, outcome: BaseException) -> None:
    """Let `plion plan` end so."""

    def end(*_: Any) -> None:
        raise outcome

    monkeypatch.setattr("plion.config.load", end)


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


def test_full_disk_elsewhere_is_named_and_other_errors_of_the_disk_are_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ending(monkeypatch, OSError(errno.EDQUOT, "Disk quota exceeded", "/scratch/a"))
    assert main(["plan", "a.yaml"]) == 2
    assert "no space left on the disk while writing /scratch/a;" in capsys.readouterr().err
    ending(monkeypatch, OSError(errno.EIO, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        main(["plan", "a.yaml"])


def test_pipe_that_breaks_elsewhere_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, BrokenPipeError())
    with pytest.raises(BrokenPipeError):
        main(["plan", "a.yaml"])


def test_help_imports_nothing_that_takes_time() -> None:
    status, modules = imported("--help")
    assert status == 0 and not modules & {"torch", "numpy", "omegaconf", "optuna"}
