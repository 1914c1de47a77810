"""What a step of the published 0.6B shape takes in time and memory: `make bench`."""

import resource
import time
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch
from shapes import SMALL, qwen3_asr
from torch.utils.data import DataLoader

from plion.model.batch import example
from plion.model.loading import TrainBatch
from plion.model.module import SpeechRecognizer
from plion.model.prompt import Sequence, audio_tokens
from plion.settings import Experiment

SECONDS = (7.0, 6.0, 4.5, 3.5)
PROMPT, ANSWER = 15, 40  # tokens: the chat's own, and of a transcript


def training_batch(audio_token: int) -> TrainBatch:
    """Noise in four utterances, 21 seconds in all, with random words."""
    rng = np.random.default_rng(0)
    mels = [torch.from_numpy(rng.random((128, int(100 * s)), np.float32)) for s in SECONDS]
    sequences = []
    for seconds in SECONDS:
        audio = [audio_token] * audio_tokens(round(16_000 * seconds))
        prompt, answer = rng.integers(0, 150_000, PROMPT), rng.integers(0, 150_000, ANSWER)
        sequences.append(Sequence([*prompt.tolist(), *audio, *answer.tolist()], 5, ANSWER - 5))
    return TrainBatch(example(mels, sequences), (), ())


@pytest.mark.bench
def test_a_step_of_the_small_polyglot_lion_in_bfloat16(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = qwen3_asr(SMALL, torch.bfloat16)
    recognizer = SpeechRecognizer(model, None, Experiment(), [0.5])  # type: ignore[arg-type]
    trainer = L.Trainer(
        accelerator="cpu",
        max_steps=1,
        gradient_clip_val=1.0,
        default_root_dir=tmp_path,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    steps = [training_batch(model.config.audio_token_id)]
    batches = DataLoader(steps, batch_size=None)  # type: ignore[arg-type,var-annotated]
    started = time.perf_counter()
    trainer.fit(recognizer, batches)
    seconds = time.perf_counter() - started
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"\na step of {model.num_parameters() / 1e6:.1f} M parameters in bfloat16, "
        f"{sum(SECONDS):g} s of audio: {seconds:.1f} s on {torch.get_num_threads()} threads, "
        f"{gigabytes:.1f} GB at most"
    )
    assert torch.isfinite(trainer.callback_metrics["train/loss"])
