"""`plion ablate` with a training that only notes that it ran."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from plion.claims import claim
from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.runs import RunFolder
from plion.studies.ablation import ablate
from plion.studies.workers import Job, run_all

# Stands for `plion`: claims the folder of what it was asked for and is done, or fails.
VERBS = """
import sys
from plion.config import also_forced, evaluation, load
from plion.inputs import evaluation_hash8, hash8
from plion.claims import claim
verb, subject, *rest = sys.argv[1:]
if verb == "train":
    exp = load(subject)
    digits = hash8(exp)
else:
    exp = evaluation(subject, rest[1], rest[3], rest[4:])
    digits = evaluation_hash8(exp)
run = claim(exp.trainer.runs, exp.name, digits)
with (run.path / "calls").open("a") as calls:
    calls.write(verb + "\\n")
if exp.sampler.name == "balanced" and open("fail").read() == "yes":
    sys.exit("out of memory")
run.write(status="done", audio_seconds_per_second=720.0, device="cpu x86_64")
run.metrics.write_text("{}")
if also_forced(exp):
    run.forced.metrics.write_text("{}")
"""


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of two samplers on one small corpus, in the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fail").write_text("no")
    (tmp_path / "verbs.py").write_text(VERBS)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "model" / "model.safetensors").write_bytes(b"w")
    words = {"<|audio_pad|>": 0, "<|im_end|>": 1, "word": 2}
    Tokenizer(WordLevel(words, unk_token="word")).save(str(tmp_path / "model" / "tokenizer.json"))
    rows = [
        {"id": f"{n}", "audio": "a.wav", "text": "a", "language": "ms", "dataset": "nsc",
         "duration": 1.0}
        for n in range(20)
    ]  # fmt: skip
    for split in ("train", "valid", "test"):
        write_manifest(tmp_path / "data" / "nsc" / f"{split}.jsonl", rows)
    (tmp_path / "suite.yaml").write_text(
        "- {key: nsc, language: ms, metric: wer, manifest: nsc/test.jsonl}\n"
    )
    (tmp_path / "base.yaml").write_text("model: {name: model}\ndata: {root: data}\n")
    (tmp_path / "study.yaml").write_text(
        "question: Which?\nbase: base.yaml\nsuite: suite.yaml\nseeds: [0]\n"
        "hold: {quantity: utterances, amount: 40}\n"
        "axes: {sampler.name: [proportional, balanced]}\n"
    )
    monkeypatch.setattr(
        "plion.studies.jobs.plion", lambda *verb: (sys.executable, "verbs.py", *verb)
    )
    return tmp_path / "study.yaml"


def calls() -> dict[str, int]:
    """How often each run was started, by its name."""
    return {
        path.parent.name.rpartition("-")[0]: len(path.read_text().split())
        for path in Path("runs").glob("*/calls")
    }


def record() -> dict[str, Any]:
    content = json.loads(Path("runs/study/ablation.json").read_text())
    assert isinstance(content, dict)
    return content


def states(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The first column of what `--status` printed, without its header."""
    return [re.split(r"\s{2,}", line)[0] for line in capsys.readouterr().out.splitlines()[2:]]


def test_every_cell_and_the_base_is_run_once(study: Path) -> None:
    assert ablate(study, workers=2) == 0
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


def test_another_amount_is_another_set_of_runs_beside_the_first(study: Path) -> None:
    ablate(study)
    before = {cell["folder"] for cell in record()["cells"]}
    ablate(study, ["ablation.hold.amount=60"])
    after = {cell["folder"] for cell in record()["cells"]}
    assert not before & after and record()["hold"]["amount"] == 60.0


def test_a_run_of_another_study_is_shared(study: Path) -> None:
    ablate(study)
    Path("other.yaml").write_text(study.read_text())
    ablate("other.yaml")
    shared = json.loads(Path("runs/other/ablation.json").read_text())
    assert [c["folder"] for c in shared["cells"]] == [c["folder"] for c in record()["cells"]]
    assert set(calls().values()) == {1}


def test_cells_that_differ_in_nothing_that_counts_are_one_run(study: Path) -> None:
    study.write_text(study.read_text().replace("axes: {", "axes: {tag.mixed.p: [0.1, 0.2], "))
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
        assert folder.read()["hash"] == run["hash"] and folder.done()


def test_the_base_is_decoded_as_the_cells_are(study: Path) -> None:
    ablate(study)
    plain = record()["base"]["hash"]
    assert ablate(study, ["evaluate.seconds=9", "tag.decode=forced", "trainer.threads=2"]) == 0
    base = record()["base"]
    assert RunFolder(Path("runs") / base["folder"]).done() and base["hash"] != plain


