"""`plion ablate --engine slurm`: what is submitted, and what the array's elements then do.

SLURM's commands are stand-ins here; `test_slurm_node.py` has the real ones.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from ablated import calls, record, written

from plion.cli.main import main
from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.studies import array_element
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import Choice
from plion.studies.engines.slurm import frozen
from plion.studies.engines.slurm.script import sbatch_lines

SUBMITTED = Path("runs/study/slurm")
CELLS = ["base", "study-proportional-s0", "study-balanced-s0"]


@dataclass
class Slurm:
    """Stand-ins for SLURM's commands; what they answer is written into files of `folder`."""

    folder: Path

    def write(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an ablation of two cells, which are not trained, in the current directory."""
    return written(tmp_path, monkeypatch)


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slurm:
    """A SLURM that takes every array as job 7 and has nothing in its queue."""
    found = Slurm(tmp_path / "bin")
    found.folder.mkdir()
    found.write("sbatch", "echo 7")
    found.write("squeue", ":")
    found.write("scontrol", 'echo "MaxArraySize            = 1001"')
    monkeypatch.setenv("PATH", f"{found.folder}{os.pathsep}{os.environ['PATH']}")
    return found


@pytest.fixture
def element(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs element `index` of so many of the first array, as SLURM does; returns its status."""

    def run(index: int, elements: int) -> int:
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", str(index))
        monkeypatch.setenv("PLION_PLACE", "")  # it sets its own
        monkeypatch.setattr(sys, "argv", ["", str(SUBMITTED / "1"), str(elements)])
        return array_element.main()

    return run


def submitted(*options: str) -> int:
    return main(["ablate", "study.yaml", "--engine", "slurm", *options])


def test_the_script_asks_for_an_array_and_gives_each_element_the_shells_place(
    study: Path, slurm: Slurm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("gpu.sbatch").write_text(
        "#!/bin/bash\n# a device each\n\n#SBATCH -p gpu --gpus=1\n#SBATCH --signal=B:USR1@600\n"
    )
    assert submitted("--workers", "2", "--slurm", "gpu.sbatch") == 0
    folder = tmp_path / "runs/study/slurm/1"
    assert (folder / "array.sh").read_text() == (
        "#!/bin/bash\n"
        "#SBATCH --job-name=plion-study\n"
        "#SBATCH --array=0-1\n"
        f"#SBATCH --chdir={tmp_path}\n"
        f"#SBATCH --output={folder}/element-%a.log\n"
        "#SBATCH --open-mode=append\n"
        "#SBATCH --requeue\n"
        "#SBATCH --signal=B:USR1@300\n"
        "#SBATCH -p gpu --gpus=1\n"
        "#SBATCH --signal=B:USR1@600\n"
        "\n"
        'export OMP_NUM_THREADS="$SLURM_CPUS_ON_NODE"\n'
        f"exec {sys.executable} -m plion.studies.array_element {folder} 2\n"
    )
    out = capsys.readouterr().out
    assert "3 runs submitted as SLURM's job 7, an array of 2" in out and "squeue --job 7" in out
    assert [run["run"] for run in (record()["base"], *record()["cells"])] == CELLS


@pytest.mark.parametrize(
    ("options", "largest", "elements"), [((), 1001, 3), ((), 2, 2), (("--workers", "1"), 1001, 1)]
)
def test_an_array_has_an_element_a_run_or_as_many_as_is_asked_for_or_allowed(
    study: Path, slurm: Slurm, options: tuple[str, ...], largest: int, elements: int
) -> None:
    slurm.write("scontrol", f"echo 'MaxArraySize = {largest}'")
    assert submitted(*options) == 0
    assert f"--array=0-{elements - 1}\n" in (SUBMITTED / "1" / "array.sh").read_text()


def test_elements_do_every_run_once(
    study: Path,
    slurm: Slurm,
    element: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    submitted("--workers", "2")
    assert [element(index, 2) for index in (0, 1)] == [0, 0]
    assert calls() == dict.fromkeys(CELLS, 1)
    assert element(0, 2) == 0  # requeued after its last run
    assert set(calls().values()) == {1}
    assert submitted() == 0
    assert "study: 3 of 3 runs done" in capsys.readouterr().out
    assert len(list(SUBMITTED.iterdir())) == 1


def test_elements_run_what_was_submitted_whatever_the_files_of_the_study_say_by_then(
    study: Path, slurm: Slurm, element: Callable[..., int]
) -> None:
    submitted("--workers", "1")
    study.unlink()
    Path("base.yaml").write_text("model: {name: other}\n")
    for path in Path("runs").glob("*/config.yaml"):
        path.unlink()
    assert element(0, 1) == 0
    assert calls() == dict.fromkeys(CELLS, 1)


def test_a_failed_run_is_recorded_and_the_next_goes_on_and_a_requeue_passes_over_it(
    study: Path,
    slurm: Slurm,
    element: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    study.write_text(study.read_text().replace("proportional, balanced", "balanced, proportional"))
    Path("fail").write_text("yes")
    submitted("--workers", "1")
    assert element(0, 1) == 1
    assert "study-balanced-s0: failed: out of memory" in capsys.readouterr().out
    assert calls() == dict.fromkeys(CELLS, 1)
    failed = RunFolder(Path("runs") / record()["cells"][0]["folder"])
    assert failed.read().status == "failed"
    assert element(0, 1) == 1
    assert calls()["study-balanced-s0"] == 1
    assert submitted("--workers", "1") == 1
    assert "failed earlier: study-balanced-s0" in capsys.readouterr().out
    Path("fail").write_text("no")
    assert submitted("--workers", "1", "--retry-failed") == 0
    assert len(frozen.read_frozen(SUBMITTED / "2").jobs) == 1


def test_a_failed_run_is_repeated_as_often_as_the_file_says(
    study: Path, slurm: Slurm, element: Callable[..., int]
) -> None:
    study.write_text(study.read_text() + "retries: 1\n")
    Path("fail").write_text("yes")
    submitted("--workers", "1")
    assert element(0, 1) == 1
    assert calls() == {**dict.fromkeys(CELLS, 1), "study-balanced-s0": 2}


def test_a_run_that_another_process_has_is_left_to_it(
    study: Path, slurm: Slurm, element: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    submitted("--workers", "1")
    worker = Path("worker.py").read_text()
    busy = '    if exp.sampler.name == "balanced":\n        return 75, "held"\n    run = claim('
    Path("worker.py").write_text(worker.replace("    run = claim(", busy, 1))
    assert element(0, 1) == 0
    assert "study-balanced-s0: left to the process that has its run" in capsys.readouterr().out


def test_runs_of_elements_in_the_queue_are_not_submitted_again(
    study: Path, slurm: Slurm, capsys: pytest.CaptureFixture[str]
) -> None:
    submitted("--workers", "2")
    slurm.write("squeue", "echo 7 0; echo 7 1; echo 8 0")
    assert submitted() == 0
    assert "job 7 is queued or running with runs that are left" in capsys.readouterr().out
    assert not (SUBMITTED / "2").exists()
    slurm.write("squeue", "echo 7 0")  # element 1 has ended, and left the run that it had
    assert submitted() == 0
    again = frozen.read_frozen(SUBMITTED / "2").jobs
    assert [one.name for one in again] == ["study-proportional-s0"]


@pytest.mark.parametrize("what", ["data/nsc/train.jsonl", "model/model.safetensors"])
def test_a_run_is_refused_where_its_data_or_its_base_are_others(
    study: Path,
    slurm: Slurm,
    element: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    what: str,
) -> None:
    submitted("--workers", "1")
    if what.startswith("data"):
        row = {"id": "b", "audio": "b.wav", "text": "b", "language": "ms", "dataset": "nsc"}
        write_manifest(what, [row | {"duration": 1.0}])
    else:
        Path(what).write_bytes(b"other")
    assert element(0, 1) == 1
    told = capsys.readouterr().out
    assert "the data in data or the base model model have changed" in told
    assert "study-balanced-s0" not in calls()


def test_an_element_refuses_another_plion_than_the_one_that_submitted_it(
    study: Path,
    slurm: Slurm,
    element: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    submitted("--workers", "1")
    monkeypatch.setattr(array_element, "own_source", lambda: "0badc0de")
    assert element(0, 1) == 2
    assert "plion's code is 0badc0de here" in capsys.readouterr().err
    assert calls() == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("#SBATCH --array=0-3", "--array is set or excluded by --engine slurm; remove it"),
        ("#SBATCH --time=60 --arr 0-3", "--array is set or excluded by --engine slurm; remove it"),
        ("#SBATCH -o out.log", "--output is set or excluded by --engine slurm; remove it"),
        ("#SBATCH --wait", "--wait is set or excluded by --engine slurm; remove it"),
        ("#SBATCH --signal=USR2@60", "write --signal=B:USR1@SECONDS"),
        ("#SBATCH --signal 9", "write --signal=B:USR1@SECONDS"),
        ("#SBATCH nodes=2", "no option of sbatch follows #SBATCH"),
        ("#SBATCH --comment='a", "No closing quotation"),
        ("module load cuda", "only #SBATCH lines and comments may stand there"),
    ],
)
def test_lines_that_would_not_do_what_they_say_are_refused(
    tmp_path: Path, line: str, told: str
) -> None:
    path = tmp_path / "gpu.sbatch"
    path.write_text(f"#SBATCH --partition=gpu # the large one\n{line}\n")
    with pytest.raises(InputError) as refused:
        sbatch_lines(path)
    assert f"gpu.sbatch, line 2: {told}" in str(refused.value)


def test_a_refusal_of_slurms_is_told_in_its_words_and_leaves_nothing_behind(
    study: Path, slurm: Slurm, capsys: pytest.CaptureFixture[str]
) -> None:
    slurm.write(
        "sbatch",
        'echo "sbatch: error: invalid partition specified: gpu" >&2\n'
        'echo "sbatch: error: Batch job submission failed: Invalid partition" >&2\nexit 1',
    )
    assert submitted() == 2
    said = "invalid partition specified: gpu; Batch job submission failed: Invalid partition"
    assert f"SLURM's sbatch refuses: {said}" in capsys.readouterr().err
    assert not list(SUBMITTED.iterdir())


def test_without_slurm_the_request_is_refused(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git = shutil.which("git")
    assert git is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert submitted() == 2
    assert "--engine slurm needs sbatch, which is not on PATH" in capsys.readouterr().err


def test_what_asks_for_more_than_a_plain_grid_is_sent_to_ray() -> None:
    with pytest.raises(InputError, match="start Ray on an allocation and give --engine ray"):
        engine_of(Choice("slurm"))
