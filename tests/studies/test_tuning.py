"""`plion ablate` with `per_arm`: trials, a choice for each arm, then cells; nothing is trained."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fake_engine
import pytest

from plion.errors import InputError
from plion.runs.claims import claim
from plion.studies.ablation import ablate
from plion.studies.engines.choice import Choice
from plion.studies.engines.engine import Job
from plion.studies.todo import Wishes
from plion.system.yamls import read_yaml

PER_ARM = "per_arm: {optim.lr: [0.001, 0.002, 0.004]}\n"
# The best rate of each sampler, from which errors rise; those of `balanced` tie.
BEST = {"proportional": 0.004, "balanced": 0.003}


class Trained:
    """Stands for training: notes what it was asked, and gives errors by sampler and rate.

    `fails`: names of runs that fail.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool, float]] = []  # run, whether it is tested, rate
        self.fails: set[str] = set()

    def __call__(self, job: Job) -> int:
        exp = read_yaml(job.config)
        tested, rate = exp["evaluate"]["test"], exp["optim"]["lr"]
        self.calls.append((job.name, tested, rate))
        if job.name in self.fails:
            job.log.write_text("out of memory")
            return 1
        run = claim("runs", job.name, job.hash8)
        error = 10 + 1000 * abs(rate - BEST[exp["sampler"]["name"]])
        run.write(status="done", steps=1, validation={"macro_error": round(error, 6)})
        run.export.mkdir(parents=True, exist_ok=True)
        if tested:
            run.metrics.write_text("{}")
        return 0

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.calls]


@pytest.fixture
def tuned(study: Path) -> Path:
    study.write_text(study.read_text().replace("seeds: [0]", "seeds: [3, 5]") + PER_ARM)
    return study


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Trained:
    work = Trained()
    monkeypatch.setattr("plion.studies.ablation.engine_of", fake_engine.engine_of(work))
    return work


def section() -> dict[str, Any]:
    found = json.loads(Path("runs/study/ablation.json").read_text())["tuning"]
    assert isinstance(found, dict)
    return found


def chosen() -> list[Any]:
    return [arm["chosen"] for arm in section()["arms"]]


def hashes() -> list[str]:
    cells = json.loads(Path("runs/study/ablation.json").read_text())["cells"]
    return [cell["hash"] for cell in cells]


def trials(of: str, numbers: Sequence[int] = (0, 1, 2)) -> list[str]:
    return [f"study-{of}-t{number}" for number in numbers]


