"""Tables by language: error, spread between languages, change against the base."""

from collections.abc import Iterable, Sequence

from plion.results.analysis.pairing import paired_sets
from plion.results.analysis.rates import intervals_note, language_rates
from plion.results.analysis.recount import Counting, change, mean, rated
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import SPREAD
from plion.scoring.statistics.rate import few_note, printed
from plion.text.languages import LANGUAGES
from plion.typesetting.table import Table

# Languages at which a base model is poor: its transcripts run on to the decoding limit, so they are
# also compared by characters, with errors capped at the reference's length.
CAPPED = ("ta", "ms")
_CHARACTERS = Counting("cer", capped=True)
_TAMIL = "ta"
_CLUSTERS = Counting(LANGUAGES[_TAMIL].beside)


def languages_table(study: Study) -> Table:
    """Every run's mean rate per language, and the spread between the best and the worst."""
    runs = [run for run in study.runs if run.scores]
    languages = _languages(runs)
    rows = []
    for run in runs:
        made = language_rates(study, run)
        shown = [printed(made.get(name)) for name in (*languages, SPREAD)]
        rows.append([run.title, *shown, run.coverage])
    note = (
        "Plain means over a language's test sets; spread: the highest minus the lowest, without an "
        "interval, as the two are picked by the rates themselves; n: sets. "
        f"{intervals_note(study)}"
    )
    header = ["run", *languages, "spread", "n"]
    notes = [note, *few_note(row[1:-2] for row in rows)]
    return Table("Error by language, in percent", header, rows, notes)


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


def beside_table(study: Study) -> Table:
    """The error of Tamil by its second metric, grapheme clusters."""
    runs = [run for run in study.runs if run.scores]
    rows, keys = [], list(dict.fromkeys(key for run in runs for key in _suite(run, (_TAMIL,))))
    for run in runs:
        if own := rated(run, keys, _CLUSTERS):
            each = [mean(study, run, [key], _CLUSTERS) for key in keys]
            shown = map(printed, [*each, mean(study, run, keys, _CLUSTERS)])
            rows.append([run.title, *shown, f"{len(own)}/{len(keys)}"])
    title = "Tamil: errors by grapheme cluster, in percent"
    notes = [intervals_note(study), *few_note(row[1:-1] for row in rows)]
    return Table(title, ["run", *keys, "mean", "n"], rows, notes)


def capped_table(study: Study) -> Table:
    """Every run's capped character error in the languages the base is poor at."""
    rows = []
    for run in study.runs:
        base = study.base_of(run)
        sets = _suite(run, CAPPED)
        if keys := rated(run, sets, _CHARACTERS):
            against = change(study, run, base, keys, counting=_CHARACTERS) if base else None
            shown = printed(mean(study, run, keys, _CHARACTERS)), printed(against, "+")
            rows.append([run.title, *shown, f"{len(keys)}/{len(sets)}"])
    title = (
        "Character error over the Tamil and Malay sets, in percent, plain mean, "
        "errors capped at each reference's length"
    )
    notes = [intervals_note(study), *few_note(row[1:-1] for row in rows)]
    return Table(title, ["run", "capped CER", "against base", "n"], rows, notes)


def _languages(runs: Iterable[Run]) -> list[str]:
    met = {language for run in runs for language in run.languages.values()}
    return [language for language in LANGUAGES if language in met]


def _suite(run: Run, languages: Sequence[str]) -> list[str]:
    """The sets of a run's suite in these languages, scored or not."""
    return [row.key for row in run.benchmarks if row.language in languages]


def _sets(run: Run, language: str, keys: Iterable[str]) -> list[str]:
    return [key for key in keys if run.scores[key].benchmark.language == language]
