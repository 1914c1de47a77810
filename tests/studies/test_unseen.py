"""No test set is used before the choice: every file that any process of a study opens is noted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import Tiny

import plion

# Python runs it first in every process: the driver's and those of its workers.
SPY = """
import os, sys, time

root, log = os.environ["SPIED"], os.open(os.environ["SPY_LOG"], os.O_WRONLY | os.O_APPEND)

def spy(event, arguments):
    if event != "open" or not str(arguments[0]).startswith(root):
        return
    frame, reader = sys._getframe(1), ""
    while frame and not reader:
        module = frame.f_globals.get("__name__", "")
        reader = f"{module}.{frame.f_code.co_name}" if module.startswith("plion.") else ""
        frame = frame.f_back
    os.write(log, f"{time.time_ns()} {arguments[0]} {reader}\\n".encode())

sys.addaudithook(spy)
"""
STUDY = """
question: Which?
base: base.yaml
suite: {suite}
hold: {{quantity: steps, amount: 2}}
axes: {{sampler.name: [proportional]}}
per_arm: {{optim.lr: [1e-3, 2e-3]}}
"""
BASE = """
model: {{name: {model}}}
data: {{root: {root}}}
batch: {{seconds: 6}}
trainer: {{accelerator: cpu, workers: 0, validations: 1}}
evaluate: {{tokens_per_second: 3}}
"""


@pytest.mark.slow
def test_before_the_choice_a_test_set_is_hashed_and_not_used(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "spy").mkdir()
    (tmp_path / "spy" / "sitecustomize.py").write_text(SPY)
    (tmp_path / "base.yaml").write_text(BASE.format(model=tiny.model, root=tiny.root))
    (tmp_path / "study.yaml").write_text(STUDY.format(suite=tiny.suite))
    log = tmp_path / "opened"
    log.touch()
    sources = os.pathsep.join([str(tmp_path / "spy"), str(Path(plion.__file__).parent.parent)])
    spied = {"PYTHONPATH": sources, "SPIED": str(tiny.root), "SPY_LOG": str(log)}
    command = [sys.executable, "-m", "plion", "ablate", "study.yaml"]

    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **spied}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    choice = tmp_path / "runs" / "study" / "tuning.json"
    opened = [line.split(" ") for line in log.read_text().splitlines()]
    before = [(name, by) for at, name, by in opened if int(at) < choice.stat().st_mtime_ns]
    assert json.loads(choice.read_text())["arms"][0]["chosen"]
    tests = {(Path(name).name, by) for name, by in before if "test" in Path(name).name}
    assert tests == {("test.jsonl", "plion.system.files.sha256")}
    for split in ("train", "valid"):
        assert any(f"-{split}-" in name and name.endswith(".wav") for name, _ in before)
    assert any("-test-" in name for _, name, _ in opened)
