"""Large studies, which are read in several processes."""

from pathlib import Path

import pytest
from annotated import annotate
from conftest import Runs

from plion.errors import InputError
from plion.results.analysis.recount import prepare
from plion.results.csv_rows import tidy
from plion.results.reading import processes
from plion.results.reading.collect import read_studies
from plion.results.rendering import render_studies
from plion.results.request import Request

NAMES = "abcdefghij"


@pytest.fixture
def folder(runs: Runs) -> Path:
    runs.keys = ["nsc", "slr65"]
    for place, name in enumerate(NAMES):
        runs.write(name, lambda key, number, place=place: (number + place) % 4)
        annotate(runs.root / f"{name}-00000000", "nsc", lambda number: {"speaker": str(number)})
    return runs.ablation({"x": list(NAMES)}, {name: {"x": name} for name in NAMES}, base=None)


@pytest.fixture
def in_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FEWEST", 2)
    monkeypatch.setattr(processes, "_AT_ONCE", 3)
    monkeypatch.setattr(processes, "usable_cores", lambda: 2)


def test_figures_do_not_depend_on_the_number_of_processes(folder, request):
    def shown() -> tuple[object, ...]:
        studies = read_studies([folder], prepare)
        asked = [Request(), Request(format="md"), Request(compare="x"), Request(by="speaker")]
        return (
            [run.name for run in studies[0].runs],
            tidy(studies),
            [render_studies(studies, one) for one in asked],
        )

    alone = shown()
    request.getfixturevalue("in_two")
    assert shown() == alone


@pytest.mark.usefixtures("in_two")
def test_damaged_run_is_refused_as_where_one_process_reads(folder, runs):
    path = runs.root / "g-00000000" / "predictions" / "nsc.jsonl"
    path.write_text(path.read_text().replace('"text"', '"said"'))
    with pytest.raises(InputError, match=r"g-00000000/predictions/nsc.jsonl:1 is damaged"):
        read_studies([folder], prepare)
