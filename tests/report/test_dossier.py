"""What a study's records answer of the checklists, and what they lack."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from dossiers import CELLS, complete, search, study

from plion.errors import InputError
from plion.report.checklist import ITEMS, YOURS
from plion.report.dossier import dossier


def section(text: str, question: str) -> str:
    """The part of a dossier below a question."""
    found = re.search(rf"^## {re.escape(question)}.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, question
    return found[0]


def test_complete_records_answer_every_item(runs: Any) -> None:
    text, status = dossier(study(runs), "md")
    assert status == 0 and f"answer {len(ITEMS)} of {len(ITEMS)} items in full" in text
    assert "not recorded" not in text
    for item in ITEMS:
        assert section(text, item.question).count("\n") > 2
    for told, asked in YOURS:
        assert f"{told} ({asked})" in " ".join(text.split())


def test_settings_say_how_they_were_chosen(runs: Any) -> None:
    text = section(dossier(study(runs), "md")[0], "Which settings, and how were they chosen?")
    rows = {cells[1].strip(): [one.strip() for one in cells[2:4]]
            for line in text.splitlines() if len(cells := line.split("|")) > 4}  # fmt: skip
    assert rows["sampler.name"] == ["proportional, balanced", "axis sampler"]
    assert rows["optim.lr"] == ["2e-05", "given, not searched in this study"]
    assert "optim.beta1 0.9;" in " ".join(text.split()) and "seed" not in rows


def test_validation_stands_beside_test(runs: Any) -> None:
    text = section(dossier(study(runs), "md")[0], "What were the errors in validation and in test?")
    macro, nsc = [line for line in text.splitlines() if line.startswith("| p ")]
    assert "14.07" in macro and "2/2" in macro
    assert re.search(r"14\.07 / \d+\.\d\d", nsc)


def test_time_and_cost_are_sums_over_all_runs(runs: Any) -> None:
    text = section(dossier(study(runs), "md")[0], "On what hardware, for how long, at what cost?")
    (row,) = [line for line in text.splitlines() if "NVIDIA H200" in line]
    assert "6.00 h" in row and "4.0 min" in row and "12.00" in row  # four times 1.5 h, 60 s, 3


def test_what_was_left_out_of_the_data_is_counted(runs: Any) -> None:
    changes = {"p0": {"skipped_audio": ["nsc-7"], "too_long_for_a_batch": 2}}
    text, status = dossier(study(runs, changes), "md")
    own = section(text, "What was left out of the data?")
    assert status == 0 and re.search(r"\| nsc +\| +3 +\| +without text", own)
    assert "p0 left out 2 clips longer than a batch" in own
    assert "p0 skipped 1 clips without usable audio" in own


@pytest.mark.parametrize(
    ("lacks", "question"),
    [
        ({"parameters": None}, "How large are the models?"),
        ({"device": None}, "On what hardware, for how long, at what cost?"),
        ({"cost": None}, "On what hardware, for how long, at what cost?"),
        ({"validation": None}, "What were the errors in validation and in test?"),
        ({"manifests": None}, "Which data, under which licences?"),
        ({"versions": None}, "Which code, packages and normalisation?"),
        ({"dirty": True}, "Which code, packages and normalisation?"),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else "",
)
def test_what_a_run_could_have_recorded_is_named(
    runs: Any, lacks: dict[str, Any], question: str
) -> None:
    text, status = dossier(study(runs, dict.fromkeys(CELLS, lacks)), "md")
    assert status == 1 and "not recorded: " in section(text, question)
    assert question in " ".join(text[: text.index("\n## ")].split())


def test_runs_that_failed_are_told_with_their_reason(runs: Any) -> None:
    folder = study(runs, {"p1": {"attempts": 3}})
    (runs.root / "b1-00000000" / "metrics.json").unlink()
    runs.record("b1", status="failed", error="no space left")
    text, status = dossier(folder, "md")
    failed = " ".join(section(text, "What failed?").split())
    assert status == 1 and re.search(r"b1 +\| failed +\| no space left", failed)
    assert "p1 was begun 3 times" in failed and "1 of 5 runs have no figures" in failed


def test_one_seed_is_said_to_be_one(runs: Any) -> None:
    folder = study(runs)
    plan = json.loads((folder / "ablation.json").read_text())
    plan["cells"] = [one for one in plan["cells"] if one["seed"] == 0]
    (folder / "ablation.json").write_text(json.dumps(plan))
    text = section(dossier(folder, "md")[0], "How certain are the differences?")
    assert "One seed alone: every cell" in text


def test_corpora_have_the_licences_of_their_publishers(runs: Any) -> None:
    text = section(dossier(study(runs), "md")[0], "Which data, under which licences?")
    assert "Singapore Open Data Licence 1.0" in text and "1,200 (2.50)" in text


def test_a_folder_without_a_finished_training_is_refused(runs: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run that was trained and tested"):
        dossier(runs.write("alone", 1))
    folder = study(runs)
    plan = json.loads((folder / "ablation.json").read_text())
    (folder / "ablation.json").write_text(json.dumps({**plan, "base": None, "hold": None}))
    with pytest.raises(InputError, match="has models that were only decoded"):  # `plion average`
        dossier(folder)
    with pytest.raises(InputError, match="neither a run's folder"):
        dossier(tmp_path)


def test_a_search_tells_its_bounds_and_trials(runs: Any) -> None:
    text, status = dossier(search(runs), "md")
    trials = section(text, "What was compared, on how many seeds?")
    assert "3 trials were asked for, and proposed by tpe, 1 at a time, under seed 7" in trials
    assert re.search(r"\| 1 +\| failed +\| +\| +0\.001 \|", trials)
    settings = section(text, "Which settings, and how were they chosen?")
    assert "searched (1e-05 to 0.001, log): 3 trials" in " ".join(settings.split())
    assert re.search(r"\| optim.lr +\| 0.0001 +\|", settings)
    assert "Trial 1 failed: no space left." in section(text, "What failed?")
    assert "3.00 h" in text  # of the two that have a run
    assert status == 0


def test_a_search_without_a_finished_trial_is_refused(runs: Any) -> None:
    folder = search(runs)
    for path in runs.root.glob("trial*/run.json"):
        path.write_text(path.read_text().replace('"done"', '"running"'))
    with pytest.raises(InputError, match="has no finished trial"):
        dossier(folder)


def test_runs_that_are_also_decoded_with_the_language_given_are_one_cell(tmp_path: Path) -> None:
    old = Path(__file__).parents[1] / "results" / "old"
    text, status = dossier(Path(shutil.copytree(old, tmp_path / "old")) / "old", "md")
    settings = section(text, "Which settings, and how were they chosen?")
    assert status == 1 and re.search(r"tag.train +\| none, condition +\| axis tag.train", settings)
    # These runs did not record how often they were begun, nor the time of validations.
    assert "None of the 5 runs failed or left out a step." in section(text, "What failed?")
    (row,) = [line for line in text.splitlines() if "cpu x86_64" in line]
    assert row.split("|")[5].strip() == ""


def test_amounts_that_differ_are_told_in_one_sentence(runs: Any) -> None:
    held = {"hold": {"quantity": "audio_hours", "amount": 2.0}}
    text = dossier(study(runs, {"b0": held, "b1": held}), "md")[0]
    assert "Every run is trained on 4 or 2 audio hours." in text


def test_cells_without_figures_are_not_said_to_have_seeds(runs: Any) -> None:
    folder = study(runs)
    assert "Each cell has 2 runs, of seed 0, 1." in dossier(folder, "md")[0]
    plan = json.loads((folder / "ablation.json").read_text())
    (later, *_) = plan["cells"]
    plan["cells"].append({**later, "folder": "later-00000000", "labels": {"sampler": "later"}})
    (folder / "ablation.json").write_text(json.dumps(plan))
    text = dossier(folder, "md")[0]
    assert "Of 3 cells 2 have figures; each has 2 runs, of seed 0, 1." in text


def test_few_clusters_are_explained_where_they_are_marked(runs: Any) -> None:
    folder = study(runs)
    for path in runs.root.glob("*/predictions/*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        spoken = [{**one, "speaker": f"s{number % 4}"} for number, one in enumerate(lines)]
        path.write_text("".join(json.dumps(one) + "\n" for one in spoken))
    text = section(dossier(folder, "md")[0], "What were the errors in validation and in test?")
    assert "†" in text.split("## ")[1].partition("Errors in percent")[0]
    assert "fewer than 30 clusters: by Student's t" in " ".join(text.split())


def test_simple_effects_stand_beside_main_effects_that_are_means(runs: Any) -> None:
    one_axis = section(dossier(study(runs), "md")[0], "How certain are the differences?")
    assert "Effects on the macro average" in one_axis
    assert "Simple effects on" not in one_axis  # they would be the same
    folder = runs.root / "mini"
    plan = json.loads((folder / "ablation.json").read_text())
    plan["axes"] = {"sampler": ["p"], "order": ["0", "1"], "tag": ["p", "b"]}
    for cell in plan["cells"]:
        cell["labels"] = {"order": str(cell["seed"]), "tag": cell["labels"]["sampler"]}
    (folder / "ablation.json").write_text(json.dumps(plan))
    two_axes = section(dossier(folder, "md")[0], "How certain are the differences?")
    assert "Simple effects on" in two_axes


def test_tuned_settings_tell_their_bounds_and_trials(runs: Any) -> None:
    folder = study(runs)
    plan = json.loads((folder / "ablation.json").read_text())
    trials = [{"values": {"optim.lr": 2e-5}, "state": "done", "error": 14.07}] * 4
    runs.record("t1", **complete(seed=0), status="done")
    trials[1] = {**trials[1], "folder": "t1-00000000"}
    trials[2] = {**trials[2], "folder": "p0-00000000"}  # a cell's run
    trials[3] = {**trials[3], "state": "failed", "error": None, "folder": "gone-00000000"}
    arms = [
        {"labels": {"sampler": one}, "chosen": {"optim.lr": 2e-5}, "trials": trials} for one in "pb"
    ]
    plan["tuning"] = {
        "metric": "valid/macro_error",
        "seed": 0,
        "untuned": {"optim.lr": 1e-3},
        "space": {"optim.lr": {"low": 1e-5, "high": 1e-3, "log": True}},
        "arms": arms,
    }
    (folder / "ablation.json").write_text(json.dumps(plan))
    whole = dossier(folder, "md")[0]
    text = section(whole, "Which settings, and how were they chosen?")
    said = "tuned for each arm (1e-05 to 0.001, log): 4 trials, lowest valid/macro_error"
    assert said in text and "best of k" in text
    assert "7.50 h" in whole  # of four cells and one more trial
    assert "Trials of tuning that are no cell's count too: 1." in " ".join(whole.split())
    assert "1 of 4 trials of p failed." in section(whole, "What failed?")


def test_changes_to_the_code_that_were_kept_are_recorded(runs: Any) -> None:
    folder = study(runs, {"p0": {"dirty": True}})
    question = "Which code, packages and normalisation?"
    text, status = dossier(folder, "md")
    assert status == 1 and "no commit has it" in section(text, question)
    (runs.root / "p0-00000000" / "patch.diff").write_text("+")
    text, status = dossier(folder, "md")
    assert status == 0 and "are in patch.diff of p0." in section(text, question)
