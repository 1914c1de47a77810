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
The batches timed stand for all: random ones of average work, planned ones from the cheapest to the
costliest. On every rung the clock starts after a first step, of a few utterances, and stops at the
end of the last of them: loading, checkpoint and export are not in it. Then comes one more step, of
the batch of all that has most work, since whoever trains must have memory for it; where the
official loop has not, of those timed.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from library import supervised
from simulated_corpora import UTTERANCES as ALL
from simulated_corpora import settings
from torch.nn import functional as F
from transformers import Qwen3ASRConfig, Qwen3ASRProcessor

from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.loading.audio import SAMPLE_RATE, read_audio
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.flops import multiply_adds
from plion.models.qwen3_asr.frames import FRAMES_A_SECOND, HOP
from plion.models.qwen3_asr.prompt import TAGS, Prompter, Target
from plion.models.qwen3_asr.tensors import log_mel
from plion.planning.base_model import targets_of
from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.sampling.plan import Plan
from plion.training.callbacks.cost import Price
from plion.training.rehearsal.shortened import excerpt
from plion.training.run import train

RUNGS = ("official", "batching", "logits", "features", "layout", "plion")
UTTERANCES = {"small": 32, "0.6B": 8}  # of a random batch, and of a planned one on average
SECONDS = {"small": 314, "0.6B": 82}  # batch.seconds for that
FITS = {"small": True, "0.6B": False}  # the costliest batch, on every rung, into 24 GB
WARM_UP = 2  # utterances of the step before the clock starts
Inputs = dict[str, torch.Tensor]


@dataclass
class Measured:
    """What training over some batches took, and what all are that these were chosen from.

    `seconds` and `processor_seconds`, which are of all cores together, are of the steps alone;
    `gigabytes` are the most that the process had, in the step of all that takes most too. `work`: a
    forward pass's multiply-adds for a second of audio, counted over the batches timed;
    `work_of_all`, over all batches.
    """

    batches: int
    utterances: int
    audio_seconds: float
    seconds: float
    processor_seconds: float
    gigabytes: float
    work: float
    work_of_all: float


def target(utterance: Utterance, exp: Experiment, draw: int | None) -> Target:
    targets = targets_of(exp)
    return TAGS[targets.policy(draw)](
        targets.languages[utterance.language], targets.words(utterance)
    )


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
    checkpoint = load_checkpoint(exp.model.name, dtype, "reference")
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


