"""The machine in lines."""

from pathlib import Path

import pytest

from plion.doctor.machine import audio, devices, disk, git, hub, shared_memory, slurm

CPU = {
    "built_for_cuda": None,
    "cuda": [],
    "bf16": False,
    "mps": False,
    "attention": "sdpa",
    "precision": "32",
}
GPU = CPU | {
    "built_for_cuda": "13.0",
    "cuda": [{"name": "RTX", "gb": 95.6, "capability": "12.0"}],
    "bf16": True,
    "attention": "flash",
    "precision": "bf16-mixed",
}


def test_a_device_has_its_memory_and_what_auto_chooses_there():
    cuda, auto = devices(GPU)
    assert cuda.words == "RTX, 96 GB, capability 12.0, with bfloat16"
    assert auto.words == "model.attention is flash, trainer.precision bf16-mixed"


def test_no_device_is_no_fault():
    cuda, auto = devices(CPU)
    assert (cuda.state, cuda.stops_training, auto.state) == ("missing", False, "ok")
    assert "built without it" in cuda.words


def test_without_torch_nothing_is_said_of_devices():
    assert list(devices({})) == []


def test_space_is_that_of_the_nearest_folder_there_is(tmp_path: Path):
    told = disk(tmp_path / "gone" / "runs")
    assert "GB free" in told.words
    assert not (tmp_path / "gone").exists()


def test_a_full_disk_stops_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    full = type("Usage", (), {"free": 5_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    assert disk(tmp_path).stops_training


def test_a_folder_that_cannot_be_written_to_stops_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert disk(tmp_path).stops_training


@pytest.mark.parametrize(("free", "state"), [(64_000_000, "broken"), (8e9, "ok")])
def test_little_shared_memory_is_told_with_what_to_do(
    free: float, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free}))
    (told,) = shared_memory(tmp_path)
    assert (told.state, told.stops_training) == (state, False)
    assert ("--shm-size" in told.words and "trainer.workers=0" in told.words) == (state != "ok")


def test_shared_memory_that_is_not_there_is_told(tmp_path: Path):
    (told,) = shared_memory(tmp_path / "gone")
    assert told.state == "broken" and "gone is missing" in told.words


def test_mp3_is_read_here():
    first, *_ = audio(can_import=True)
    assert (first.state, "MP3" in first.words) == ("ok", True)


def test_tools_that_are_not_there_say_what_they_are_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    assert list(audio(can_import=False)) == []
    assert git().state == "missing"
    assert "no commit" in git().words
    assert slurm().state == "missing"
    assert "--engine slurm" in slurm().words


def test_the_hubs_offline_mode_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in next(hub()).words


def test_a_cache_that_cannot_be_read_is_a_line(monkeypatch: pytest.MonkeyPatch):
    def fail():
        raise ValueError("the cache is a file")

    monkeypatch.setattr("huggingface_hub.scan_cache_dir", fail)
    *_, models = hub()
    assert (models.state, models.words) == ("broken", "the cache is a file")
