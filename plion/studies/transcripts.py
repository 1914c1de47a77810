"""What is shown of transcripts beside their errors: what is wrong with them as such."""

from functools import cache

from plion.evaluation.confusion import HEARD, UNTOLD, Confusion, confusion, how_told
from plion.evaluation.faults import LOOP, Faults, faults
from plion.evaluation.scoring import macro_average
from plion.studies.block import Block
from plion.studies.collect import Run, Study
from plion.studies.figures import coverage


def faults_block(study: Study) -> Block:
    """Every run's faults over all its sets, and its macro average with capped errors."""
    runs = [run for run in study.runs if run.scores]
    rows = [_faults_row(run) for run in runs]
    header = ["run", "length ratio", "empty", "loops", "wrong script", "wrong language"]
    notes = [
        "length ratio: tokens of the transcripts to one of the references, mean over the sets; "
        "then utterances in percent, of all sets together. "
        f"loops: {LOOP}. wrong script: most words in neither the language's own nor the "
        "reference's. capped macro: errors of an utterance count up to its reference's length, "
        "since a decoding limit alone decides how many more there are.",
        *told_notes(runs),
    ]
    return Block(
        "Faults of the transcripts", [*header, "capped macro", "n"], rows, notes if rows else []
    )


def confusion_block(study: Study) -> Block:
    """Of each run and language, what its utterances were taken for, in percent of them."""
    runs = [run for run in study.runs if run.scores]
    rows = []
    for run in runs:
        for language, taken in run_confusion(run).counts.items():
            total = taken.total()
            shares = [f"{100 * taken[heard] / total:.2f}" for heard in HEARD]
            rows.append([run.title, language, *shares, f"{total:,}"])
    return Block(
        f"{study_name(study)} by language: what utterances were taken for, in percent",
        ["run", "language", *HEARD, "utterances"],
        rows,
        [f"{UNTOLD}: nothing was said, or nothing that tells.", *told_notes(runs)],
        words=2,
    )


@cache
def run_faults(run: Run) -> dict[str, Faults]:
    """The faults of a run's transcripts, by benchmark."""
    return {
        key: faults(
            [row.reference for row in scored.rows],
            [row.text for row in scored.rows],
            scored.benchmark.language,
            scored.utterances,
        )
        for key, scored in run.scores.items()
    }


@cache
def run_confusion(run: Run) -> Confusion:
    """What the utterances of a run were taken for."""
    pairs = [(one.benchmark.language, row) for one in run.scores.values() for row in one.rows]
    return confusion(
        [language for language, _ in pairs],
        [row.language for _, row in pairs],
        [row.text for _, row in pairs],
    )


def _faults_row(run: Run) -> list[str]:
    found = run_faults(run)
    first, *others = found.values()
    pooled = sum(others, start=first)
    ratio = macro_average({key: one.length_ratio for key, one in found.items()})
    capped = macro_average({key: one.capped.rate for key, one in found.items()})
    taken = run_confusion(run)
    odd = (pooled.empty, pooled.loops, pooled.wrong_script, taken.confused)
    return [
        run.title,
        "" if ratio is None else f"{ratio:.3f}",
        *(f"{100 * utterances / pooled.utterances:.2f}" for utterances in odd),
        "" if capped is None else f"{capped:.2f}",
        coverage(run),
    ]


def told_notes(runs: list[Run]) -> list[str]:
    """How languages were told, and how well the references' are told so."""
    if not runs:
        return []
    taken = [run_confusion(run) for run in runs]
    named, total = sum(one.named for one in taken), sum(one.utterances for one in taken)
    note = f"Languages: {100 * named / total:.1f} % of the utterances as the model named them"
    if named == total:
        return [f"{note}."]
    pairs = [(one.benchmark.language, row) for one in runs[0].scores.values() for row in one.rows]
    told = how_told([language for language, _ in pairs], [row.reference for _, row in pairs])
    return [f"{note}; the others {told}."]


def study_name(study: Study) -> str:
    """An ablation's name, or what single runs have in common."""
    return study.name or f"Runs on {study.suite}"
