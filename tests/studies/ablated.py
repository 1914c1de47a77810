"""An ablation of two samplers over one small corpus, whose runs are not trained."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from plion.data.manifest import write_manifest
from plion.studies.engines import process

# Stands for a worker: claims the folder of what it is asked for and is done with it, or fails.
WORKER = """
import json, os, sys, time
from plion.config.experiment import also_forced, load_experiment
from plion.planning.inputs import evaluation_hash8, hash8
from plion.runs.claims import alone, claim
from plion.system.locking.locks import Held
answers = os.fdopen(int(sys.argv[1]), "w")
def run(order):
    exp = load_experiment(order["config"])
    digits = hash8(exp) if order["verb"] == "train" else evaluation_hash8(exp)
    run = claim(exp.trainer.runs, exp.name, digits)
    try:
        with alone(run.path, wait=False):
            return work(order, exp, run)
    except Held:
        return 75, "held"
def work(order, exp, run):
    if run.done(tested=True, forced=also_forced(exp)):
        return 0, ""
    with (run.path / "calls").open("a") as calls:
        calls.write(order["verb"] + "\\n")
    time.sleep(float(open("seconds").read()))
    if exp.sampler.name == "balanced" and open("fail").read() == "yes":
        return 1, "out of memory"
    run.write(status="done", audio_seconds_per_second=720.0, device="cpu x86_64")
    run.metrics.write_text("{}")
    if also_forced(exp):
        run.forced.metrics.write_text("{}")
    return 0, ""
for line in sys.stdin:
    order = json.loads(line)
    status, told = run(order)
    answer = {"ended": order["run"], "status": status, "told": told, "spent": False}
    print(json.dumps(answer), file=answers, flush=True)
"""


def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of two samplers on one small corpus, in the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fail").write_text("no")
    (tmp_path / "seconds").write_text("0")
    (tmp_path / "worker.py").write_text(WORKER)
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
    monkeypatch.setattr(process, "_ENTRY", (sys.executable, str(tmp_path / "worker.py")))
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
