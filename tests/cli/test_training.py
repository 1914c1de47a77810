"""`plion plan`, `train` and `tune-batch` as they are asked for."""

from pathlib import Path

import pytest
from asking import PAPER, PLAN, imported, refused
from tiny import Tiny

from plion.cli.main import main
from plion.config.experiment import to_yaml


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["plan"], "required: EXPERIMENT; see `plion plan --help`"),
        (["plan", "a.yaml", "--cvs"], "unknown argument '--cvs'"),
        (["plan", "gone.yaml"], "gone.yaml: no such file"),
        (["train", "gone.yaml"], "gone.yaml: no such file"),
        (["train", PAPER, "--overfit", "--fast-dev-run"], "not allowed with argument --overfit"),
        (["train", PAPER, "--overfit", "0"], "--overfit takes a number of steps of 1 or more"),
        (["train", "gone.yaml", "--overfit", "optim.lr=1"], "gone.yaml: no such file"),
        (["tune-batch", "gone.yaml"], "gone.yaml: no such file"),
        (["tune-batch", PAPER, "--memory", "much"], "invalid float value: 'much'"),
        (["tune-batch", PAPER, "--write", "gone/a.yaml"], "--write gone/a.yaml cannot be written"),
        (["tune-batch", PAPER, "--write", PAPER], "exists already"),
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
        ([*PLAN, "sampler.unit=tokens"], "sampler.unit=tokens needs texts, and"),
        ([*PLAN, "--compare", "uniform,balancd"], "(did you mean 'balanced'?)"),
        ([*PLAN, "--compare", "uniform,fixed"], "sampler.fixed.weights has none for 'librispeech'"),
        ([*PLAN, "--compare", ""], "--compare: unknown sampler '' (known: proportional,"),
        ([*PLAN, "--speed", "fast"], "--speed is 'fast'; it must be a number"),
        ([*PLAN, "--csv", "--speed", "80"], "--csv has no time or cost; leave out --speed"),
        (
            [*PLAN, "--csv", "--compare", "uniform", "--speed", "80"],
            "--csv has no time or cost; leave out --speed",
        ),
        ([*PLAN, "hold.amount=1e12"], "hold.amount is 1e+12 audio_hours, which takes about"),
        ([*PLAN, "sampler.max_repeats=1e-9"], "draws no utterance; raise sampler.max_repeats"),
        ([*PLAN, "--plot", "a.gif"], "--plot a.gif: the suffix must be one of .png, .pdf, .svg"),
    ],
)
def test_what_cannot_be_planned_or_trained_is_status_2_and_one_line(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(arguments, capsys)


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
    ],
)
def test_planning_does_not_import_torch(arguments: tuple[str, ...]) -> None:
    status, modules = imported(*arguments)
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}