def test_a_failing_cell_stops_no_other_and_is_named_with_its_reason(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    assert ablate(study, workers=2) == 1
    printed = capsys.readouterr().out
    assert "study: 2 of 3 runs done" in printed
    assert "failed: study-balanced-s0" in printed and "out of memory" in printed
    ends = [RunFolder(Path("runs") / c["folder"]).read()["status"] for c in record()["cells"]]
    assert ends == ["done", "failed"]


def test_a_run_that_another_study_began_meanwhile_is_looked_for_where_it_is(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def beside(jobs: list[Job], *rest: Any) -> list[Job]:
        digits = jobs[-1].log.parent.name.rpartition("-")[2]
        claim("runs", "other-s0", digits).write(status="running")
        return run_all(jobs, *rest)

    monkeypatch.setattr("plion.studies.ablation.run_all", beside)
    assert ablate(study) == 0
    assert "study: 3 of 3 runs done" in capsys.readouterr().out
    assert record()["cells"][1]["folder"].startswith("other-s0-")
    assert calls()["other-s0"] == 1 and "study-balanced-s0" not in calls()


def test_a_job_that_fails_beside_another_study_does_not_mark_its_run(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def done_beside(jobs: list[Job], workers: int, finished: Any) -> list[Job]:
        for job in jobs:
            run = claim("runs", f"other-{job.name}", job.log.parent.name.rpartition("-")[2])
            run.write(status="done")
            run.metrics.write_text("{}")
            job.log.parent.mkdir(exist_ok=True)
            job.log.write_text("killed while it waited")
            finished(job, -9, 1.0)
        return jobs

    monkeypatch.setattr("plion.studies.ablation.run_all", done_beside)
    assert ablate(study) == 0
    assert "failed" not in capsys.readouterr().out
    assert len(list(Path("runs").glob("*/run.json"))) == 3


def test_what_is_left_without_a_failure_is_named(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("plion.studies.ablation.run_all", lambda *_: [])
    assert ablate(study) == 1
    printed = capsys.readouterr().out
    assert "study: 0 of 3 runs done" in printed
    assert re.search(r"left: study-balanced-s0, runs/study-balanced-s0-\w{8}: missing", printed)
    assert printed.count("left:") == 3


def test_progress_tells_what_is_done_and_what_is_left(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate(study)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "3 runs to do, 0 done or shared"
    assert lines[-1].startswith("[3/3] study-balanced-s0 done") and "about 0 s left" in lines[-1]


def test_a_dry_run_lists_the_cells_and_starts_nothing(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(study, dry_run=True) == 0
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if "study-balanced-s0" in line)
    assert row.split()[1:5] == ["0.01", "40", "120", "2"]  # a tag, a word and an end each
    weights = printed.partition("share of the supervised tokens, in percent\n")[2].splitlines()
    assert weights[0].split() == ["run", "ms"] and weights[3].split()[1:] == ["100.0"]
    assert "unknown until a run of this study has finished" in printed
    assert not Path("runs").exists()


def test_a_dry_run_has_time_and_cost_where_speed_and_price_are_known(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate(study)
    ablate(study, ["trainer.price_per_hour=360000"], dry_run=True)
    printed = capsys.readouterr().out
    row = next(line for line in printed.splitlines() if "study-balanced-s0" in line)
    assert float(row.split()[-1].replace(",", "")) > 0
    assert "time at 720.0 s of audio a second, measured in this study on cpu x86_64" in printed


def test_a_dry_run_without_data_counts_from_the_papers_sizes(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = study.read_text().replace("suite.yaml", "sg12").replace("amount: 40", "amount: 4000")
    study.write_text(text)
    assert ablate(study, ["model.name=no/model", "data.root=nowhere"], dry_run=True) == 0
    assert "counted from the sizes in the paper's Table 1" in capsys.readouterr().out


def test_the_status_tells_done_failed_running_and_missing(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fail").write_text("yes")
    ablate(study)
    capsys.readouterr()
    ablate(study, status=True)
    assert states(capsys) == ["done", "done", "failed"]
    base, cell = (
        RunFolder(Path("runs") / run["folder"]) for run in (record()["base"], record()["cells"][0])
    )
    base.record.unlink()
    cell.write(status="running")
    ablate(study, status=True)
    assert states(capsys) == ["missing", "running", "failed"]


def test_the_status_tells_a_finished_run_whose_test_sets_are_left(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate(study)
    RunFolder(Path("runs") / record()["cells"][1]["folder"]).metrics.unlink()
    capsys.readouterr()
    ablate(study, status=True)
    assert states(capsys) == ["done", "done", "not evaluated"]


def test_the_status_is_0_when_all_is_done(study: Path) -> None:
    ablate(study)
    assert ablate(study, status=True) == 0


@pytest.mark.parametrize("status", ["failed", "running", None])
def test_the_status_is_1_while_anything_is_left(study: Path, status: str | None) -> None:
    ablate(study)
    run = RunFolder(Path("runs") / record()["cells"][0]["folder"])
    run.write(status=status) if status else run.record.unlink()
    assert ablate(study, status=True) == 1


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
    assert RunFolder(Path("runs") / base["folder"]).read()["name"] == "base"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.name=gone"], "'gone' is not a folder and not in the local hub cache"),
        (["data.root=nowhere"], "no manifest of suite 'suite.yaml' lies under nowhere"),
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
        ablate(study, workers=0)


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


def test_the_status_tells_a_run_that_is_to_be_decoded_forced_yet(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.write_text(study.read_text().replace("axes: {", "axes: {tag.train: [none, condition], "))
    ablate(study)
    RunFolder(Path("runs") / record()["cells"][0]["folder"]).forced.metrics.unlink()
    capsys.readouterr()
    ablate(study, status=True)
    assert states(capsys) == ["done", "not evaluated", "done", "done", "done"]


def test_a_dry_run_warns_once_where_targets_and_scoring_disagree(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = Path("data/nsc/train.jsonl")
    rows.write_text(rows.read_text().replace('"text": "a"', '"text": "kura-kura"'))
    assert ablate(study, ["evaluate.profile=evalkit"], dry_run=True) == 0
    printed = capsys.readouterr().out
    assert printed.count("evaluate.profile=evalkit-2 disagree") == 1
    assert "ms 200.00 % (40 of 20)" in printed
    ablate(study, dry_run=True)
    assert "disagree" not in capsys.readouterr().out
