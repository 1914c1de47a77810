"""The training corpora of an experiment: read from manifests, or simulated from the paper."""

from dataclasses import replace

import numpy as np

from plion.config.schema import Experiment
from plion.data.corpora.published import published_corpora
from plion.data.manifest import Manifest
from plion.errors import InputError
from plion.models.locate import supplied
from plion.planning.augmentation import check_augmentation
from plion.planning.base_model import base_model, targets_of
from plion.planning.inputs import manifest_path, split_manifest, suite_of
from plion.planning.utterances import TrainSet, lengths
from plion.sampling.clip_cost import ClipCost
from plion.scoring.benchmarks import Benchmark, find_benchmark

_SIGMA = 0.35  # standard deviation of the logarithm of simulated durations
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds, limits of simulated durations


def from_manifests(exp: Experiment) -> list[TrainSet]:
    """Reads ROOT/KEY/train.jsonl of every benchmark of the suite that is not excluded.

    Raises InputError as `split_manifest` does, for an utterance that no batch holds (unless those
    are skipped), for an impossible augmentation, and for a missing model if `hold.quantity` or
    `sampler.unit` needs its token counts.
    """
    counted = exp.hold.quantity == "supervised_tokens" or exp.sampler.unit == "tokens"
    model = base_model(exp, needed=counted)
    check_augmentation(exp.data.augment, model)
    sets = []
    for row in _benchmarks(exp):
        path = manifest_path(exp, row, "train")
        if not path.exists():
            raise InputError(
                f"{path} does not exist; prepare this corpus or leave it out with "
                f"data.exclude=[{row.key}] (`plan --counts paper` needs no data)"
            )
        manifest = split_manifest(exp, row, "train")
        one = _train_set(exp, row, manifest.durations, model.clip_cost, manifest=manifest)
        if model.folder is not None:
            tokenizer = supplied(model.folder, exp.model.like).tokenizer
            counts = model.family.token_counts(manifest, tokenizer, targets_of(exp))
            one = replace(one, words=counts.words[one.rows], tokens=counts.supervised[one.rows])
        sets.append(_fitting(exp, one))
    return sets


def from_paper(exp: Experiment) -> list[TrainSet]:
    """Corpora of the sizes in Table 1 of arXiv 2603.16184, with simulated durations.

    Durations are lognormal around each corpus's mean with sigma 0.35, clipped to 0.5 to 30 s, with
    a fixed seed; the corpora keep the hours of the table. Raises InputError for a benchmark that
    the paper does not have, for `sampler.unit=tokens`, and for an utterance that no batch holds.
    """
    if exp.sampler.unit == "tokens":
        raise InputError(
            "sampler.unit=tokens needs texts, and the paper's sizes have none; "
            "choose utterances or hours, or plan from data"
        )
    rng = np.random.default_rng(0)
    simulated, factors = {}, {}
    for published in published_corpora():
        train = published.train
        mean = train.hours * 3600 / train.utterances
        # The mean of a lognormal is exp(mu + sigma^2 / 2).
        seconds = rng.lognormal(np.log(mean) - _SIGMA**2 / 2, _SIGMA, train.utterances)
        durations = simulated[published.benchmark] = seconds.clip(_SHORTEST, _LONGEST)
        factors[published.benchmark] = train.hours * 3600 / float(durations.sum())
    rows = _benchmarks(exp)
    for row in rows:
        if row.key not in simulated:
            raise InputError(f"the paper has no figures for benchmark '{row.key}' of the suite")
    clip_cost = base_model(exp, needed=False).clip_cost
    sets = [_train_set(exp, row, simulated[row.key], clip_cost) for row in rows]
    return [_fitting(exp, replace(one, published=factors[one.key])) for one in sets]


def _benchmarks(exp: Experiment) -> list[Benchmark]:
    """The suite without `data.exclude`; raises InputError if nothing is left."""
    rows = suite_of(exp)
    excluded = {find_benchmark(key, rows).key for key in exp.data.exclude}
    if len(excluded) == len(rows):
        raise InputError("data.exclude leaves no corpus to train on; remove one from it")
    return [row for row in rows if row.key not in excluded]


def _train_set(
    exp: Experiment,
    row: Benchmark,
    durations: np.ndarray,
    clip_cost: ClipCost,
    *,
    manifest: Manifest | None = None,
) -> TrainSet:
    used = np.flatnonzero(durations <= exp.data.max_seconds)
    one = TrainSet(row.key, row.language, durations[used], used, clip_cost, manifest)
    if not len(used):
        raise InputError(
            f"{_source(one)}: every utterance is longer than data.max_seconds "
            f"({exp.data.max_seconds:g}); raise it"
        )
    return one


def _fitting(exp: Experiment, one: TrainSet) -> TrainSet:
    """Leaves out utterances that the model or a batch cannot hold, or raises InputError with the
    id of one.
    """
    slowest = exp.data.augment.slowest
    cost, clip_cost = lengths([one], exp).cost(), one.clip_cost
    too_long = one.durations / slowest > clip_cost.longest
    wordy = np.zeros_like(too_long) if one.words is None else one.words > clip_cost.most_tokens
    over = cost > exp.batch.seconds
    if exp.batch.too_long == "skip" and not (too_long | wordy | over).all():
        return one.without(too_long | wordy | over)
    for refused, most, unit in (
        (too_long, clip_cost.longest, "s of audio"),
        (wordy, clip_cost.most_tokens, "tokens of text"),
    ):
        if refused.any():
            raise InputError(
                f"{_source(one)}: {_named(one, int(refused.argmax()), slowest)} is more than the "
                f"model takes ({most:g} {unit} at most); lower data.max_seconds, set "
                "batch.too_long=skip or take it out of the manifest"
            )
    if over.all():
        raise InputError(
            f"{_source(one)}: no utterance fits into a batch (batch.seconds is "
            f"{exp.batch.seconds:g}, the cheapest costs {cost.min():.2f}); raise batch.seconds"
        )
    if over.any():
        raise InputError(
            f"{_source(one)}: {_named(one, int(cost.argmax()), slowest)} is more than a batch may "
            f"hold (batch.seconds is {exp.batch.seconds:g}, {clip_cost.tokens_per_second:g} tokens "
            "to the second); raise batch.seconds, lower data.max_seconds or set "
            "batch.too_long=skip"
        )
    return one


def _named(one: TrainSet, place: int, slowest: float) -> str:
    """An utterance of a corpus by its id, its length and its tokens."""
    name = "" if one.manifest is None else f" '{one.manifest[int(one.rows[place])].id}'"
    return (
        f"utterance{name} of {one.durations[place] / slowest:.2f} s"
        f"{'' if slowest == 1 else f' at speed {slowest:g}'}"
        f"{'' if one.words is None else f' and {one.words[place]} tokens of text'}"
    )


def _source(one: TrainSet) -> str:
    return f"{one.key} of the paper" if one.manifest is None else str(one.manifest.path)
