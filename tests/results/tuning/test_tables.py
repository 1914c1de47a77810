"""What `plion results` says of a study whose arms were tuned."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from plion.results.request import Request
from plion.results.results import results

UNTUNED = 0.002
SPACE = {"optim.lr": {"low": 0.001, "high": 0.003}}


def arm(label: str, errors: list[float | None], chosen: float | None) -> dict[str, Any]:
    """An arm tried at 0.001, 0.002, ...; None: a trial that failed."""
    trials = [
        {
            "values": {"optim.lr": (number + 1) / 1000},
            "state": "failed" if error is None else "done",
            "error": error,
        }
        for number, error in enumerate(errors)
    ]
    values = None if chosen is None else {"optim.lr": chosen}
    return {"labels": {"sampler": label}, "chosen": values, "trials": trials}


ARMS = [
    arm("p", [30.0, 20.0, 25.0], 0.002),
    arm("q", [28.0, 22.0, 18.0], 0.003),
    arm("r", [None, None, None], None),
]


@pytest.fixture
def study(runs: Any) -> Path:
    """A base and a cell of each of three arms, of which the last could not be tuned."""
    names = ["p", "q", "r"]
    for place, name in enumerate(["base", *names]):
        runs.write(name, place)
    folder = Path(runs.ablation({"sampler": names}, {name: {"sampler": name} for name in names}))
    write(folder, ARMS)
    return folder


def write(folder: Path, arms: list[dict[str, Any]]) -> None:
    record = json.loads((folder / "ablation.json").read_text())
    untuned = {"optim.lr": UNTUNED}
    record["tuning"] = {
        "metric": "valid/macro_error",
        "seed": 0,
        "untuned": untuned,
        "arms": arms,
        "space": SPACE,
    }
    (folder / "ablation.json").write_text(json.dumps(record))


def lines(folder: Path) -> list[list[str]]:
    text, _ = results([folder], Request("csv"))
    return list(csv.reader(text.splitlines()))


def test_each_arm_has_its_choice_and_its_ranks(study: Path) -> None:
    write(study, ARMS[:2])
    rows = lines(study)
    first = next(place for place, row in enumerate(rows) if row[:1] == ["arm"])
    assert rows[first : first + 3] == [
        ["arm", "trials", "optim.lr", "tuned", "untuned", "rank tuned", "rank untuned"],
        ["p", "3", "0.002", "20.00", "20.00", "2", "1"],
        ["q", "3", "0.003", "18.00", "22.00", "1", "2"],
    ]


def test_an_arm_without_a_choice_is_named(study: Path) -> None:
    text, _ = results([study], Request())
    assert "Tuned for each arm: optim.lr, 3 trials on validation sets; not tuned: r." in text
    assert "Fewer trials than the others, as some failed: r." in text
    assert "Without an untuned trial: r." in text
    assert "At the highest optim.lr tried, so that a better one may lie beyond: q." in text


def test_a_column_says_which_runs_are_tuned(study: Path) -> None:
    results([study], Request())
    with (study / "results.csv").open() as file:
        found = {row["run"]: row["tuned"] for row in csv.DictReader(file)}
    assert found == {"base": "", "p": "yes", "q": "yes", "r": "no"}


def test_a_study_without_arms_says_that_it_is_not_tuned(grid: Path) -> None:
    assert "Not tuned: no setting was chosen for each arm" in results([grid], Request())[0]


def test_the_chart_is_drawn_with_its_trials_told(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plots"
    folder.mkdir()
    results([study], Request(plot=folder, command="plion results"))
    captions = (folder / "captions.md").read_text()
    assert (folder / "mini-tuning.png").is_file()
    assert "**mini-tuning**: Expected lowest of k trials drawn with replacement" in captions
    assert "p: 3 of 3 trials; q: 3 of 3 trials; r: 0 of 3 trials" in captions
