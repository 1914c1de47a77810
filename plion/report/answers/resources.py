"""Size of the models, hardware, time and money."""

from collections.abc import Sequence

from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts, distinct
from plion.results.reading.study import Run
from plion.typesetting.amounts import duration, money, price
from plion.typesetting.table import Table

_SIZES = ("parameters", "trained_parameters")


def answer_sizes(facts: Facts) -> Answer:
    """Base models and numbers of weights, all and trained."""
    sizes: dict[tuple[str, ...], list[Run]] = {}
    for run in facts.trained:
        record = run.record
        if record.parameters is not None and record.trained_parameters is not None and record.model:
            own = (record.model.name, f"{record.parameters:,}", f"{record.trained_parameters:,}")
            sizes.setdefault(own, []).append(run)
    rows = [[*own, facts.cells_of(runs)] for own, runs in sizes.items()]
    header = ["base model", "weights", "trained", "cells"]
    table = [Table("Models", header, rows, words=1)] if rows else []
    missing = [
        *facts.lacking("number of weights", facts.trained, "parameters"),
        *facts.lacking("base model", facts.trained, "model"),
    ]
    identities = [
        f"Base model {one.name}: {_identity(one.identity)}."
        for one in distinct(run.record.model for run in facts.trained)
    ]
    return Answer(identities, table, missing)


def answer_resources(facts: Facts) -> Answer:
    """Hours of training, validation and decoding by hardware, and their price."""
    groups: dict[tuple[str, str], list[Run]] = {}
    every = [*facts.runs, *facts.trials]
    for run in every:
        known = run.record
        if known.device:
            own = (f"{known.devices or 1} x {known.device}", known.processor or "not recorded")
            groups.setdefault(own, []).append(run)
    rows = [[*own, *_amounts(runs)] for own, runs in groups.items()]
    if len(rows) > 1:
        rows.append(["all", "", *_amounts(every)])
    header = ["device", "processor", "runs", "training", "validation", "tests", "peak GB", "cost"]
    notes = [
        "Times are sums over the runs that recorded them. Cost is that of training alone"
        f"{_prices(facts.trained)}. Training that several budgets share counts once."
    ]
    if facts.trials:
        notes.append(f"Trials of tuning that are no cell's count too: {len(facts.trials)}.")
    missing = [
        *facts.lacking("hardware", facts.trained, "device"),
        *facts.lacking("processor", facts.trained, "processor"),
        *facts.lacking("time of training", facts.trained, "train_seconds"),
        *facts.lacking("memory", facts.trained, "peak_memory_gb"),
        *facts.lacking("cost, for want of `trainer.price_per_hour`", facts.trained, "cost"),
    ]
    return Answer([], [Table("Time and cost", header, rows, notes, words=2)], missing)


def _amounts(runs: Sequence[Run]) -> list[str]:
    """Sums over runs, empty where none recorded the figure."""
    records = [run.record for run in runs]
    training = [known.own_seconds for known in records if known.train_seconds is not None]
    validation = [known.validation_seconds for known in records if known.validation_seconds]
    tests = [one.seconds for known in records for one in (known.decoding or {}).values()]
    peaks = [known.peak_memory_gb for known in records if known.peak_memory_gb is not None]
    costs = [known.own_cost for known in records if known.own_cost is not None]
    return [
        str(len(runs)),
        *(duration(sum(own) / 3600) if own else "" for own in (training, validation, tests)),
        f"{max(peaks):.1f}" if peaks else "",
        money(sum(costs)) if costs else "",
    ]


def _prices(runs: Sequence[Run]) -> str:
    """At which prices costs are, to go on with a sentence; empty without any."""
    own = distinct(run.record.price_per_hour for run in runs)
    return f", at {' and '.join(f'{price(one)} an hour' for one in own)}" if own else ""


def _identity(identity: str) -> str:
    kind = "revision" if len(identity) == 40 else "sha256 of its weights"
    return f"{kind} {identity}"
