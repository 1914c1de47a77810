"""What is shown of a study, block by block; `plion.studies.tables` prints them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from plion.evaluation.benchmarks import suite
from plion.evaluation.certainty import REPLICATES
from plion.evaluation.paper import SOURCE, published_systems
from plion.evaluation.scoring import covered
from plion.studies.collect import Run, Study
from plion.studies.effects import Effect, comparisons, effects
from plion.studies.figures import averages, capped_character_rate, figures, run_rates
from plion.studies.tables import Block

_AVERAGES = ["macro", "interval", "n", "language mean", "worst language"]
_CONDITIONS = ("source", "device", "attention")


def other_conditions(runs: Sequence[Run]) -> dict[Run, str]:
    """The scored runs whose source, device or attention are not the commonest, and how."""
    conditions = {
        run: tuple(str(run.record.get(name)) for name in _CONDITIONS) for run in runs if run.scores
    }
    if not conditions:
        return {}
    common = Counter(conditions.values()).most_common(1)[0][0]
    return {
        run: ", ".join(
            f"{name} {value} (others {other})"
            for name, value, other in zip(_CONDITIONS, own, common, strict=True)
            if value != other
        )
        for run, own in conditions.items()
        if own != common
    }


def rates_block(study: Study, conditions: Mapping[Run, str]) -> Block:
    """Every run's rates in the suite's order, then the averages; a footnote for `conditions`."""
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    footnotes = [run for run in study.runs if run in conditions]
    marks = {run: f" [{number}]" for number, run in enumerate(footnotes, 1)}
    rows = [_rates_row(run, keys, _label(run) + marks.get(run, "")) for run in study.runs]
    notes = [f"[{number}] {conditions[run]}" for number, run in enumerate(footnotes, 1)]
    return Block(
        title=f"{study.name}: {study.question}" if study.name else f"Runs on {study.suite}",
        header=["run", *keys, *_AVERAGES],
        rows=rows,
        notes=[*_reading_notes(study), *notes],
    )


def _label(run: Run) -> str:
    return run.name + (" (forced)" if run.record.get("tag_decode") == "forced" else "")


def _rates_row(run: Run, keys: Sequence[str], label: str) -> list[str]:
    if not run.scores:
        return [label, *[""] * len(keys), run.status, *[""] * (len(_AVERAGES) - 1)]
    made = figures(run)
    rates = [f"{made[key].rate:.2f}" if key in made else "" for key in keys]
    n = f"{len(covered(run_rates(run)))}/{len(run.benchmarks)}"
    if "macro" not in made:
        return [label, *rates, "", "", n, "", ""]
    macro, mean, worst = (made[name] for name in ("macro", "language_mean", "worst_language"))
    interval = _interval(macro.low, macro.high)
    return [
        label,
        *rates,
        f"{macro.rate:.2f}",
        interval,
        n,
        f"{mean.rate:.2f}",
        f"{worst.language} {worst.rate:.2f}",
    ]


def _interval(low: float, high: float, sign: str = "") -> str:
    return f"[{low:{sign}.2f}, {high:{sign}.2f}]"


def _reading_notes(study: Study) -> list[str]:
    scored = [run for run in study.runs if run.scores]
    notes = []
    if scored:
        by_characters = {row.language for row in scored[0].benchmarks if row.metric == "cer"}
        metric = f"CER for {', '.join(sorted(by_characters))}, else WER" if by_characters else "WER"
        notes.append(
            f"Errors in percent ({metric}), profile {scored[0].profile}, suite {study.suite}; "
            f"macro: plain mean over n test sets, its 95 % interval from {REPLICATES} bootstrap "
            "replicates of the utterances within each."
        )
    if study.hold:
        notes.append(f"Equal in every run: {study.hold['amount']:g} {study.hold['quantity']}.")
    if any(run.record.get("tag_decode") == "forced" for run in scored):
        notes.append("(forced): told the true language; an oracle, not to be ranked with others.")
    without = [f"{run.name} ({run.status})" for run in study.runs if not run.scores]
    if without:
        notes.append(
            f"{len(without)} of {len(study.runs)} runs have no figures: {', '.join(without)}."
        )
    return notes


def effects_block(study: Study) -> Block:
    """Each factor of an ablation against the reference, and the interactions."""
    reference = ", ".join(f"{axis} {labels[0]}" for axis, labels in study.axes.items())
    title = f"Effects on the macro average, in points, against {reference}"
    return _contrasts(study, title, effects(study))


def comparison_block(study: Study, axis: str) -> Block:
    """One axis's contrasts at every level of the other axes."""
    title = f"{study.name}: {axis} against {study.axes[axis][0]}, macro average, in points"
    return _contrasts(study, title, comparisons(study, axis))


def _contrasts(study: Study, title: str, contrasts: Sequence[Effect]) -> Block:
    rows = []
    for effect in contrasts:
        estimate = effect.interval
        if estimate:
            interval = _interval(estimate.low, estimate.high, "+")
            rows.append([effect.name, f"{estimate.estimate:+.2f}", interval])
        else:
            rows.append([effect.name, "", effect.reason])
    return Block(title, ["contrast", "difference", "interval"], rows, [_certainty(study)])


def _certainty(study: Study) -> str:
    drawn = "the 95 % intervals are of a paired bootstrap over the test utterances"
    seeds = len({run.seed for run in study.runs if run.labels})
    if seeds > 1:
        return f"Means over {seeds} seeds; {drawn}, and leave out the spread between seeds."
    return (
        f"Differences between rows are not established: there is one seed, and {drawn} alone. "
        "What another seed would change is not in them."
    )


def capped_block(study: Study) -> Block:
    """Every run's capped character error in the languages the base is poor at."""
    rates = {run: capped_character_rate(run) for run in study.runs if run.scores}
    # The base row is the one run of an ablation without labels.
    base = next((rates[run] for run in rates if study.axes and not run.labels), None)
    rows = [
        [_label(run), f"{rate:.2f}", "" if base is None else f"{rate - base:+.2f}"]
        for run, rate in rates.items()
        if rate is not None
    ]
    title = (
        "Character error over the Tamil and Malay sets, in percent, plain mean, "
        "errors capped at each reference's length"
    )
    return Block(title, ["run", "capped CER", "against base"], rows)


def paper_block() -> Block:
    """The published systems, with averages made as ours are."""
    languages = {row.key: row.language for row in suite("sg12")}
    rows = []
    for system in published_systems():
        made = averages(system.rates, languages)
        worst, language = made["worst_language"]
        rows.append(
            [
                system.name,
                *(f"{system.rates[key]:.2f}" for key in languages),
                f"{made['macro'][0]:.2f}",
                "",
                f"{len(system.rates)}/{len(languages)}",
                f"{made['language_mean'][0]:.2f}",
                f"{language} {worst:.2f}",
            ]
        )
    return Block(
        title=f"Published in {SOURCE}, Table 2; averages recomputed",
        header=["system", *languages, *_AVERAGES],
        rows=rows,
        notes=["Not made here: the real test sets, under another normalisation."],
    )
