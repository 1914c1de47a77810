"""`plion ablate` with a training that only notes that it ran."""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fake_engine
import pytest
from ablated import calls, record

from plion.errors import InputError
from plion.runs.claims import claim
from plion.runs.folder import RunFolder
from plion.studies.ablation import ablate
from plion.studies.driving.driver import Rules, drive
from plion.studies.engines.choice import Choice
from plion.studies.engines.engine import Ended, Engine, Job


def test_every_cell_and_the_base_is_run_once(study: Path) -> None:
    assert ablate(study, (), Choice(workers=2)) == 0
    assert calls() == dict.fromkeys(["base", "study-proportional-s0", "study-balanced-s0"], 1)


def test_finished_runs_are_not_run_again(study: Path) -> None:
    ablate(study)
    assert ablate(study) == 0
    assert set(calls().values()) == {1}


def test_an_unfinished_run_is_taken_up_again(study: Path) -> None:
    ablate(study)
    cell = record()["cells"][0]
    RunFolder(Path("runs") / cell["folder"]).write(status="running")
    assert ablate(study) == 0
    assert calls()[cell["run"]] == 2 and sum(calls().values()) == 4


def test_a_study_of_this_name_with_another_amount_is_refused(study: Path) -> None:
    ablate(study)
    before = record()
    with pytest.raises(InputError, match=r"other content: .* hold.amount 40.0 \(now 60.0\)"):
        ablate(study, ["ablation.hold.amount=60"])
    assert record() == before


def test_a_run_of_another_study_is_shared(study: Path) -> None:
    ablate(study)
    Path("other.yaml").write_text(study.read_text())
    ablate("other.yaml")
    shared = json.loads(Path("runs/other/ablation.json").read_text())
    assert [c["folder"] for c in shared["cells"]] == [c["folder"] for c in record()["cells"]]
    assert set(calls().values()) == {1}


def test_cells_that_differ_in_nothing_that_counts_are_one_run(study: Path) -> None:
    study.write_text(study.read_text().replace("axes: {", "axes: {trainer.log_every: [1, 2], "))
    assert ablate(study) == 0
    hashes = [cell["hash"] for cell in record()["cells"]]
    assert len(hashes) == 4 and len(set(hashes)) == 2 and sum(calls().values()) == 3
    assert all(RunFolder(Path("runs") / cell["folder"]).done() for cell in record()["cells"])


def test_the_record_lists_every_expected_run_in_order(study: Path) -> None:
    ablate(study)
    found = record()
    assert (found["name"], found["question"], found["suite"]) == ("study", "Which?", "suite.yaml")
    assert found["axes"] == {"sampler.name": ["proportional", "balanced"]}
    assert found["hold"] == {"quantity": "utterances", "amount": 40.0}
    assert [cell["labels"] for cell in found["cells"]] == [
        {"sampler.name": "proportional"},
        {"sampler.name": "balanced"},
    ]
    for run in (found["base"], *found["cells"]):
        folder = RunFolder(Path("runs") / run["folder"])
        assert folder.read().hash == run["hash"] and folder.done()


def test_the_base_is_decoded_as_the_cells_are(study: Path) -> None:
    ablate(study)
    plain = record()["base"]["hash"]
    Path("other.yaml").write_text(study.read_text())
    decoding = ["evaluate.seconds=9", "tag.decode=forced", "trainer.threads=2"]
    assert ablate("other.yaml", decoding) == 0
    base = json.loads(Path("runs/other/ablation.json").read_text())["base"]
    assert RunFolder(Path("runs") / base["folder"]).done() and base["hash"] != plain


