"""Tables by language: error, spread between languages, change against the base."""

from collections.abc import Iterable, Sequence

from plion.results.analysis.pairing import paired_sets
from plion.results.analysis.rates import language_rates, run_rates
from plion.results.analysis.recount import CHARACTERS, Counting, change, mean, rated
from plion.results.reading.study import Run, Study
from plion.results.tables.notes import intervals_note
from plion.scoring.statistics.averages import LANGUAGE_MEAN, SPREAD, WORST_LANGUAGE
from plion.scoring.statistics.estimate import ends
from plion.scoring.statistics.rate import PICKED_NOTE, Rate, few_note, printed, unknown_notes
from plion.text.languages import Language
from plion.text.metrics import METRICS
from plion.text.shipped import candidates, in_order
from plion.typesetting.table import Table

_TITLE = "Error by language, in percent"
_MEANS = (
    "Plain means over a language's test sets, n of them; spread: the highest minus the lowest. "
    f"{PICKED_NOTE}"
)


def languages_table(study: Study) -> Table:
    """Every run's mean rate per language, and the spread between the best and the worst."""
    runs = [run for run in study.runs if run.scores]
    languages = _languages(runs)
    rows = []
    for run in runs:
        made = language_rates(study, run)
        shown = [printed(made.get(name)) for name in (*languages, SPREAD)]
        rows.append([run.title, *shown, run.coverage])
    header = ["run", *languages, "spread", "n"]
    notes = [f"{_MEANS} {intervals_note(study)}", *few_note(row[1:-2] for row in rows)]
    return Table(_TITLE, header, rows, notes)


def language_rows_table(study: Study, run: Run) -> Table:
    """One run's mean rate per language, a row each, the mean of these, the worst, the spread."""
    named = _named_rates(study, run)
    of = [run.language_of[key] for key in run.rates]
    rows = [
        [
            name,
            f"{rate.value:.2f}",
            ends(rate.low, rate.high, few=rate.few),
            str(of.count(rate.language) or len(of)),
        ]
        for name, rate in named.items()
    ]
    notes = [_MEANS, *few_note(row[2:3] for row in rows), *unknown_notes(named.items())]
    return Table(_TITLE, ["language", "rate", "interval", "n"], rows, notes)


def _named_rates(study: Study, run: Run) -> dict[str, Rate]:
    languages, averages = language_rates(study, run), run_rates(study, run)
    named = {run.known[key].name: rate for key, rate in languages.items() if key != SPREAD}
    if worst := averages.get(WORST_LANGUAGE):
        named["mean of the languages"] = averages[LANGUAGE_MEAN]
        named[f"worst: {run.known[worst.language].name}"] = worst
    if SPREAD in languages:
        named["spread"] = languages[SPREAD]
    return named


def changes_table(study: Study) -> Table:
    """Every run's mean rate per language minus the base's, paired; no rows without a base."""
    runs = [run for run in study.runs if run.scores and run.labels]
    languages = _languages(runs)
    rows = []
    for run in runs:
        base = study.base_of(run)
        if base is not None and base.scores:
            paired = [_sets(run, language, paired_sets(run, base)) for language in languages]
            shown = [printed(change(study, run, base, keys), "+") for keys in paired]
            rows.append([run.title, *shown, f"{sum(map(len, paired))}/{len(run.benchmarks)}"])
    note = (
        "Below 0 the language has gained, above 0 the base was better at it. Means over n sets "
        "that both were scored on, utterance by utterance the same, paired. "
        f"{intervals_note(study)}"
    )
    title = "Change of each language's error against the base, in points"
    notes = [note, *few_note(row[1:-1] for row in rows)]
    return Table(title, ["run", *languages, "n"], rows, notes)


def second_tables(study: Study) -> list[Table]:
    """The errors of each language with a second metric, by that metric."""
    return [_second_table(study, row) for row in study.spoken.values() if row.second_metric]


def _second_table(study: Study, language: Language) -> Table:
    runs = [run for run in study.runs if run.scores]
    keys = list(dict.fromkeys(key for run in runs for key in _suite(run, (language.key,))))
    counting, rows = Counting(language.second_metric), []
    for run in runs:
        if own := rated(run, keys, counting):
            each = [mean(study, run, [key], counting) for key in keys]
            shown = map(printed, [*each, mean(study, run, keys, counting)])
            rows.append([run.title, *shown, f"{len(own)}/{len(keys)}"])
    metric = METRICS[language.second_metric or language.metric].unit
    title = f"{language.name}: errors by {metric}, in percent"
    notes = [intervals_note(study), *few_note(row[1:-1] for row in rows)]
    return Table(title, ["run", *keys, "mean", "n"], rows, notes)


def capped_table(study: Study) -> Table:
    """Every run's capped character error in the languages whose rows set it.

    Uncapped, transcripts that run on up to the decoding limit dominate the base model's rate.
    """
    rows = []
    capped = [row for row in candidates(study.spoken.values()) if row.capped]
    for run in study.runs:
        base = study.base_of(run)
        sets = _suite(run, [row.key for row in capped])
        if keys := rated(run, sets, CHARACTERS):
            against = change(study, run, base, keys, counting=CHARACTERS) if base else None
            shown = printed(mean(study, run, keys, CHARACTERS)), printed(against, "+")
            rows.append([run.title, *shown, f"{len(keys)}/{len(sets)}"])
    title = (
        f"Character error over the {_listed(capped)} sets, in percent, plain mean, "
        "errors capped at each reference's length"
    )
    notes = [intervals_note(study), *few_note(row[1:-1] for row in rows)]
    return Table(title, ["run", "capped CER", "against base", "n"], rows, notes)


def _languages(runs: Iterable[Run]) -> list[str]:
    met = {language for run in runs for language in run.language_of.values()}
    return in_order(met)


def _suite(run: Run, languages: Sequence[str]) -> list[str]:
    """The sets of a run's suite in these languages, scored or not."""
    return [row.key for row in run.benchmarks if row.language in languages]


def _sets(run: Run, language: str, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if run.scores[key].benchmark.language == language]


def _listed(languages: Sequence[Language]) -> str:
    *first, last = [row.name for row in languages]
    return f"{', '.join(first)} and {last}" if first else last
