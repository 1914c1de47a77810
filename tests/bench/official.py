"""The official recipe's training loop on the library's classes, and the way from it to plion's.

`python official.py RUNG FOLDER SHAPE BATCHES [key=value ...]` trains over batches of the data in
FOLDER (simulated_corpora.py) and prints what that took. A process of its own, so that its memory is
its own. Each rung has all that is above it:

    official   so many random utterances a batch; the processor called twice on each, once to
               measure the prompts; logits at all positions; the encoder's windows one at a time
    batching   the batches of plion's plan
    logits     lm_head at the supervised positions alone
    features   of each clip alone, once, and its prompt made once
    layout     `plion train` with model.attention=reference: seconds of padding not convolved,
               channels last in memory, no mask over the text; memory that is kept
    plion      `plion train`: all windows in one call

Audio is decoded in the main process on every rung, which the official script does with librosa.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from library import supervised
from simulated_corpora import settings
from torch.nn import functional as F
from transformers import Qwen3ASRConfig, Qwen3ASRProcessor

from plion.data.audio import SAMPLE_RATE, read_audio
from plion.data.manifest import Utterance
from plion.model.batch import log_mel
from plion.model.checkpoint import Checkpoint, load
from plion.model.flops import multiply_adds
from plion.model.loading import target
from plion.model.prompt import Prompter
from plion.planning.plans import PlannedRun, mixture_plan
from plion.runs import RunFolder
from plion.settings import Experiment
from plion.training.run import train

RUNGS = ("official", "batching", "logits", "features", "layout", "plion")
UTTERANCES = {"small": 32, "0.6B": 8}  # of a random batch, and of a planned one on average
SECONDS = {"small": 314, "0.6B": 82}  # batch.seconds for that
Inputs = dict[str, torch.Tensor]


@dataclass
class Measured:
    """What training over some batches took; `work` is a forward pass's multiply-adds.

    `processor_seconds` are of all cores together: what else runs on the machine counts little.
    """

    batches: int
    utterances: int
    audio_seconds: float
    seconds: float
    processor_seconds: float
    gigabytes: float
    work: float


def official_inputs(utterances: Sequence[Utterance], exp: Experiment, processor: Any) -> Inputs:
    """A batch as the official script makes it: labels where the prompt has ended."""
    audio = [read_audio(one) for one in utterances]
    prompt = processor.apply_chat_template(
        [{"role": "system", "content": ""},
         {"role": "user", "content": [{"type": "audio", "audio": None}]}],
        add_generation_prompt=True, tokenize=False,
    )  # fmt: skip
    targets = (target(one, exp, None) for one in utterances)
    texts = [f"{prompt}{one.prefix}{one.text}<|im_end|>" for one in targets]
    options = {"audio": audio, "sampling_rate": SAMPLE_RATE, "padding_side": "right"}
    prompts = processor(text=[prompt] * len(audio), **options)
    inputs: Inputs = dict(processor(text=texts, **options))
    labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100)
    for row, length in zip(labels, prompts["attention_mask"].sum(dim=1).tolist(), strict=True):
        row[:length] = -100
    return {**inputs, "labels": labels}


def single_inputs(
    utterances: Sequence[Utterance], exp: Experiment, checkpoint: Checkpoint
) -> Inputs:
    """The same of clips one by one."""
    audio = [read_audio(one) for one in utterances]
    sequences = [
        checkpoint.prompter.sequence(len(samples), target(one, exp, None))
        for one, samples in zip(utterances, audio, strict=True)
    ]
    return supervised([log_mel(checkpoint.extractor, samples) for samples in audio], sequences)


def whole_loss(model: Any, inputs: Inputs) -> torch.Tensor:
    loss: torch.Tensor = model(**inputs).loss
    return loss


def supervised_loss(model: Any, inputs: Inputs) -> torch.Tensor:
    labels = inputs["labels"][:, 1:]
    given = {name: value for name, value in inputs.items() if name != "labels"}
    hidden = model.model(**given, use_cache=False).last_hidden_state[:, :-1]
    return F.cross_entropy(model.lm_head(hidden[labels >= 0]).float(), labels[labels >= 0])


def loop(rung: str, batches: Sequence[list[Utterance]], exp: Experiment) -> Iterator[None]:
    """Trains over batches, clipped, with the fused AdamW that the official script's trainer has."""
    dtype = torch.bfloat16 if exp.trainer.precision == "bf16-true" else torch.float32
    checkpoint = load(exp.model.name, dtype, "reference")
    model = checkpoint.model.train()
    processor = Qwen3ASRProcessor.from_pretrained(exp.model.name)
    optimizer = torch.optim.AdamW(model.parameters(), lr=exp.optim.lr, fused=True)
    step = supervised_loss if rung in ("logits", "features") else whole_loss
    for utterances in batches:
        inputs = (
            single_inputs(utterances, exp, checkpoint)
            if rung == "features"
            else official_inputs(utterances, exp, processor)
        )
        inputs["input_features"] = inputs["input_features"].to(dtype)
        step(model, inputs).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        yield


