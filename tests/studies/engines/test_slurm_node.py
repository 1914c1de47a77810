"""A study as an array of a real SLURM of one node, whose elements train for seconds."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from one_node import OneNode
from tiny import Tiny

from plion.cli.main import main
from plion.config.experiment import to_yaml
from plion.runs.folder import RunFolder
from plion.runs.reports import Reports

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneNode]:
    """A SLURM of this machine, whose commands this process then calls."""
    node = OneNode(tmp_path_factory.mktemp("slurm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(node.config))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
        yield node
    node.stop()


def grid(folder: Path, tiny: Tiny, axes: str) -> Path:
    """A study over a tiny corpus; its runs are in `folder/runs`."""
    exp = tiny.experiment(folder / "runs", "batch.per_step=2", "trainer.checkpoints=1")
    (folder / "base.yaml").write_text(to_yaml(exp).replace("name: tiny\n", "", 1))
    path = folder / "study.yaml"
    path.write_text(
        f"question: Which?\nbase: base.yaml\nsuite: {tiny.suite}\nseeds: [0]\n"
        f"hold: {{quantity: steps, amount: 30}}\naxes: {axes}\n"
    )
    return path


def runs(folder: Path) -> dict[str, RunFolder]:
    """The runs of a study by name, and the base's."""
    content = json.loads((folder / "runs" / "study" / "ablation.json").read_text())
    return {
        row["run"]: RunFolder(folder / "runs" / row["folder"])
        for row in (content["base"], *content["cells"])
    }


def results(folder: Path) -> dict[str, bytes]:
    """What the runs said and how they were scored, by the place of each file."""
    found = [*folder.glob("runs/*/metrics.json"), *folder.glob("runs/*/predictions/*.jsonl")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_an_array_does_what_the_engine_of_one_machine_does_also_if_an_element_is_requeued(
    cluster: OneNode, tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axes = (
        "{pace: {slow: {optim.lr: 1e-4}, fast: {optim.lr: 2e-4}},"
        " sampler.name: [proportional, balanced]}"
    )
    array, alone = tmp_path / "array", tmp_path / "alone"
    for folder in (array, alone):
        folder.mkdir()
        grid(folder, tiny, axes)
    command = ["ablate", str(array / "study.yaml"), "--engine", "slurm", "--workers", "2"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "study: 5 runs submitted as SLURM's job" in told and "an array of 2" in told
    assert main(command) == 0
    assert "is queued or running with runs that are left" in capsys.readouterr().out

    first = runs(array)["study-slow-proportional-s0"]  # element 1's
    reports = Reports(first)
    cluster.wait_for(reports.new)
    job = re.findall("job ([0-9]+)", told)[0]
    cluster.asked("scancel", "--batch", "--signal=USR1", f"{job}_1")
    cluster.wait_for(lambda: not cluster.asked("squeue", "--noheader"))

    log = (array / "runs" / "study" / "slurm" / "1" / "element-1.log").read_text()
    assert "DUE TO JOB REQUEUE" in log
    assert main(["ablate", str(array / "study.yaml"), "--status"]) == 0
    assert first.read().attempts == 2
    assert main(["ablate", str(alone / "study.yaml")]) == 0
    assert len(results(alone)) == 5 * 4
    assert results(array) == results(alone)


def test_slurms_refusal_is_told_in_its_own_words(
    cluster: OneNode, tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = grid(tmp_path, tiny, "{sampler.name: [balanced]}")
    (tmp_path / "gpu.sbatch").write_text("#SBATCH --partition=gpu\n")
    lines = ["--slurm", str(tmp_path / "gpu.sbatch")]
    assert main(["ablate", str(path), "--engine", "slurm", *lines]) == 2
    assert "invalid partition specified: gpu" in capsys.readouterr().err