def test_a_failing_cell_stops_no_other_and_is_named_with_its_reason(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    assert ablate(study, (), Choice(workers=2)) == 1
    printed = capsys.readouterr().out
    assert "study: 2 of 3 runs done" in printed
    assert "failed: study-balanced-s0" in printed and "out of memory" in printed
    ends = [RunFolder(Path("runs") / c["folder"]).read().status for c in record()["cells"]]
    assert ends == ["done", "failed"]


def test_a_run_that_another_study_began_meanwhile_is_looked_for_where_it_is(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def beside(engine: Engine, jobs: Sequence[Job], *hearers: Any, rules: Rules) -> list[Ended]:
        balanced = next(Path("runs").glob("study-balanced-s0-*"))
        claim("runs", "other-s0", balanced.name[-8:]).write(status="running")
        return drive(engine, jobs, *hearers, rules=rules)

    monkeypatch.setattr("plion.studies.ablation.drive", beside)
    assert ablate(study) == 0
    assert "study: 3 of 3 runs done" in capsys.readouterr().out
    assert record()["cells"][1]["folder"].startswith("other-s0-")
    assert calls()["other-s0"] == 1 and "study-balanced-s0" not in calls()


def test_an_engine_that_cannot_be_had_leaves_nothing_behind(study: Path) -> None:
    with pytest.raises(InputError, match="--address nowhere"):
        ablate(study, (), Choice("ray", address="nowhere"))
    assert not Path("runs").exists()


def test_a_job_that_fails_beside_another_study_does_not_mark_its_run(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def done_beside(job: Job) -> int:
        run = claim("runs", f"other-{job.name}", job.hash8)
        run.write(status="done")
        run.metrics.write_text("{}")
        job.log.write_text("killed while it waited")
        return -9

    monkeypatch.setattr("plion.studies.ablation.engine_of", fake_engine.engine_of(done_beside))
    assert ablate(study) == 0
    assert "failed" not in capsys.readouterr().out
    assert len(list(Path("runs").glob("*/run.json"))) == 3


def test_what_is_left_without_a_failure_is_named(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("plion.studies.ablation.drive", lambda *_, **__: [])
    assert ablate(study) == 1
    printed = capsys.readouterr().out
    assert "study: 0 of 3 runs done" in printed
    assert re.search(r"left: study-balanced-s0, runs/study-balanced-s0-\w{8}: missing", printed)
    assert printed.count("left:") == 3


def test_a_base_that_is_itself_a_run_is_decoded_as_the_cells_are(study: Path) -> None:
    ablate(study)
    trained = RunFolder(Path("runs") / record()["cells"][0]["folder"])
    trained.export.parent.mkdir()
    shutil.copytree("model", trained.export)
    config = trained.config.read_text()
    assert "seconds: 240.0" in config
    trained.config.write_text(config.replace("seconds: 240.0", "seconds: 7.0"))
    Path("next.yaml").write_text(study.read_text())
    assert ablate("next.yaml", [f"model.name={trained.path}"]) == 0
    base = json.loads(Path("runs/next/ablation.json").read_text())["base"]
    assert RunFolder(Path("runs") / base["folder"]).read().name == "base"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.name=gone"], "'gone' is not a folder and not in the local hub cache"),
        (["data.root=nowhere"], "nowhere has no manifest of suite 'suite.yaml'"),
    ],
)
def test_what_cannot_be_found_is_told_before_anything_starts(
    study: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ablate(study, overrides)
    assert not Path("runs").exists()


def test_no_workers_is_a_wrong_request(study: Path) -> None:
    with pytest.raises(InputError, match="--workers must be 1 or more"):
        ablate(study, (), Choice(workers=0))


def test_where_condition_is_a_cell_what_takes_a_tag_is_also_decoded_forced(study: Path) -> None:
    text = study.read_text()
    study.write_text(
        text.replace("sampler.name: [proportional, balanced]", "tag.train: [predict, none, absent]")
    )
    assert ablate(study) == 0
    assert not list(Path("runs").glob("*/metrics-forced.json"))
    study.write_text(study.read_text().replace("[predict, none", "[predict, condition, none"))
    assert ablate(study) == 0
    forced = {path.parent.name.rpartition("-")[0] for path in Path("runs").glob("*/metrics-f*")}
    assert forced == {"base", "study-predict-s0", "study-none-s0"}
    assert {cell["run"] for cell in record()["cells"] if cell.get("forced")} == forced - {"base"}
    assert record()["base"]["forced"] and record()["tag_decode"] == "matched"


def test_a_finished_run_is_completed_where_it_lies(study: Path) -> None:
    study.write_text(
        study.read_text().replace("sampler.name: [proportional, balanced]", "tag.train: [none]")
    )
    ablate(study)
    before = record()["cells"][0]
    study.write_text(study.read_text().replace("[none]", "[none, condition]"))
    assert ablate(study, status=True) == 1
    assert ablate(study) == 0
    assert record()["cells"][0] == {**before, "forced": True}
    assert calls() == {"base": 2, "study-none-s0": 2, "study-condition-s0": 1}
    assert ablate(study) == 0 and sum(calls().values()) == 5


def test_nothing_starts_where_the_folder_of_checkpoints_is_not_mounted(study: Path) -> None:
    with pytest.raises(InputError, match="cannot run, nothing is started: .*no folder kept on"):
        ablate(study, ["trainer.checkpoint_dir=kept"])
    assert not calls() and not Path("kept").exists()
    Path("kept").mkdir()
    assert ablate(study, ["trainer.checkpoint_dir=kept"]) == 0