def test_every_arm_has_the_same_trials_and_its_cells_the_best_of_them(
    tuned: Path, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(tuned) == 0
    assert chosen() == [{"optim.lr": 0.004}, {"optim.lr": 0.002}]  # of equal ones the first
    count = len(trials("both")) * 2
    assert trained.names[:count] == [*trials("proportional"), *trials("balanced")]
    assert not any(tested for _, tested, _ in trained.calls[:count])
    after = {name: (tested, rate) for name, tested, rate in trained.calls[count:]}
    assert after.pop("base")[0]
    assert after == {
        f"study-{sampler}-s{seed}": (True, rate)
        for sampler, rate in (("proportional", 0.004), ("balanced", 0.002))
        for seed in (3, 5)
    }
    printed = capsys.readouterr().out
    assert "tuned: sampler.name balanced: optim.lr 0.002, valid/macro_error 11.00" in printed
    assert "study: 5 of 5 runs done" in printed


def test_the_best_trial_and_a_cell_are_one_run(tuned: Path, trained: Trained) -> None:
    ablate(tuned)
    best = section()["arms"][1]["trials"][1]
    cells = json.loads(Path("runs/study/ablation.json").read_text())["cells"]
    twin = next(cell for cell in cells if cell["run"] == "study-balanced-s3")
    assert (twin["hash"], twin["folder"]) == (best["hash"], best["folder"])
    assert len(list(Path("runs").glob("study-*/run.json"))) == 6 + 4 - 2


def test_what_is_chosen_stays_chosen(tuned: Path, trained: Trained) -> None:
    ablate(tuned)
    before, known = hashes(), (Path("runs/study") / "tuning.json").read_text()
    run = Path("runs") / section()["arms"][0]["trials"][0]["folder"]
    record = json.loads((run / "run.json").read_text())
    record["validation"] = {"macro_error": 1.0}
    (run / "run.json").write_text(json.dumps(record))
    trained.calls.clear()
    assert ablate(tuned) == 0
    assert (hashes(), trained.calls) == (before, [])
    assert (Path("runs/study") / "tuning.json").read_text() == known


@pytest.mark.parametrize("status", [False, True])
def test_other_trials_than_those_that_decided_are_refused(
    tuned: Path, trained: Trained, capsys: pytest.CaptureFixture[str], *, status: bool
) -> None:
    ablate(tuned)
    other, told = ["ablation.per_arm.optim.lr=[0.004, 0.002, 0.003]"], "tuned by other trials than"
    with pytest.raises(InputError, match=told):
        ablate(tuned, other, status=status)
    assert ablate(tuned, dry_run=True) == 0 and told not in capsys.readouterr().err
    assert ablate(tuned, other, dry_run=True) == 0 and told in capsys.readouterr().err


@pytest.mark.parametrize("last", [3, 8])
def test_killed_in_either_phase_the_same_command_goes_on(
    tuned: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    def killed(job: Job) -> int:
        if len(trained.calls) == last:
            raise KeyboardInterrupt
        return trained(job)

    with monkeypatch.context() as stopped:
        stopped.setattr("plion.studies.ablation.engine_of", fake_engine.engine_of(killed))
        with pytest.raises(KeyboardInterrupt):
            ablate(tuned)
    assert ablate(tuned) == 0
    names = trained.names
    assert len(names) == len(set(names)) == 6 + 5 and chosen()[0] == {"optim.lr": 0.004}


def test_a_trial_that_fails_is_passed_over_and_named(
    tuned: Path, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    trained.fails = {"study-proportional-t2"}
    assert ablate(tuned) == 1
    assert chosen() == [{"optim.lr": 0.002}, {"optim.lr": 0.002}]
    printed = capsys.readouterr().out
    assert "sampler.name proportional: optim.lr 0.002" in printed
    assert "best of 2 trials; 1 of 3 failed" in printed
    assert "failed: study-proportional-t2" in printed and "out of memory" in printed
    assert "5 of 5 runs done" in printed
    assert "move tuning.json out of the study's folder and give --retry-failed" in printed
    Path("runs/study/tuning.json").rename("before.json")
    trained.fails = set()
    assert ablate(tuned, (), wishes=Wishes(retry_failed=True)) == 0
    assert chosen() == [{"optim.lr": 0.004}, {"optim.lr": 0.002}]


def test_an_arm_without_a_trial_leaves_its_cells_and_the_others_go_on(
    tuned: Path, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    trained.fails = set(trials("proportional"))
    assert ablate(tuned) == 1
    assert chosen() == [None, {"optim.lr": 0.002}]
    printed = capsys.readouterr().out
    assert "not tuned: sampler.name proportional: all 3 trials failed" in printed
    assert "study: 3 of 5 runs done" in printed
    assert ablate(tuned, status=True) == 1
    assert capsys.readouterr().out.count("\nnot tuned  ") == 2
    trained.fails = set()
    assert ablate(tuned) == 1 and chosen()[0] is None
    assert ablate(tuned, (), wishes=Wishes(retry_failed=True)) == 0
    assert chosen() == [{"optim.lr": 0.004}, {"optim.lr": 0.002}]


def test_only_some_cells_tune_only_their_arms(tuned: Path, trained: Trained) -> None:
    assert ablate(tuned, (), wishes=Wishes(["sampler.name=balanced", "seed=5"])) == 0
    assert trained.names == [*trials("balanced"), "base", "study-balanced-s5"]
    assert chosen() == [None, {"optim.lr": 0.002}]
    assert ablate(tuned) == 0
    assert chosen() == [{"optim.lr": 0.004}, {"optim.lr": 0.002}]


def test_a_limit_ends_the_trials_and_starts_no_cell(
    tuned: Path, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    priced = ["trainer.price_per_hour=3600"]  # a run takes a second
    assert ablate(tuned, priced, wishes=Wishes(max_cost=2.5)) == 1
    assert trained.names == trials("proportional", (0, 1)) and chosen() == [None, None]
    printed = capsys.readouterr().out
    assert "stopped at --max-cost" in printed and "2 of 3 trials done" in printed


def test_a_cell_that_is_a_trial_is_not_expected_to_train_again(
    tuned: Path, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    priced = ["trainer.price_per_hour=3600"]  # a run takes a second: 6 trials, and the base
    assert ablate(tuned, priced, wishes=Wishes(max_cost=7.5)) == 1
    assert trained.names[6:] == ["base", "study-proportional-s3"]
    assert "the next run costs about 1.00" in capsys.readouterr().out


def test_slurm_is_refused_with_the_way_by_ray(tuned: Path) -> None:
    with pytest.raises(InputError, match="later runs depend on earlier ones, start Ray"):
        ablate(tuned, (), Choice("slurm"))
    assert not Path("runs").exists()


def test_the_preview_names_trials_cells_and_the_cost_of_both(
    tuned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(tuned, dry_run=True) == 0
    printed = capsys.readouterr().out
    assert "first 3 trials for each arm of sampler.name, 6 in all, under seed 3" in printed
    assert "optim.lr 0.001; optim.lr 0.002; optim.lr 0.004" in printed
    assert "then 4 cells" in printed and "together 8 runs" in printed
    assert not Path("runs").exists()


def test_watching_counts_trials_and_cells(tuned: Path, trained: Trained) -> None:
    from plion.studies.watching.estimate import state_of
    from plion.studies.watching.reading import StudyFile

    trained.fails = set(trials("proportional"))
    ablate(tuned)
    half = state_of(*StudyFile(Path("runs/study")).read())
    assert (half.runs, half.done, len(half.failed), half.waiting) == (9, 5, 3, 1)
    trained.fails = set()
    ablate(tuned, (), wishes=Wishes(retry_failed=True))
    state = state_of(*StudyFile(Path("runs/study")).read())
    assert (state.runs, state.done, state.complete) == (9, 9, True)
