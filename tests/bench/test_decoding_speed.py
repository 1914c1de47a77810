"""Decoding mini12's tests beside fixed batches of the library's own: `make bench`.

One thread each, CPU seconds, from samples in memory to text. The library's way: 32 clips a batch,
padded to the longest, its processor, its encoder and its `generate`. As it makes the features of
all clips of a batch together, a clip's last frames hear the padding and its text may differ; so the
texts are compared with those of the library's encoder and `generate` on features made clip by clip.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from library import padded
from transformers import Qwen3ASRProcessor

from plion.config.experiment import evaluation
from plion.data.manifest import Utterance, read_manifest
from plion.loading import clips
from plion.loading.audio import SAMPLE_RATE, read_audio
from plion.models.device import keep_freed_memory
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.tensors import log_mel, request
from plion.recognition.decode_sets import recognize
from plion.recognition.recognizers import recognizer
from plion.scoring.benchmarks import suite

DATA = Path("data/mini12")
UTTERANCES = 32
TOKENS = 128  # more than any transcript has
ROUNDS = 7  # a time varies by a tenth and more
PROMPT = (
    "<|im_start|>system\n<|im_end|>\n<|im_start|>user\n<|audio_start|><|audio_pad|><|audio_end|>"
    "<|im_end|>\n<|im_start|>assistant\n"
)
Inputs = dict[str, torch.Tensor]
Said = dict[str, str]


def processed(samples: Sequence[np.ndarray], processor: Any, _: Checkpoint) -> Inputs:
    """Inputs as the library makes them of a batch."""
    texts = [PROMPT] * len(samples)
    return dict(processor(text=texts, audio=list(samples), sampling_rate=SAMPLE_RATE))


def single(samples: Sequence[np.ndarray], _: Any, checkpoint: Checkpoint) -> Inputs:
    """The same of each clip alone, put together; in batches the library counts a frame more."""
    prompter = checkpoint.prompter
    mels = [log_mel(checkpoint.extractor, clip) for clip in samples]
    prompts = [prompter.request(len(clip)) for clip in samples]
    made = request(mels, prompts, prompter.audio, prompter.end)
    return {"input_ids": made.ids, "attention_mask": made.mask, **padded(mels)}


def fixed(
    checkpoint: Checkpoint,
    utterances: Sequence[Utterance],
    samples: dict[str, np.ndarray],
    make: Callable[[Sequence[np.ndarray], Any, Checkpoint], Inputs],
) -> Said:
    """What the library says to batches of so many utterances in the order that they are given."""
    processor = Qwen3ASRProcessor.from_pretrained(checkpoint.folder)
    said: Said = {}
    for batch in chunks(utterances):
        inputs = make([samples[one.id] for one in batch], processor, checkpoint)
        with torch.inference_mode():
            ids: Any = checkpoint.model.generate(
                **inputs,
                max_new_tokens=TOKENS,
                do_sample=False,
                eos_token_id=checkpoint.prompter.end,
                pad_token_id=checkpoint.prompter.end,
            )
        rows = ids[:, inputs["input_ids"].shape[1] :].tolist()
        texts = map(checkpoint.prompter.decode, rows)
        said |= {one.id: text for one, text in zip(batch, texts, strict=True)}
    return said


def chunks(utterances: Sequence[Utterance]) -> Iterator[Sequence[Utterance]]:
    for start in range(0, len(utterances), UTTERANCES):
        yield utterances[start : start + UTTERANCES]


@pytest.mark.bench
def test_decoding_beside_fixed_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    if not DATA.is_dir():
        pytest.skip("needs `make demo`")
    torch.set_num_threads(1)
    keep_freed_memory()
    utterances = [one for row in suite("mini12") for one in read_manifest(DATA / row.manifest)]
    samples = {one.id: read_audio(one) for one in utterances}
    assert len(samples) == len(utterances)
    monkeypatch.setattr(clips, "read_audio", lambda one: samples[one.id])
    exp = evaluation("mini", "mini12", None, ())
    own, checkpoint = recognizer("mini", exp), load_checkpoint("mini", attention="reference")
    checkpoint.model.eval()
    by_length = sorted(utterances, key=lambda one: -one.duration)

    def plion() -> Said:
        rows, _ = recognize(own, utterances, "plion")
        return {row.id: row.hypothesis for row in rows}

    ways: dict[str, Callable[[], Said]] = {
        "plion": plion,
        "32 by length": lambda: fixed(checkpoint, by_length, samples, processed),
        "32 by length, features by clip": lambda: fixed(checkpoint, by_length, samples, single),
        "32 in manifest order": lambda: fixed(checkpoint, utterances, samples, processed),
    }
    seconds, said = dict.fromkeys(ways, float("inf")), dict.fromkeys(ways, Said())
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            said[name] = way()
            seconds[name] = min(seconds[name], time.process_time() - started)
    audio = sum(one.duration for one in utterances)
    print(f"\n{len(utterances)} utterances, {audio:.0f} s of audio, the least of {ROUNDS}")
    for name in ways:
        same = np.mean([said[name][one.id] == said["plion"][one.id] for one in utterances])
        print(
            f"{name:32} {audio / seconds[name]:6.0f} s of audio a CPU second, "
            f"{seconds[name] / seconds['plion']:.2f} times as long, {same:.1%} of texts equal"
        )
    alone = said["32 by length, features by clip"]
    assert np.mean([alone[one.id] == said["plion"][one.id] for one in utterances]) >= 0.99
