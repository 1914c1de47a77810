"""`--only`: the cells with given labels."""

from pathlib import Path

import pytest
from designed import FILE, read

from plion.errors import InputError
from plion.studies.design.only import chosen

STUDY = FILE + "variants: {paper: {sampler.name: balanced}}\n"


@pytest.mark.parametrize(
    ("only", "count"),
    [
        ([], 10),
        (["sampler=balanced"], 4),
        (["sampler=balanced", "sampler=temperature-3"], 8),
        (["sampler=balanced", "tag.train=none"], 2),
        (["sampler=balanced", "tag.train=none", "seed=1"], 1),
        (["seed=1"], 5),
        (["variant=paper"], 2),
    ],
)
def test_labels_of_one_axis_add_up_and_axes_narrow(
    tmp_path: Path, only: list[str], count: int
) -> None:
    assert len(chosen(read(tmp_path, STUDY), only)) == count


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (["samler=balanced"], "--only samler=balanced: there is no axis 'samler' (did you mean"),
        (["sampler=balance"], "axis 'sampler' has no 'balance' (did you mean 'balanced'?)"),
        (["seed=7"], "axis 'seed' has no '7' (known: 0, 1)"),
        (["balanced"], "--only balanced is not of the form AXIS=LABEL (axes: sampler, tag.train"),
        (["variant=paper", "sampler=balanced"], "no cell of study has all of these"),
    ],
)
def test_what_no_cell_has_is_refused(tmp_path: Path, only: list[str], message: str) -> None:
    with pytest.raises(InputError) as error:
        chosen(read(tmp_path, STUDY), only)
    assert message in str(error.value)
