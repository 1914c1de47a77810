"""What the Ray engine does before a cell starts, without Ray: addresses, places, nodes' checks."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.errors import InputError
from plion.planning.inputs import hash8, input_hashes
from plion.runs.folder import RunFolder
from plion.studies.driving.jobs import training
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import Choice, choice
from plion.studies.engines.ray import node, nodes
from plion.studies.engines.ray.order import Order
from plion.studies.engines.ray.sent import Sending
from plion.system.yamls import read_yaml


def order(tiny: Tiny, runs: Path, paths: dict[str, str]) -> Order:
    """The order of a training of the tiny model."""
    exp = tiny.experiment(runs)
    digits = hash8(exp)
    job = training(exp, RunFolder(runs / f"tiny-{digits}"))
    return Sending(paths).sent(job, 0).order


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Ray were installed, which the addresses are looked at before it is imported."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ray://head:10001", "ray:// end with the connection; run plion on a machine of"),
        ("head", "give auto, local or HOST:PORT, not 'head'"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused(address: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        engine_of(Choice("ray", address=address))


@pytest.mark.usefixtures("installed")
def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{free.getsockname()[1]}"
    for address in (where, "auto"):
        monkeypatch.setenv("RAY_ADDRESS", where)
        with pytest.raises(InputError, match=f"no Ray cluster answers at {where}"):
            engine_of(Choice("ray", address=address))


def test_without_ray_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'plion\[ray\]'"):
        engine_of(Choice("ray", address="local"))
    assert "plion.studies.engines.ray.engine" not in sys.modules


def test_paths_are_given_by_name() -> None:
    found = choice("ray", 1, None, maps=["data=/d", "runs=$ROOT"], sbatch=None)
    assert found.paths == {"data": "/d", "runs": "$ROOT"}


def test_a_node_has_its_own_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRATCH", "/scratch")
    config: dict[str, Any] = {"trainer": {"runs": "runs", "threads": 1}, "data": {"root": "data"}}
    there = node.mapped(config, {"runs": "$SCRATCH/runs", "data": "/mnt/data"})
    assert there == {
        "trainer": {"runs": "/scratch/runs", "threads": 1},
        "data": {"root": "/mnt/data"},
    }
    assert config["trainer"]["runs"] == "runs"
    with pytest.raises(InputError, match="runs=.NOWHERE/runs: this node has no variable .NOWHERE"):
        node.mapped(config, {"runs": "$NOWHERE/runs"})


CPUS, GPUS = {"CPU": 9.0}, {"CPU": 16.0, "GPU": 4.0}


@pytest.mark.parametrize(
    ("settings", "devices", "there", "found"),
    [
        ({"threads": 4}, 1, [CPUS], ["cpu", "cpu"]),
        ({"threads": 4}, 3, [CPUS], []),
        ({"threads": 4}, 1, [GPUS, CPUS], ["cuda 0", "cuda 1", "cuda 2", "cuda 3"]),
        ({"threads": 8}, 1, [GPUS], ["cuda 0", "cuda 1"]),
        ({"threads": 4}, 2, [GPUS], ["cuda 0 1", "cuda 2 3"]),
        ({"threads": 4, "accelerator": "cpu"}, 2, [GPUS, CPUS], ["cpu", "cpu", "cpu"]),
        ({"threads": 4, "accelerator": "gpu"}, 1, [CPUS], []),
        ({"threads": 4}, 1, [], []),
    ],
)
def test_a_cluster_has_as_many_places_as_such_jobs_run_at_once(
    settings: dict[str, Any],
    devices: int,
    there: list[dict[str, float]],
    found: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [{"NodeID": "3f09a1b2", "Resources": one, "Alive": True} for one in there]
    monkeypatch.setattr(nodes, "_nodes", lambda: listed)
    trainer = {"accelerator": "auto", **settings}
    needs = nodes.needs_of(trainer, devices, gpus=nodes.has_gpus())
    assert nodes.places(needs) == [f"node 3f09a1 {place}" for place in found]
    # A task knows its GPUs as text.
    assert nodes.place("3f09a1b2", ["2", "3"]) == "node 3f09a1 cuda 2 3"


def test_a_node_knows_whether_it_sees_the_drivers_run_root(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sent = order(tiny, tmp_path / "runs", {})
    assert node.prepared(sent).shared
    apart = order(tiny, tmp_path / "runs", {"runs": str(tmp_path / "there")})
    ready = node.prepared(apart)
    assert not ready.shared
    assert ready.job.folder == tmp_path / "there" / f"tiny-{apart.hash8}"
    assert read_yaml(ready.job.config)["trainer"]["runs"] == str(tmp_path / "there")


def test_a_node_with_other_data_names_the_file_and_both_hashes(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    other = tiny.copy(tmp_path)
    path = other.root / "slr65" / "train.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    (other.root / "aishell1" / "valid.jsonl").unlink()
    there = tmp_path / "there"
    sent = order(tiny, tmp_path / "runs", {"data": str(other.root), "runs": str(there)})
    own = input_hashes(tiny.experiment(tmp_path / "runs"), trains=True)
    with pytest.raises(InputError) as error:
        node.prepared(sent)
    assert f"{path} is " in str(error.value)
    assert f"and not {own['slr65/train'][:8]}" in str(error.value)
    assert "aishell1/valid.jsonl is missing and not" in str(error.value)
    assert "librispeech" not in str(error.value)
    assert not there.exists()  # it leaves nothing where it cannot run


def test_a_node_with_another_base_names_it(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sent = order(tiny, tmp_path / "runs", {"base": "mini"})
    with pytest.raises(InputError, match="base model mini is [0-9a-f]{8} and not [0-9a-f]{8}"):
        node.prepared(sent)


def test_a_node_without_the_folder_of_checkpoints_says_so(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    sent = order(tiny, tmp_path / "runs", {"checkpoints": str(tmp_path / "kept")})
    with pytest.raises(InputError, match="trainer.checkpoint_dir: there is no folder .*kept"):
        node.prepared(sent)
    (tmp_path / "kept").mkdir()
    assert node.prepared(sent).shared
