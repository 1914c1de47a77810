"""A clip in the `qwen-asr` package (package.py, in .venv-peer) and here."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from plion.models.qwen3_asr.decode import transcribe
from plion.models.qwen3_asr.encoder import embeddings
from plion.models.qwen3_asr.files.checkpoint import Checkpoint
from plion.models.qwen3_asr.tensors import Request, log_mel, request

CLOSE = 1e-4  # between logits in float32
_PYTHON = Path(__file__).parents[2] / ".venv-peer" / "bin" / "python"
_LONGEST = 48  # tokens, as in package.py


@dataclass(frozen=True)
class Theirs:
    """What the package has of a clip: its prompt, the logits there, and what it says."""

    ids: list[int]
    logits: torch.Tensor
    said: list[int]
    language: str
    text: str


def asked(
    folder: Path, clips: dict[str, np.ndarray], out: Path, *options: str
) -> dict[str, Theirs]:
    """What the package computes of clips by name, with the checkpoint of a folder.

    `options`: of package.py. What is exchanged lies in `out`.
    """
    if not _PYTHON.exists():
        pytest.fail("there is no .venv-peer to compare with: `make test-peer` makes it")
    save_file({name: torch.as_tensor(wave) for name, wave in clips.items()}, out / "clips")
    done = subprocess.run(
        [_PYTHON, Path(__file__).with_name("package.py"), folder, out / "clips", out / "answer"]
        + [*options],
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    tensors = load_file(out / "answer")
    said = json.loads((out / "answer.json").read_text())
    return {
        name: Theirs(tensors[f"{name}.ids"].tolist(), tensors[f"{name}.logits"], **said[name])
        for name in clips
    }


def _prepared(checkpoint: Checkpoint, wave: np.ndarray, window: str) -> Request:
    prompter = checkpoint.prompter
    mel = log_mel(checkpoint.extractor, wave)
    return request(
        [mel], [prompter.request(len(wave))], prompter.audio, prompter.end, window=window
    )


@torch.inference_mode()
def logits(checkpoint: Checkpoint, wave: np.ndarray, window: str = "8s") -> torch.Tensor:
    """Of every position of a clip's prompt."""
    one = _prepared(checkpoint, wave, window)
    heard = embeddings(checkpoint.model, one.ids, one.audio)
    states = checkpoint.model.model.language_model(inputs_embeds=heard).last_hidden_state
    found: torch.Tensor = checkpoint.model.lm_head(states)[0]
    return found


def said(checkpoint: Checkpoint, wave: np.ndarray, window: str = "8s") -> str:
    """The raw text, language tag included."""
    one = _prepared(checkpoint, wave, window)
    return transcribe(checkpoint.model, one, [_LONGEST], checkpoint.prompter)[0]
