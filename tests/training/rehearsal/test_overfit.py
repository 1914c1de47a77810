"""A few utterances learnt by heart, or not: what is told, and that nothing is left."""

from pathlib import Path

import pytest
from rehearsed import SETTINGS, planned, watched
from tiny import Tiny

from plion.cli.main import main
from plion.config.experiment import to_yaml
from plion.data.manifest import read_manifest
from plion.errors import Failed, InputError
from plion.training.rehearsal import overfit as module
from plion.training.rehearsal.fast_dev_run import fast_dev_run
from plion.training.rehearsal.overfit import overfit


def test_audio_that_cannot_be_read_is_not_chosen_where_it_is_skipped(
    tiny: Tiny, tmp_path: Path
) -> None:
    spoilt = tiny.copy(tmp_path)
    rows = read_manifest(spoilt.root / "aishell1" / "train.jsonl")
    for row in rows:
        Path(row.audio).write_text("not audio")
    own = planned(spoilt, tmp_path / "runs", "data.on_bad_audio=skip", "batch.seconds=20")
    chosen = [own.utterances[int(own.plan.numbers[place])] for place in module._few(own)]
    assert len(chosen) == 4 and {one.dataset for one in chosen} == {"librispeech", "slr65"}
    for key in ("librispeech", "slr65"):
        for row in read_manifest(spoilt.root / key / "train.jsonl"):
            Path(row.audio).write_text("not audio")
    with pytest.raises(InputError, match="no audio drawn in training can be read"):
        overfit(own, 1)
    with pytest.raises(InputError, match="no audio of the rehearsed steps can be read"):
        fast_dev_run(own)


def test_utterances_of_each_language_are_learnt_by_heart(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watched(monkeypatch)
    said = overfit(planned(tiny, tmp_path / "runs", "optim.lr=3e-3", "batch.seconds=20"), 60)
    assert len(seen["train"]) == 60 and len({tuple(batch) for batch in seen["train"]}) == 1
    (batch,) = {tuple(batch) for batch in seen["train"]}
    assert len(batch) == 4 and {name.split("-")[0] for name in batch} == {
        "librispeech", "aishell1", "slr65",
    }  # fmt: skip
    before, after = seen["test"][:3], seen["test"][3:]
    assert before == after and sorted(name for one in before for name in one) == sorted(batch)
    assert said.startswith("learnt: 4 utterances in 60 steps at learning rate 0.003: loss ")
    assert not (tmp_path / "runs").exists()


def test_a_batch_that_holds_fewer_is_learnt_with_fewer(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="not learnt: 2 utterances in 1 steps"):
        overfit(planned(tiny, tmp_path / "runs", "batch.utterances=2", "batch.seconds=20"), 1)


def test_a_mixture_that_losses_decide_is_not_decided_here(tiny: Tiny, tmp_path: Path) -> None:
    own = planned(tiny, tmp_path / "runs", "sampler.name=adaptive", "batch.seconds=20")
    with pytest.raises(Failed, match="not learnt: 4 utterances in 1 steps"):
        overfit(own, 1)


def test_what_is_not_learnt_is_status_1(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs", *SETTINGS)))
    assert main(["train", str(path), "--overfit", "3", "optim.lr=1e-9"]) == 1
    printed = capsys.readouterr()
    said = printed.err.splitlines()[-1]
    assert "not learnt: " in said and "at learning rate 1e-09: loss " in said
    assert "fall to a tenth or below 0.1" in said and not printed.out
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--overfit"], "overfit 100 0.5"),
        (["--overfit", "optim.lr=0.25"], "overfit 100 0.25"),
        (["--overfit", "7", "optim.lr=0.25"], "overfit 7 0.25"),
        (["optim.lr=0.25", "--fast-dev-run"], "dev 0.25"),
    ],
)
def test_what_is_asked_for_is_rehearsed_and_told(
    options: list[str],
    told: str,
    tiny: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs", "optim.lr=0.5")))
    room = "plion.training.rehearsal"
    monkeypatch.setattr(f"{room}.overfit.overfit", lambda p, n: f"overfit {n} {p.exp.optim.lr}")
    monkeypatch.setattr(f"{room}.fast_dev_run.fast_dev_run", lambda p: f"dev {p.exp.optim.lr}")
    assert main(["train", str(path), *options]) == 0
    assert capsys.readouterr().out == f"{told}\n"


@pytest.mark.parametrize("steps", ["0", "-3", "many"])
def test_steps_that_are_none_are_refused(
    steps: str, tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(to_yaml(tiny.experiment(tmp_path / "runs")))
    assert main(["train", str(path), f"--overfit={steps}"]) == 2
    assert capsys.readouterr().err.startswith("plion: ")
