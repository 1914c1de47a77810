"""The training corpora of an experiment: read from manifests, or simulated from the paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from plion.config.schema import Experiment
from plion.data.corpora.published import published_corpora
from plion.data.manifest import Manifest, Utterance
from plion.errors import InputError
from plion.models.locate import resolve, supplied
from plion.models.qwen3_asr.token_counts import context_tokens, supervised_tokens, word_tokens
from plion.planning.augmentation import check_augmentation
from plion.planning.inputs import manifest_path, split_manifest
from plion.sampling.batches import TOKENS_PER_SECOND, Lengths
from plion.sampling.mixture import Statistics
from plion.scoring.benchmarks import Benchmark, find_benchmark, suite

_SIGMA = 0.35  # standard deviation of the logarithm of simulated durations
_SHORTEST, _LONGEST = 0.5, 30.0  # seconds, limits of simulated durations


@dataclass(frozen=True, eq=False)
class TrainSet:
    """The training utterances of a corpus, in the order in which a plan numbers them.

    Arrays of one value per utterance: `rows`: row in the manifest; `durations`: seconds; `words`:
    tokens of the text and of `data.context`; `tokens`: supervised tokens (None if unknown).
    `manifest` is None for a corpus known only by its published size. `too_long`: number of
    utterances left out because no batch holds them. `published`: published hours divided by the
    hours of the simulated durations.
    """

    key: str
    language: str
    durations: np.ndarray
    rows: np.ndarray
    manifest: Manifest | None = None
    words: np.ndarray | None = None
    tokens: np.ndarray | None = None
    too_long: int = 0
    published: float = 1.0

    @property
    def hours(self) -> float:
        return self.published * float(self.durations.sum()) / 3600

    @property
    def statistics(self) -> Statistics:
        """The sizes that sampling policies use."""
        return Statistics(
            key=self.key,
            language=self.language,
            utterances=len(self.rows),
            hours=self.hours,
            tokens=None if self.tokens is None else float(self.tokens.sum()),
        )

    def without(self, too_long: np.ndarray) -> "TrainSet":
        """The set without the utterances marked in `too_long` (bool mask), which it counts."""
        used = ~too_long
        words, tokens = (by if by is None else by[used] for by in (self.words, self.tokens))
        return replace(
            self,
            durations=self.durations[used],
            rows=self.rows[used],
            words=words,
            tokens=tokens,
            too_long=int(too_long.sum()),
        )


def lengths(train_sets: Sequence[TrainSet], exp: Experiment) -> Lengths:
    """The lengths of all utterances, indexed by a plan's numbers."""

    def joined(columns: Iterable[np.ndarray | None]) -> np.ndarray | None:
        known = [column for column in columns if column is not None]
        return np.concatenate(known) if len(known) == len(train_sets) else None

    return Lengths(
        seconds=np.concatenate([one.durations for one in train_sets]),
        tokens=joined(one.tokens for one in train_sets),
        words=joined(one.words for one in train_sets),
        speed=exp.data.augment.slowest,
        stretch=exp.data.augment.stretch,
    )


class Utterances:
    """The training utterances, indexed by a plan's numbers.

    Passed to loader workers and therefore small to pickle: it holds the manifests, which read rows
    on demand, and the rows that are left out.
    """

    def __init__(self, train_sets: Sequence[TrainSet]) -> None:
        self._manifests: list[Manifest] = []
        self._used_before: list[np.ndarray] = []
        for one in train_sets:
            if one.manifest is None:
                raise ValueError("a plan from published figures has no utterances")
            left_out = np.delete(np.arange(len(one.manifest)), one.rows)
            self._manifests.append(one.manifest)
            # Number of used rows before each row that is left out.
            self._used_before.append(left_out - np.arange(len(left_out)))
        self._ends = np.cumsum([len(one.rows) for one in train_sets])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, number: int) -> Utterance:
        corpus = int(np.searchsorted(self._ends, number, side="right"))
        used = number - (int(self._ends[corpus - 1]) if corpus else 0)
        left_out = int(np.searchsorted(self._used_before[corpus], used, side="right"))
        return self._manifests[corpus][used + left_out]


