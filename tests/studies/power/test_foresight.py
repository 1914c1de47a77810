"""`plion plan ABLATION --power` as it is asked for."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import imported, refused

from plion.cli.main import main
from plion.config.experiment import to_yaml
from plion.studies.design.grid import read_ablation

FILE = (
    "question: Which?\nbase: base.yaml\nsuite: mini12\nseeds: [0, 1, 2]\n"
    "hold: {quantity: audio_hours, amount: 1.5}\naxes: {sampler.name: [proportional, balanced]}\n"
)
FINISHED = {
    "train_seconds": 60.0,
    "hold": {"quantity": "audio_hours", "amount": 0.5},
    "price_per_hour": 2.0,
}


@pytest.fixture
def ablation(runs: Any, tmp_path: Path) -> Path:
    """The file of an ablation beside a finished one of two other cells, two seeds each."""
    runs.utterances = 40
    names = [f"{cell}{seed}" for cell in "pq" for seed in range(2)]
    for place, name in enumerate(names):
        drawn = np.random.default_rng(place).integers(4, size=(12, 40))
        runs.write(
            name, lambda key, number, d=drawn: int(d[runs.keys.index(key), number]), **FINISHED
        )
    labels = {name: {"x": name[0]} for name in names}
    folder = runs.ablation({"x": ["p", "q"]}, labels, {name: int(name[1:]) for name in names}, None)
    (tmp_path / "base.yaml").write_text(f"model: {{name: mini}}\ntrainer: {{runs: {tmp_path}/r}}\n")
    path = tmp_path / "planned.yaml"
    path.write_text(f"{FILE}pilot: {folder}\n")
    return path


def test_it_prints_differences_seeds_needed_and_cost(
    ablation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(ablation), "--power", "--difference", "3,50"]) == 0
    text = capsys.readouterr().out
    smallest, needed, spent = text.split("\n\n")
    assert "sampler.name: balanced - proportional" in smallest and "3 (own)" in smallest
    assert "Variances of 4 runs in 2 cells of mini: over seeds with 2 degrees of" in smallest
    assert "One seed of each cell finds no difference" in smallest
    assert "held to audio_hours 0.5, those of planned to audio_hours 1.5" in smallest
    lines = [line.split() for line in needed.splitlines()]
    assert ["contrast", "on", "3", "50"] in lines
    assert lines[3][-2:] == ["2", "(2)"]
    # 2 cells of 3 seeds, each of three times the pilot's 60 s, at 2.00 an hour
    assert [line.split() for line in spent.splitlines() if line.startswith("3 ")] == [
        ["3", "6", "18.0", "min", "0.60"]
    ]


def test_as_csv_it_has_a_row_a_figure(ablation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(ablation), "--power", "--csv", "--difference", "0.001,50"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["on"] for row in rows} == {"macro", "en", "zh", "ta", "ms"}
    macro = [row for row in rows if row["on"] == "macro" and row["variance"] == "estimate"]
    found = {int(row["seeds"]): row for row in macro if row["asked"] == "seeds"}
    assert list(found) == [2, 3, 5, 10]
    falling = [float(row["difference"]) for row in found.values()]
    assert falling == sorted(falling, reverse=True)
    assert (found[3]["runs"], found[3]["hours"], found[3]["cost"]) == ("6", "0.3", "0.6")
    never, two = (row for row in macro if row["asked"] == "difference")
    assert (never["seeds"], never["runs"], two["seeds"]) == ("", "", "2")


def test_trials_of_the_arms_cost_once(ablation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ablation.write_text(ablation.read_text() + "per_arm: {optim.lr: [1e-4, 2e-4, 3e-4]}\n")
    assert main(["plan", str(ablation), "--power", "--difference", "50"]) == 0
    spent = capsys.readouterr().out.split("\n\n")[2].splitlines()
    # The best trial of an arm is a cell: 6 cells and 2 x 2 trials, of 3 minutes each.
    assert [line.split() for line in spent if line.startswith("3 ")] == [
        ["3", "10", "30.0", "min", "1.00"]
    ]


def test_its_own_number_of_seeds_is_shown_and_one_seed_finds_nothing(
    ablation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(ablation), "--power", "ablation.seeds=[4]"]) == 0
    smallest = capsys.readouterr().out.split("\n\n")[0]
    assert "(own)" in smallest and " none " in smallest


def test_without_differences_the_margin_is_to_be_found(
    ablation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", str(ablation), "--power", "ablation.margin=7"]) == 0
    needed = capsys.readouterr().out.split("\n\n")[1]
    assert ["contrast", "on", "7"] in [line.split() for line in needed.splitlines()]


def test_budgets_cost_the_longest_and_the_decays_of_the_others(
    ablation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (ablation.parent / "base.yaml").write_text(
        "model: {name: mini}\noptim: {schedule: wsd, warmup_amount: 0.1}\n"
    )
    text = ablation.read_text().replace(", amount: 1.5", "") + "budgets: [0.5, 1, 1.5]\n"
    ablation.write_text(text)
    assert main(["plan", str(ablation), "--power"]) == 0
    spent = capsys.readouterr().out.split("\n\n")[2]
    # 2 samplers x 3 seeds of 1.5 + (0.5 + 1) / 3 hours, each hour of audio 120 s
    assert [line.split() for line in spent.splitlines() if line.startswith("3 ")] == [
        ["3", "18", "24.0", "min", "0.80"]
    ]


def test_a_pilot_changes_nothing_of_the_study(ablation: Path) -> None:
    with_one, without = (read_ablation(ablation, own) for own in ([], ["ablation.pilot=''"]))
    assert with_one.pilot and not without.pilot
    texts = [[to_yaml(cell.exp) for cell in study.cells] for study in (with_one, without)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["FILE", "ablation.pilot=''"], "power is foreseen from finished runs, and"),
        (["FILE", "ablation.pilot=gone"], "pilot: gone is not the folder of an ablation"),
        (["FILE", "ablation.suite=sg12"], "was tested on suite mini12, and variances on its"),
        (["BASE"], "--power compares the cells of an ablation, and"),
        (["FILE", "--difference", "0"], "--difference is '0'; it must be points above 0"),
        (["FILE", "--difference", "half"], "--difference is 'half'; it must be points above 0"),
        (["FILE", "--counts", "paper"], "--counts plans one run, --power a study"),
    ],
)
def test_what_cannot_be_foreseen_is_status_2_and_one_line(
    arguments: list[str], sentence: str, ablation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"FILE": str(ablation), "BASE": str(ablation.parent / "base.yaml")}
    given = [names.get(word, word) for word in arguments]
    assert sentence in refused(["plan", *given, "--power"], capsys)


def test_differences_without_power_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--difference belongs to --power" in refused(
        ["plan", "a.yaml", "--difference", "1"], capsys
    )


def test_it_does_not_import_torch(ablation: Path) -> None:
    status, modules = imported("plan", str(ablation), "--power")
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}
