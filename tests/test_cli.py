"""The command line: exit statuses, sentences instead of tracebacks, and what it does not import."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.cli import main
from plion.config import to_yaml
from plion.data.manifest import write_manifest
from plion.errors import Failed, InputError

ROOT = Path(__file__).parent.parent
PAPER = str(ROOT / "experiments" / "polyglot_lion_0.6b.yaml")
PLAN = ["plan", PAPER, "--counts", "paper"]
SG12 = str(ROOT / "ablations" / "sg12.yaml")


def ending(monkeypatch: pytest.MonkeyPatch, outcome: BaseException) -> None:
    """Let `plion plan` end so."""

    def end(*_: Any) -> None:
        raise outcome

    monkeypatch.setattr("plion.config.load", end)


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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: VERB; see `plion --help`"),
        (["trian"], "invalid choice: 'trian'"),
        (["plan"], "required: EXPERIMENT; see `plion plan --help`"),
        (["plan", "a.yaml", "--cvs"], "unknown argument '--cvs'"),
        (["results", "a", "--format", "pdf"], "invalid choice: 'pdf'"),
        (["results", "a", "--by", "gender"], "invalid choice: 'gender'"),
        (["results", "a", "--by", "class", "--compare", "x"], "not allowed with argument --by"),
        (["data", "mini", "--out", "a", "seed=3"], "unknown argument 'seed=3'"),
        (["data", "mini", "--out", "a", "--seed", "x"], "invalid int value: 'x'"),
        (["plan", "gone.yaml"], "gone.yaml: no such file"),
        (["train", "gone.yaml"], "gone.yaml: no such file"),
        (["train", PAPER, "--overfit", "--fast-dev-run"], "not allowed with argument --overfit"),
        (["train", PAPER, "--overfit", "0"], "--overfit takes a number of steps of 1 or more"),
        (["train", "gone.yaml", "--overfit", "optim.lr=1"], "gone.yaml: no such file"),
        (["tune-batch", "gone.yaml"], "gone.yaml: no such file"),
        (["tune-batch", PAPER, "--memory", "much"], "invalid float value: 'much'"),
        (["tune-batch", PAPER, "--write", "gone/a.yaml"], "--write gone/a.yaml cannot be written"),
        (["tune-batch", PAPER, "--write", PAPER], "is there already"),
        (["ablate", "gone.yaml"], "gone.yaml: no such file"),
        (["evaluate", "mini", "optm.lr=1"], "(did you mean 'optim'?)"),
        (["results", "gone"], "gone"),
        (["plan", PAPER, "--counts", "paper", "sampler.name=balancd"], "'balanced'"),
        (["plan", PAPER, "--counts", "paper", "data.exclude=[ncs]"], "'nsc'"),
        (["train", PAPER, "data.root=nowhere"], "nowhere"),
        ([*PLAN, "sampler.temperature.T=-1"], "sampler.temperature.T must be above 0, not -1.0"),
        (
            [*PLAN, "sampler.name=fixed", "sampler.fixed.weights={malay: 1}"],
            "sampler.fixed.weights.malay is the weight of no corpus",
        ),
        ([*PLAN, "batch.seconds=20"], "utterance of 30.00 s is more than a batch may hold"),
        ([*PLAN, "batch.seconds=1"], "no utterance fits into a batch (batch.seconds is 1, "),
        (
            [*PLAN, "sampler.name=temperature", "sampler.schedule={parameter: T, begin: 1}"],
            "sampler.schedule begins at 1 and ends at 1; it must end after it begins",
        ),
        ([*PLAN, "sampler.unit=tokens"], "sampler.unit=tokens needs texts to count"),
        ([*PLAN, "--compare", "uniform,balancd"], "(did you mean 'balanced'?)"),
        ([*PLAN, "--compare", "uniform,fixed"], "sampler.fixed.weights has none for 'librispeech'"),
        ([*PLAN, "--compare", ""], "--compare: unknown sampler '' (known: proportional,"),
        ([*PLAN, "--speed", "fast"], "--speed is 'fast', neither a number"),
        ([*PLAN, "--csv", "--speed", "80"], "--csv has no time or cost; leave out --speed"),
        (
            [*PLAN, "--csv", "--compare", "uniform", "--speed", "80"],
            "--csv has no time or cost; leave out --speed",
        ),
        ([*PLAN, "hold.amount=1e12"], "hold.amount is 1e+12 audio_hours, which takes about"),
        ([*PLAN, "sampler.max_repeats=1e-9"], "draws no utterance; raise sampler.max_repeats"),
        (["score", "a.jsonl"], "required: --refs; see `plion score --help`"),
        (["score", "a.jsonl", "--refs", "b.jsonl"], "manifest b.jsonl cannot be read"),
        (
            ["score", "a.jsonl", "--refs", "b.jsonl", "--profile", "strikt"],
            "unknown profile 'strikt' (did you mean 'strict'?)",
        ),
        (
            ["score", "a.jsonl", "--refs", "b.jsonl", "--json", "nowhere/c.json"],
            "--json nowhere/c.json cannot be written",
        ),
        (
            ["score", "a.jsonl", "--refs", "b.jsonl", "--json", "c.json", "--explain", "u"],
            "--explain shows one utterance and has no figures for --json",
        ),
        ([*PLAN, "--plot", "a.gif"], "--plot a.gif: the suffix must be one of .png, .pdf, .svg"),
    ],
)
def test_bad_input_is_status_2_and_one_line(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("plion: ") and sentence in told and told.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--csv", PAPER, "--counts", "paper", "sampler.name=temperature"],
        [PAPER, "sampler.name=temperature", "--counts", "paper", "--csv"],
        [PAPER, "--counts", "paper", "sampler.name=temperature", "--csv"],
    ],
)
def test_overrides_may_stand_anywhere_after_the_file(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *arguments]) == 0
    assert capsys.readouterr().out.startswith("language,dataset,")


def test_a_corpus_without_utterances_is_status_2_and_one_line(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tiny.copy(tmp_path)
    (empty.root / "slr65" / "train.jsonl").write_text("")
    config = tmp_path / "exp.yaml"
    config.write_text(to_yaml(empty.experiment(tmp_path)))
    assert main(["plan", str(config)]) == 2
    assert capsys.readouterr().err == (
        f"plion: {empty.root / 'slr65' / 'train.jsonl'} has no utterance\n"
    )


def test_samplers_are_compared_in_a_table_or_csv_and_drawn(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "exp.yaml"
    config.write_text(to_yaml(tiny.experiment(tmp_path)))
    command = ["plan", str(config), "--compare", "uniform,balanced"]
    assert main([*command, "--speed", "10", "--plot", str(tmp_path / "a.svg")]) == 0
    assert "uniform" in capsys.readouterr().out
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<svg" in drawn and "balanced" in drawn and "Made by: plion" in drawn
    assert main([*command, "--csv"]) == 0
    assert capsys.readouterr().out.startswith("sampler,language,dataset,")


def test_help_and_version_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--help", "--version"):
        with pytest.raises(SystemExit) as end:
            main([flag])
        assert end.value.code == 0
    assert "ablate" in capsys.readouterr().out


def imported(*arguments: str) -> tuple[int, set[str]]:
    """The status of a verb in a process of its own, and the packages that it imported."""
    program = f"""
