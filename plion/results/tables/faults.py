"""Tables of faults of transcripts (length, loops, script): by run, or one run by test set."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from plion.results.analysis.recount import Counting, mean
from plion.results.reading.study import Run, Study
from plion.results.tables.confusion import named_share, told, told_notes
from plion.results.tables.notes import intervals_note
from plion.scoring.confusion import Confusion
from plion.scoring.faults import LOOP, Faults
from plion.scoring.scored import Scored
from plion.scoring.statistics.rate import few_note, printed
from plion.text.metrics import METRICS, Metric
from plion.typesetting.table import Table

FAULTS = ("length ratio", "empty", "loops", "wrong script", "wrong language")
_KINDS = (
    f"loops: {LOOP}. wrong script: most words are in neither the language's script nor the "
    "reference's. capped: error rate with at most as many errors per utterance as its reference "
    "has tokens, since only the decoding limit bounds the errors of a loop."
)


_CAPPED = Counting(capped=True)
_TITLE = "Faults of the transcripts"


def faults_table(study: Study) -> Table:
    """Faults of every run over all its sets, and its macro average with capped errors."""
    runs = [run for run in study.runs if run.scores]
    rows = [_faults_row(study, run) for run in runs]
    header = ["run", *FAULTS, "named %", "capped macro", "n"]
    sets = max((len(run.scores) for run in runs), default=0)
    notes = [faults_note(sets), *told_notes(runs), intervals_note(study)]
    notes += few_note(row[-2:-1] for row in rows)
    return Table(_TITLE, header, rows, notes if rows else [])


def set_faults_table(study: Study, run: Run) -> Table:
    """One run's faults and its rates with capped errors, a row per test set.

    Sets in a language with a second metric, as Tamil, also have their rate by that metric.
    """
    scores = run.scores.values()
    second = list(dict.fromkeys(metric for one in scores if (metric := _second(one))))
    rows = [
        [
            key,
            *fault_cells([one.faults], run.taken_for([one])),
            printed(mean(study, run, [key], _CAPPED)),
            *(_by(study, run, one, metric) for metric in second),
        ]
        for key, one in run.scores.items()
    ]
    header = ["benchmark", *FAULTS, "capped", *(METRICS[metric].by for metric in second)]
    notes = [faults_note(1), f"Languages are identified {told(run)}."]
    notes += [_second_note(scores, metric) for metric in second]
    notes += few_note(row[1 + len(FAULTS) :] for row in rows)
    return Table(_TITLE, header, rows, notes)


def faults_note(sets: int) -> str:
    """The note that explains the columns; `sets`: the most test sets in a row."""
    mean, all_ = (", mean over test sets", " of all test sets together") if sets > 1 else ("", "")
    return (
        f"length ratio: tokens of the transcripts divided by tokens of the references{mean}; then "
        f"utterances in percent{all_}. {_KINDS}"
    )


def fault_cells(found: Sequence[Faults], taken: Confusion) -> list[str]:
    """Table cells of the faults summed over test sets; `taken`: their language confusion."""
    first, *others = found
    pooled = sum(others, start=first)
    ratios = [one.length_ratio for one in found if one.length_ratio is not None]
    odd = (pooled.empty, pooled.loops, pooled.wrong_script, taken.confused)
    return [
        f"{fmean(ratios):.3f}" if ratios else "",
        *(f"{100 * utterances / pooled.utterances:.2f}" for utterances in odd),
    ]


def _faults_row(study: Study, run: Run) -> list[str]:
    return [
        run.title,
        *fault_cells([one.faults for one in run.scores.values()], run.taken),
        f"{named_share(run):.2f}",
        printed(mean(study, run, list(run.scores), _CAPPED)),
        run.coverage,
    ]


def _second(one: Scored) -> Metric | None:
    """The second metric of a benchmark's language, unless it is scored by that already."""
    second = one.benchmark.spoken.second_metric
    return None if second == one.benchmark.metric else second


def _by(study: Study, run: Run, one: Scored, metric: Metric) -> str:
    """A benchmark's rate by a second metric, if that is its language's."""
    if _second(one) != metric:
        return ""
    return printed(mean(study, run, [one.benchmark.key], Counting(metric)))


def _second_note(sets: Iterable[Scored], metric: Metric) -> str:
    names = {one.benchmark.spoken.name: None for one in sets if _second(one) == metric}
    measure = METRICS[metric]
    return f"{measure.by}: {', '.join(names)}'s error rate by {measure.unit}."