def batches_of(rung: str, planned: PlannedRun, count: int, size: int) -> list[list[Utterance]]:
    """The first batches of a rung."""
    if rung == "official":
        order = np.random.default_rng(0).permutation(len(planned.utterances))
        numbers = list(order[: count * size].reshape(count, size))
    else:
        numbers = [planned.plan.batch(number)[0] for number in range(count)]
    return [[planned.utterances[int(number)] for number in batch] for batch in numbers]


def work(rung: str, batches: Sequence[Sequence[Utterance]], exp: Experiment) -> float:
    """Multiply-adds of the batches' forward passes, as the rung computes them."""
    config = Qwen3ASRConfig.from_pretrained(exp.model.name).to_dict()
    prompter, total = Prompter(Path(exp.model.name)), 0.0
    for batch in batches:
        frames = [max(50, int(100 * one.duration)) for one in batch]
        seconds = [-(-frame // 100) for frame in frames]
        sequences = [
            prompter.sequence(160 * frame, target(one, exp, None))
            for frame, one in zip(frames, batch, strict=True)
        ]
        padded = len(batch) * max(len(one.ids) for one in sequences)
        whole = rung in ("official", "batching")
        said = padded if whole else sum(one.prefix + one.text for one in sequences)
        tight = rung in ("layout", "plion")
        chunks = sum(seconds) if tight else len(batch) * max(seconds)
        total += multiply_adds(config, frames, chunks, padded, said).total
    return total


def by_loop(rung: str, batches: Sequence[list[Utterance]], exp: Experiment) -> tuple[float, float]:
    """Seconds and processor seconds of the batches; two utterances go before, to warm up."""
    steps = loop(rung, [batches[0][:2], *batches], exp)
    next(steps)
    started, used = time.perf_counter(), time.process_time()
    for _ in steps:
        pass
    return time.perf_counter() - started, time.process_time() - used


def by_plion(planned: PlannedRun) -> tuple[float, float]:
    """Seconds of training in a run's own words, and processor seconds of all of it but loading."""
    used = time.process_time()
    with redirect_stdout(sys.stderr):
        record = RunFolder(train(planned)).read()
    return record["train_seconds"], time.process_time() - used


def main(rung: str, folder: Path, shape: str, count: int, overrides: Sequence[str]) -> None:
    exp = settings(
        folder / "data",
        str(folder / shape),
        folder / f"runs-{rung}",
        f"hold.amount={count}",
        f"batch.seconds={SECONDS[shape]}",
        f"model.attention={'sdpa' if rung == 'plion' else 'reference'}",
        *overrides,
    )
    torch.manual_seed(0)
    torch.set_num_threads(exp.trainer.threads)
    planned = mixture_plan(exp)
    batches = batches_of(rung, planned, count, UTTERANCES[shape])
    own = rung in ("layout", "plion")
    seconds, processor_seconds = by_plion(planned) if own else by_loop(rung, batches, exp)
    measured = Measured(
        count,
        sum(len(batch) for batch in batches),
        sum(one.duration for batch in batches for one in batch),
        seconds,
        processor_seconds,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        work(rung, batches, exp),
    )
    print(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