import sys
from plion.cli import main
try:
    status = main({list(arguments)!r})
except SystemExit as end:
    status = end.code
print(status, *sorted({{name.partition(".")[0] for name in sys.modules}}), sep="\\n")
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    lines = result.stdout.splitlines()
    start = max(n for n, line in enumerate(lines) if line.isdigit())
    return int(lines[start]), set(lines[start:])


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", PAPER, "--counts", "paper"),
        (
            "plan",
            PAPER,
            "--counts",
            "paper",
            "--compare",
            "uniform,fixed",
            "sampler.fixed.weights={en: 1, zh: 1, ta: 1, ms: 1}",
        ),
        ("ablate", SG12, "--dry-run", "ablation.seeds=[0]"),
        ("results", "GRID"),
        ("results", "GRID", "--compare", "sampler", "--intersect"),
        ("results", "GRID", "--plot", "GRID/figures"),
        ("score", "SAID", "--refs", "REFS", "--profile", "numbers"),
        ("score", "SAID", "--refs", "REFS", "--profile", "whisper"),
    ],
)
def test_a_verb_that_only_reads_does_not_import_torch(
    arguments: tuple[str, ...], grid: Path, transcripts: tuple[str, str]
) -> None:
    places = {"GRID": str(grid), **dict(zip(("SAID", "REFS"), transcripts, strict=True))}
    words = (word.replace("GRID", places["GRID"]) for word in arguments)
    status, modules = imported(*(places.get(word, word) for word in words))
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}