def from_manifests(exp: Experiment) -> list[TrainSet]:
    """Reads ROOT/KEY/train.jsonl of every benchmark of the suite that is not excluded.

    Raises InputError as `split_manifest` does, for an utterance that no batch holds (unless those
    are skipped), for an impossible augmentation, and for a missing model if `hold.quantity` or
    `sampler.unit` needs its token counts.
    """
    model = _model(exp)
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
        one = _train_set(exp, row, manifest.durations, manifest)
        if model is not None:
            tokenizer = supplied(model, exp.model.like).tokenizer
            before = context_tokens(exp, tokenizer)
            words = word_tokens(manifest, exp.data.target_text, tokenizer) + before
            tokens = supervised_tokens(manifest, exp, tokenizer)
            one = replace(one, words=words[one.rows], tokens=tokens[one.rows])
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
    sets = [_train_set(exp, row, simulated[row.key]) for row in rows]
    return [_fitting(exp, replace(one, published=factors[one.key])) for one in sets]


def _model(exp: Experiment) -> Path | None:
    """The model's folder; None if it is not available and the plan does not need it."""
    try:
        return resolve(exp.model.name, like=exp.model.like)
    except InputError:
        if exp.hold.quantity == "supervised_tokens" or exp.sampler.unit == "tokens":
            raise
        return None


def _benchmarks(exp: Experiment) -> list[Benchmark]:
    """The suite without `data.exclude`; raises InputError if nothing is left."""
    rows = suite(exp.data.suite)
    excluded = {find_benchmark(key, rows).key for key in exp.data.exclude}
    if len(excluded) == len(rows):
        raise InputError("data.exclude leaves no corpus to train on; remove one from it")
    return [row for row in rows if row.key not in excluded]


def _train_set(
    exp: Experiment, row: Benchmark, durations: np.ndarray, manifest: Manifest | None = None
) -> TrainSet:
    used = np.flatnonzero(durations <= exp.data.max_seconds)
    one = TrainSet(row.key, row.language, durations[used], used, manifest)
    if not len(used):
        raise InputError(
            f"{_source(one)}: every utterance is longer than data.max_seconds "
            f"({exp.data.max_seconds:g}); raise it"
        )
    return one


def _fitting(exp: Experiment, one: TrainSet) -> TrainSet:
    """Leaves out utterances that no batch holds, or raises InputError with the longest one's id."""
    cost = lengths([one], exp).cost()
    too_long = cost > exp.batch.seconds
    if not too_long.any():
        return one
    if too_long.all():
        raise InputError(
            f"{_source(one)}: no utterance fits into a batch (batch.seconds is "
            f"{exp.batch.seconds:g}, the cheapest costs {cost.min():.2f}); raise batch.seconds"
        )
    if exp.batch.too_long == "skip":
        return one.without(too_long)
    worst = int(cost.argmax())
    slowest = exp.data.augment.slowest
    name = "" if one.manifest is None else f" '{one.manifest[int(one.rows[worst])].id}'"
    raise InputError(
        f"{_source(one)}: utterance{name} of {one.durations[worst] / slowest:.2f} s"
        f"{'' if slowest == 1 else f' at speed {slowest:g}'}"
        f"{'' if one.words is None else f' and {one.words[worst]} tokens of text'} is more than a "
        f"batch may hold (batch.seconds is {exp.batch.seconds:g}, {TOKENS_PER_SECOND} tokens to "
        "the second); raise batch.seconds, lower data.max_seconds or set batch.too_long=skip"
    )


def _source(one: TrainSet) -> str:
    return f"{one.key} of the paper" if one.manifest is None else str(one.manifest.path)
