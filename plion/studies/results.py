"""`plion results`: run folders -> results.csv, the table in the paper's order, and the effects."""

from collections.abc import Sequence
from pathlib import Path

from plion.errors import InputError, suggest
from plion.studies.blocks import (
    capped_block,
    comparison_block,
    effects_block,
    other_conditions,
    paper_block,
    rates_block,
)
from plion.studies.collect import Study, read_studies
from plion.studies.rows import tidy, write_csv
from plion.studies.tables import Format, typeset


def results(
    dirs: Sequence[str | Path],
    format: Format = "table",
    compare: str | None = None,
    with_paper: bool = False,
    strict: bool = False,
) -> tuple[str, int]:
    """What is printed, and the exit status: 1 where a run has no figures.

    Writes `results.csv` into the first folder. `compare` prints that axis's contrasts in place of
    the tables; `with_paper` adds the published rows; `strict` refuses runs whose conditions differ.
    """
    studies = read_studies(dirs)
    runs = [run for study in studies for run in study.runs]
    if strict and (differing := other_conditions(runs)):
        listed = "; ".join(f"{run.name} has {words}" for run, words in differing.items())
        raise InputError(f"not made under the same conditions: {listed}")
    text = render(studies, format, compare, with_paper)
    write_csv(tidy(studies), Path(dirs[0]) / "results.csv")
    return text, int(not all(run.scores for run in runs))


def render(
    studies: Sequence[Study],
    format: Format = "table",
    compare: str | None = None,
    with_paper: bool = False,
) -> str:
    """The studies as text: of each its table, effects and capped character error, or contrasts.

    Raises InputError where no study has the axis `compare`.
    """
    if compare:
        axes = list(dict.fromkeys(axis for study in studies for axis in study.axes))
        if compare not in axes:
            raise InputError(f"no axis '{compare}' in these folders {suggest(compare, axes)}")
        compared = [study for study in studies if compare in study.axes]
        blocks = [comparison_block(study, compare) for study in compared]
    else:
        conditions = other_conditions([run for study in studies for run in study.runs])
        blocks = []
        for study in studies:
            blocks += [rates_block(study, conditions), effects_block(study), capped_block(study)]
    if with_paper:
        blocks.append(paper_block())
    return typeset([block for block in blocks if block.rows], format)
