"""What is shown of languages: each one's error, how far they lie apart, what training changed."""

from collections.abc import Iterable

from plion.evaluation.certainty import FEW, contrast, ends
from plion.evaluation.scoring import covered, language_means, language_spread, macro_average
from plion.languages import LANGUAGES
from plion.studies.block import Block
from plion.studies.collect import Run, Study
from plion.studies.contrasts import FEW_NOTE
from plion.studies.figures import coverage, run_rates, sample
from plion.studies.recount import recount


def languages_block(study: Study) -> Block:
    """Every run's mean rate in each language, and the points between the best and the worst."""
    runs = [run for run in study.runs if run.scores]
    languages = _languages(runs)
    rows = []
    for run in runs:
        rates, of = run_rates(run), _language_of(run)
        means = language_means(rates, of)
        shown = [_figure(means.get(language)) for language in languages]
        rows.append([run.title, *shown, _figure(language_spread(rates, of)), coverage(run)])
    note = "Plain means over a language's test sets; spread: the highest less the lowest; n: sets."
    return Block("Error by language, in percent", ["run", *languages, "spread", "n"], rows, [note])


def changes_block(study: Study) -> Block:
    """Every run's mean rate in each language less the base's, paired; no rows without a base."""
    base = study.base
    runs = [run for run in study.runs if run.scores and run is not base]
    languages = _languages(runs)
    rows = []
    if base is not None and base.scores:
        for run in runs:
            shown = [_change(run, base, language) for language in languages]
            paired = sum(len(_paired(run, base, language)) for language in languages)
            rows.append([run.title, *shown, f"{paired}/{len(run.benchmarks)}"])
    note = (
        "Below 0 the language has gained, above 0 the base was better at it. Means over n sets "
        "that both were scored on, utterance by utterance the same; 95 % intervals are of the "
        "paired difference."
    )
    return Block(
        "Change of each language's error against the base, in points",
        ["run", *languages, "n"],
        rows,
        [note, *([FEW_NOTE] if any(FEW in cell for row in rows for cell in row) else [])],
    )


def beside_block(study: Study) -> Block:
    """The error of Tamil by its second metric, grapheme clusters."""
    runs = [run for run in study.runs if run.scores]
    keys = dict.fromkeys(
        row.key for run in runs for row in run.benchmarks if LANGUAGES[row.language].beside
    )
    rows = []
    for run in runs:
        rates = {
            key: recount(run, key, beside).pooled().rate
            for key in keys
            if key in run.scores
            and (beside := LANGUAGES[run.scores[key].benchmark.language].beside)
        }
        if covered(rates):
            shown = [_figure(rates.get(key)) for key in keys]
            n = f"{len(covered(rates))}/{len(keys)}"
            rows.append([run.title, *shown, _figure(macro_average(rates)), n])
    title = "Tamil: errors by grapheme cluster, in percent"
    return Block(title, ["run", *keys, "mean", "n"], rows)


def _languages(runs: Iterable[Run]) -> list[str]:
    met = {language for run in runs for language in _language_of(run).values()}
    return [language for language in LANGUAGES if language in met]


def _language_of(run: Run) -> dict[str, str]:
    return {key: scored.benchmark.language for key, scored in run.scores.items()}


def _paired(run: Run, base: Run, language: str) -> list[str]:
    """The sets of a language in which both were scored on the same."""
    keys = [key for key in covered(run_rates(run)) if key in base.scores]
    return [
        key
        for key in keys
        if run.scores[key].benchmark.language == language
        and run.scores[key].ids == base.scores[key].ids
        and (run.scores[key].utterances.lengths == base.scores[key].utterances.lengths).all()
    ]


def _change(run: Run, base: Run, language: str) -> str:
    keys = _paired(run, base, language)
    if not keys:
        return ""
    found = contrast([sample([run.scores[key], base.scores[key]]) for key in keys], (1.0, -1.0))
    return f"{found.estimate:+.2f} {ends(found.low, found.high, found.few, '+')}".rstrip()


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
