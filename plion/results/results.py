"""`plion results`: reads run folders, writes results.csv and effects.csv, prints tables, charts."""

import sys
from collections.abc import Sequence
from pathlib import Path

from plion.errors import READ_ONLY, InputError, sentence
from plion.results.analysis.conditions import other_conditions
from plion.results.analysis.recount import prepare
from plion.results.csv_rows import tidy, write_csv
from plion.results.effects_csv import effect_rows, write_effects
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run, Study
from plion.results.rendering import render_studies
from plion.results.request import Request
from plion.system.garbage import rarely_collected


@rarely_collected()
def results(dirs: Sequence[str | Path], request: Request) -> tuple[str, int]:
    """Returns the text to print and the exit status: 1 if a run has no figures.

    Writes `results.csv` into the first folder, and `effects.csv` if a study has axes and the tables
    are not those of one axis or property. A failure to write is reported on standard error;
    the status is then 2, unless the folder is read-only for this user. Raises InputError as
    `read_studies` and `render_studies` do, and if `strict` refuses the runs.
    """
    studies = read_studies(dirs, None if request.compare or request.by else prepare)
    runs = [run for study in studies for run in study.runs]
    if request.strict:
        _check_conditions(runs)
    text = render_studies(studies, request)
    written = _write_csv(studies, Path(dirs[0]), request)
    if request.plot:
        # matplotlib takes longer than the tables
        from plion.results.plots.all import plot_studies

        plot_studies(studies, request.plot, request.command)
    return text, max(written, int(not all(run.scores for run in runs)))


def _check_conditions(runs: Sequence[Run]) -> None:
    """Raises InputError where runs were not made under the same conditions."""
    if differing := other_conditions(runs):
        listed = "; ".join(f"{run.name} has {words}" for run, words in differing.items())
        raise InputError(f"not made under the same conditions: {listed}")


def _write_csv(studies: Sequence[Study], folder: Path, request: Request) -> int:
    """Writes results.csv and effects.csv; returns 2 if one should be written and cannot be."""
    name = "results.csv"
    try:
        write_csv(tidy(studies), folder / name)
        if not (request.compare or request.by):  # which are quick, without the effects
            rows = [row for one in studies for row in effect_rows(one, intersect=request.intersect)]
            if rows:
                name = "effects.csv"
                write_effects(rows, folder / name)
    except (InputError, OSError) as error:
        if (told := sentence(error)) is None:
            raise
        print(f"plion: {name} is not written: {told}", file=sys.stderr)
        return 0 if isinstance(error, OSError) and error.errno in READ_ONLY else 2
    return 0