def test_results_are_drawn_where_asked_and_say_the_command(
    grid: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["results", str(grid), "--format", "tex", "--plot", str(tmp_path / "figures")]
    monkeypatch.setattr("sys.argv", ["plion", *words])
    assert main(words) == 0
    command = f"plion {' '.join(words)}"
    assert capsys.readouterr().out.splitlines()[-1] == f"% {command}"
    assert command in (tmp_path / "figures" / "captions.md").read_text(encoding="utf-8")


def test_folder_for_figures_that_cannot_be_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["results", "nowhere", "--plot", str(tmp_path / "gone" / "figures")]) == 2
    assert "no folder can be made there" in capsys.readouterr().err


def test_tables_alone_do_not_wait_for_matplotlib(grid: Path) -> None:
    status, modules = imported("results", str(grid))
    assert status == 0 and "matplotlib" not in modules


@pytest.fixture
def transcripts(tmp_path: Path) -> tuple[str, str]:
    """What was said to two utterances, and their manifest."""
    said, refs = tmp_path / "said.jsonl", tmp_path / "refs.jsonl"
    row = {"audio": "a.wav", "language": "en", "dataset": "nsc", "duration": 1.0}
    texts = {"u-1": "Twenty-one, please.", "u-2": "ok lah"}
    write_manifest(refs, [{"id": id, "text": text, **row} for id, text in texts.items()])
    said.write_text('{"id": "u-1", "text": "21 please"}\n{"id": "u-2", "text": "ok"}\n')
    return str(said), str(refs)


def test_transcripts_are_scored_under_the_profile_asked_for(
    transcripts: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, refs = transcripts
    written = tmp_path / "metrics.json"
    command = ["score", said, "--refs", refs, "--json", str(written)]
    for profile, errors in (("strict", 3), ("numbers", 1)):
        assert main([*command, "--profile", profile]) == 0
        assert f"under profile {profile}-" in capsys.readouterr().out
        assert json.loads(written.read_text())["benchmarks"]["nsc"]["errors"] == errors


def test_one_utterance_is_explained(
    transcripts: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    said, refs = transcripts
    assert main(["score", said, "--refs", refs, "--explain", "u-1"]) == 0
    assert "blank punctuation\n  reference   twenty one  please" in capsys.readouterr().out
    for unknown in ("u-3", ""):
        assert main(["score", said, "--refs", refs, "--explain", unknown]) == 2


def test_help_imports_nothing_that_takes_time() -> None:
    status, modules = imported("--help")
    assert status == 0 and not modules & {"torch", "numpy", "omegaconf", "optuna"}


def test_what_cannot_be_written_is_told_before_an_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "a.json"):
        assert main(["data", "audit", "no.jsonl", "--json", str(path)]) == 2
        assert f"--json {path} cannot be written" in capsys.readouterr().err
