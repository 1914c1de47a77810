"""How many processes were started, by whom and where: told by torchrun and by srun."""

import pytest

from plion.errors import InputError
from plion.training.processes.launch import environment
from plion.training.processes.ranks import Ranks


@pytest.mark.parametrize("started", [2, 4])
def test_other_processes_than_devices_are_refused(
    started: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("RANK", 1), ("WORLD_SIZE", started), ("LOCAL_WORLD_SIZE", 2)):
        monkeypatch.setenv(name, str(value))
    with pytest.raises(InputError, match=f"devices is 3, but {started} processes were started"):
        Ranks(3)


def test_processes_on_several_machines_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", 5), ("WORLD_SIZE", 8), ("LOCAL_WORLD_SIZE", 4)):
        monkeypatch.setenv(name, str(value))
    ranks = Ranks(8)
    assert (ranks.rank, ranks.per_node, ranks.nodes) == (5, 4, 2)


def test_processes_of_srun_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"STEP_NUM_TASKS": 8, "NTASKS": 8, "NNODES": 2, "PROCID": 3, "NTASKS_PER_NODE": 4}
    for name, value in own.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    ranks = Ranks(8)
    assert (ranks.rank, ranks.per_node, ranks.nodes) == (3, 4, 2)
    assert type(environment(8)).__name__ == "SLURMEnvironment"


def test_a_batch_script_of_several_tasks_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"NTASKS": 8, "PROCID": 0, "NNODES": 1}.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    assert Ranks(1).world_size == 1


def test_the_machines_are_those_of_the_step_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"STEP_NUM_TASKS": 4, "NTASKS": 4, "NNODES": 4, "STEP_NUM_NODES": 2, "PROCID": 1,
           "NTASKS_PER_NODE": 2}  # fmt: skip
    for name, value in own.items():
        monkeypatch.setenv(f"SLURM_{name}", str(value))
    ranks = Ranks(4)
    assert (ranks.rank, ranks.per_node, ranks.nodes) == (1, 2, 2)
    monkeypatch.setenv("SLURM_STEP_NUM_NODES", "3")
    with pytest.raises(InputError, match="srun started 4 processes on 3 machines"):
        Ranks(4)
