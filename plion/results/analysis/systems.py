"""Systems: the runs of each cell over its seeds, as rows of a paper's table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev

from plion.results.analysis.pairing import unpaired
from plion.results.analysis.peers import sharing
from plion.results.analysis.rates import of_each, run_rates
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import (
    AGGREGATES,
    MACRO,
    Average,
    averages,
    macro_average,
    sets,
)
from plion.scoring.statistics.rate import Rate, without_interval


@dataclass(frozen=True, eq=False)
class System:
    """The scored runs of a cell (combination of labels), one per seed; or a single run.

    labels: by axis, as of its runs; empty for the base and single runs. status: shown in place of
    figures if no run has scores.
    """

    name: str
    labels: Mapping[str, str]
    runs: tuple[Run, ...]
    status: str = ""

    @property
    def forced(self) -> bool:
        """Whether it was decoded with the true language: an oracle, not ranked with others."""
        return any(run.forced for run in self.runs)

    @property
    def again(self) -> bool:
        """Whether its runs are the second decoding of another system's runs."""
        return any(run.again for run in self.runs)

    @property
    def content(self) -> tuple[object, ...]:
        """What its runs are: equal for a cell and a variant that come to the same runs."""
        return tuple((run.record.hash or run, run.again) for run in self.runs)

    @property
    def coverage(self) -> str:
        """Test sets on which all its runs have a rate, of the suite's: `12/12`."""
        return f"{len(mean_rates(self))}/{len(self.runs[0].benchmarks)}"


def systems(study: Study) -> list[System]:
    """The systems of a study: the base, then the cells in order; or each single run.

    A second decoding is a system of its own, after the first.
    """
    grouped: dict[object, list[Run]] = {}
    for run in study.runs:
        own = (*run.labels.items(), run.again) if run.labels else run
        grouped.setdefault(own, []).append(run)
    return [_system(runs) for runs in grouped.values()]


def _system(runs: Sequence[Run]) -> System:
    labels = runs[0].labels
    name = ", ".join(labels.values()) or runs[0].name
    forced = any(run.forced for run in runs)
    scored = tuple(run for run in runs if run.scores)
    status = "" if scored else runs[0].status
    return System(name + (" (forced)" if forced else ""), labels, scored, status)


def mean_rates(system: System) -> dict[str, float]:
    """The mean rate over seeds on each test set that all seeds cover, in percent."""
    rates = [run.rates for run in system.runs]
    keys = [key for key in rates[0] if all(key in own for own in rates[1:])]
    return {key: fmean(own[key] for own in rates) for key in keys}


def deviations(system: System) -> dict[str, float]:
    """Standard deviation over seeds per test set and of the macro average; empty for one."""
    if len(system.runs) < 2:
        return {}
    keys = list(mean_rates(system))
    seeds = [{key: run.rates[key] for key in keys} for run in system.runs]
    macros = [macro for rates in seeds if (macro := macro_average(rates)) is not None]
    own = {key: stdev(rates[key] for rates in seeds) for key in keys}
    return own | ({MACRO: stdev(macros)} if macros else {})


def system_rates(study: Study, system: System) -> dict[str, Rate]:
    """Rates and averages with 95 % intervals, by benchmark key and name of the average.

    For one run those of `run_rates`. For several seeds the means, with intervals over seeds and
    test utterances, or without intervals if seeds were tested on different utterances.
    """
    if len(system.runs) == 1:
        return run_rates(study, system.runs[0])
    named = _averages(system)
    if named and unpaired(system.runs):
        return {name: without_interval(own) for name, own in named.items()}
    return _of_each(study, sharing(study, system.runs[0])[0])[system.runs] if named else {}


def _averages(system: System) -> dict[str, Average]:
    rates = mean_rates(system) if system.runs else {}
    if not rates:
        return {}
    of = system.runs[0].language_of
    found = averages(rates, of)
    return sets(rates, of) | {name: found[name] for name in AGGREGATES}


@lru_cache(maxsize=64)  # tables and charts show the same
def _of_each(study: Study, first: Run) -> dict[tuple[Run, ...], dict[str, Rate]]:
    """Of every system of several seeds of which the first has the same peers as a run."""
    alike = set(sharing(study, first))
    own = [
        system
        for system in systems(study)
        if len(system.runs) > 1 and system.runs[0] in alike and not unpaired(system.runs)
    ]
    found = of_each(study, [system.runs for system in own], list(map(_averages, own)))
    return {system.runs: rates for system, rates in zip(own, found, strict=True)}