def all_batches(rung: str, planned: PlannedRun, size: int) -> list[list[Utterance]]:
    """A rung's batches of a whole pass: random ones of so many utterances, or the plan's."""
    if rung == "official":
        order = np.random.default_rng(0).permutation(len(planned.utterances))
        numbers = list(order[: len(order) // size * size].reshape(-1, size))
    else:
        numbers = [planned.plan.batch(number)[0] for number in range(planned.plan.batches)]
    return [[planned.utterances[int(number)] for number in batch] for batch in numbers]


def nearest_the_mean(work: np.ndarray, seconds: np.ndarray, count: int) -> list[int]:
    """The batches whose work for a second of audio is nearest to that of all together."""
    apart = np.abs(work / seconds - work.sum() / seconds.sum())
    chosen: list[int] = np.argsort(apart, kind="stable")[:count].tolist()
    return chosen


def even_quantiles(cost: np.ndarray, count: int) -> list[int]:
    """The batches in the middle of equal parts of all, by cost."""
    places = ((np.arange(count) + 0.5) * len(cost) / count).astype(int)
    chosen: list[int] = np.argsort(cost, kind="stable")[places].tolist()
    return chosen


def works(rung: str, batches: Sequence[Sequence[Utterance]], exp: Experiment) -> np.ndarray:
    """Multiply-adds of each batch's forward pass, as the rung computes it."""
    config = Qwen3ASRConfig.from_pretrained(exp.model.name).to_dict()
    prompter, found = Prompter(Path(exp.model.name)), []
    for batch in batches:
        frames = [max(50, int(FRAMES_A_SECOND * one.duration)) for one in batch]
        seconds = [-(-frame // FRAMES_A_SECOND) for frame in frames]
        sequences = [
            prompter.sequence(HOP * frame, target(one, exp, None))
            for frame, one in zip(frames, batch, strict=True)
        ]
        padded = len(batch) * max(len(one.ids) for one in sequences)
        whole = rung in ("official", "batching")
        said = padded if whole else sum(one.prefix + one.text for one in sequences)
        tight = rung in ("layout", "plion")
        chunks = sum(seconds) if tight else len(batch) * max(seconds)
        found.append(multiply_adds(config, frames, chunks, padded, supervised=said).total)
    return np.array(found)


def by_loop(
    rung: str, batches: Sequence[list[Utterance]], worst: list[Utterance], exp: Experiment
) -> tuple[float, float]:
    """Seconds and processor seconds of the batches.

    A few utterances go before, to warm up, and the batch that takes most memory comes after.
    """
    steps = loop(rung, [batches[0][:WARM_UP], *batches, worst], exp)
    ends = [(time.perf_counter(), time.process_time()) for _ in steps]
    return _between(ends)


def by_plion(planned: PlannedRun, chosen: Sequence[int], worst: int) -> tuple[float, float]:
    """The same of the plan's batches in `plion train`."""
    own = excerpt(planned, [chosen[0], *chosen, worst], planned.exp)
    ends: list[tuple[float, float]] = []
    ended = Price.on_step_end

    def timed(self: Price, *given: Any, **named: Any) -> None:
        ended(self, *given, **named)  # before a checkpoint
        ends.append((time.perf_counter(), time.process_time()))

    Price.on_step_end = timed  # type: ignore[method-assign]
    with redirect_stdout(sys.stderr):
        train(replace(own, plan=_shortened(own.plan)))
    return _between(ends)


def _between(ends: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """From the end of the first step to that of the last but one."""
    (started, used), (ended, used_in_all) = ends[0], ends[-2]
    return ended - started, used_in_all - used


def _shortened(plan: Plan) -> Plan:
    """A plan whose first batch has a few of its utterances."""
    size = int(plan.bounds[1])
    few = min(WARM_UP, size)
    kept = np.r_[0:few, size : len(plan.numbers)]
    return replace(
        plan,
        numbers=plan.numbers[kept],
        draw_numbers=plan.draw_numbers[kept],
        bounds=np.r_[0, plan.bounds[1:] - size + few],
    )


def main(rung: str, folder: Path, shape: str, count: int, overrides: Sequence[str]) -> None:
    exp = settings(
        folder / "data",
        str(folder / shape),
        folder / f"runs-{rung}",
        "hold.quantity=utterances",
        f"hold.amount={ALL}",
        "trainer.checkpoints=1",
        f"batch.seconds={SECONDS[shape]}",
        f"model.attention={'sdpa' if rung == 'plion' else 'reference'}",
        *overrides,
    )
    torch.manual_seed(0)
    torch.set_num_threads(exp.trainer.threads)
    planned = mixture_plan(exp)
    every = all_batches(rung, planned, UTTERANCES[shape])
    work = works(rung, every, exp)
    lengths = np.array([sum(one.duration for one in batch) for batch in every])
    if rung == "official":
        costs, chosen = work, nearest_the_mean(work, lengths, count)
    else:
        costs, chosen = planned.plan.cost, even_quantiles(planned.plan.cost, count)
    worst = int(costs.argmax()) if FITS[shape] else max(chosen, key=costs.tolist().__getitem__)
    batches = [every[number] for number in chosen]
    if rung in ("layout", "plion"):
        seconds, processor_seconds = by_plion(planned, chosen, worst)
    else:
        seconds, processor_seconds = by_loop(rung, batches, every[worst], exp)
    measured = Measured(
        count,
        sum(len(batch) for batch in batches),
        float(lengths[chosen].sum()),
        seconds,
        processor_seconds,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
        float(work[chosen].sum() / lengths[chosen].sum()),
        float(work.sum() / lengths.sum()),
    )
    print(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
