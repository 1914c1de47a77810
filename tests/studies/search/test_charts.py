"""Charts of a search, as files with captions that say what they leave out."""

from pathlib import Path

import pytest
from swept import Runs, changed

from plion.errors import InputError
from plion.studies.search.sweep import Asked, sweep


def test_a_search_is_drawn(search: Path, runs: Runs) -> None:
    changed(trials="12", parallel="2", pruning="{min_resource: 10, factor: 2}")
    Path("base.yaml").write_text(Path("base.yaml").read_text() + "trainer: {validations: 4}\n")
    runs.fails = lambda exp: (1, "out of memory") if len(runs.trained) == 4 else None
    choices = "sweep.space.sampler.name=[proportional,temperature]"
    assert sweep(search, [choices], asked=Asked(plot=Path("charts"))) == 1
    captions = Path("charts/captions.md").read_text()
    assert "pruned trial" in captions and "do not have the setting" in captions
    for kind in ("history", "coordinates"):
        for suffix in ("pdf", "png"):
            assert Path(f"charts/search-{kind}.{suffix}").stat().st_size > 1000
    runs.trained.clear()
    asked = Asked(status=True, plot=Path("again"))
    assert sweep(search, [choices], asked=asked) == 1 and runs.trained == []
    drawn = [{path.name for path in Path(one).iterdir()} for one in ("charts", "again")]
    assert drawn[0] == drawn[1]


def test_what_cannot_be_drawn_is_said(search: Path, runs: Runs) -> None:
    sweep(search, ["sweep.trials=1"], asked=Asked(plot=Path("charts")))
    captions = Path("charts/captions.md").read_text()
    assert "importances**: not drawn, as fewer than 8 trials" in captions
    assert "coordinates**: not drawn, as fewer than 2 trials" in captions


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(
    search: Path, runs: Runs
) -> None:
    Path("charts").write_text("")
    with pytest.raises(InputError, match="--plot charts cannot be written to"):
        sweep(search, asked=Asked(plot=Path("charts")))
    assert runs.trained == []
