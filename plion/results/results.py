"""`plion results`: run folders -> results.csv, the table in the paper's order, and the effects."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plion.errors import READ_ONLY, InputError, sentence, suggest
from plion.results.analysis.rates import figures
from plion.results.analysis.systems import cell_figures, cells
from plion.results.csv_rows import tidy, write_csv
from plion.results.reading.collect import Study, read_studies
from plion.results.tables.breakdowns import By, breakdown_block
from plion.results.tables.effects import comparison_blocks, effects_blocks, seeds_block
from plion.results.tables.errors import (
    averages_block,
    cost_block,
    latency_block,
    other_conditions,
    profile_notes,
    rates_block,
)
from plion.results.tables.languages import (
    beside_block,
    capped_block,
    changes_block,
    languages_block,
)
from plion.results.tables.loss_weights import weights_block
from plion.results.tables.paper import paper_table
from plion.results.tables.published import published_blocks
from plion.results.tables.transcripts import faults_block
from plion.typesetting.formats import Format, typeset
from plion.typesetting.table import Block


def results(
    dirs: Sequence[str | Path],
    format: Format = "table",
    compare: str | None = None,
    *,
    with_paper: bool = False,
    strict: bool = False,
    intersect: bool = False,
    by: By | None = None,
    plot: Path | None = None,
    command: str = "",
) -> tuple[str, int]:
    """What is printed, and the exit status: 1 where a run has no figures.

    Writes `results.csv` into the first folder. Where it cannot, standard error says so: that is no
    fault in a folder that this user may only read, else the status is 2. `compare` prints that
    axis's contrasts in place of the tables; `with_paper` adds the published rows; `strict` refuses
    runs whose conditions differ; `intersect` compares runs that were tested on different utterances
    on those that all were; `by` breaks the errors down in place of the tables; `plot` is a folder
    for figures. Tables and figures say that `command` made them.
    """
    if by and intersect:
        raise InputError("--intersect is of comparisons, and --by makes none; leave one out")
    studies = read_studies(dirs)
    runs = [run for study in studies for run in study.runs]
    if strict and (differing := other_conditions(runs)):
        listed = "; ".join(f"{run.name} has {words}" for run, words in differing.items())
        raise InputError(f"not made under the same conditions: {listed}")
    text = render_results(
        studies, format, compare, with_paper=with_paper, intersect=intersect, by=by, command=command
    )
    status = int(not all(run.scores for run in runs))
    try:
        write_csv(tidy(studies), Path(dirs[0]) / "results.csv")
    except (InputError, OSError) as error:
        if (told := sentence(error)) is None:
            raise
        print(f"plion: results.csv is not written: {told}", file=sys.stderr)
        if not (isinstance(error, OSError) and error.errno in READ_ONLY):
            status = 2
    if plot:
        from plion.results.plots.figures import (
            plot_studies,  # matplotlib takes longer than the tables
        )

        plot_studies(studies, plot, command)
    return text, status


def render_results(
    studies: Sequence[Study],
    format: Format = "table",
    compare: str | None = None,
    *,
    with_paper: bool = False,
    intersect: bool = False,
    by: By | None = None,
    command: str = "",
) -> str:
    """The studies as text: of each its tables, or the contrasts of an axis, or a breakdown.

    For a terminal every run has a row, else every cell, as in a paper. Raises InputError where no
    study has the axis `compare`.
    """
    if compare:
        axes = list(dict.fromkeys(axis for study in studies for axis in study.axes))
        if not axes:
            raise InputError(
                f"--compare {compare}: single runs have no axes to compare along; name the folder "
                "of an ablation (runs/NAME, with its ablation.json)"
            )
        if compare not in axes:
            raise InputError(f"no axis '{compare}' in these folders {suggest(compare, axes)}")
        compared = [study for study in studies if compare in study.axes]
        blocks = [
            _told(block, study)
            for block, study in zip(
                comparison_blocks(compared, compare, intersect=intersect), compared, strict=True
            )
        ]
    elif by:
        blocks = [_told(breakdown_block(study, by), study) for study in studies]
    else:
        conditions = other_conditions([run for study in studies for run in study.runs])
        blocks = []
        for study, effects in zip(
            studies, effects_blocks(studies, intersect=intersect), strict=True
        ):
            if format == "table":
                blocks += [rates_block(study, conditions), seeds_block(study)]
                named = [(run.title, figures(study, run)) for run in study.runs if run.scores]
            else:
                blocks.append(paper_table(study, conditions, intersect=intersect))
                named = [(cell.name, cell_figures(study, cell)) for cell in cells(study)]
            blocks += [effects, latency_block(study)]
            blocks += [cost_block(study), capped_block(study), beside_block(study)]
            blocks.append(averages_block(study, named))
            blocks += [weights_block(study), languages_block(study), changes_block(study)]
            blocks.append(faults_block(study))
    if with_paper:
        blocks += published_blocks(studies)
    return typeset([block for block in blocks if block.rows], format, command)


def _told(block: Block, study: Study) -> Block:
    """A block that stands alone, with what its errors are."""
    return replace(block, notes=[*block.notes, *profile_notes(study)])
