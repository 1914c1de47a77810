import pytest

from plion.errors import InputError
from plion.results.plots.all import check_plot_folder, plot_studies
from plion.results.reading.collect import read_studies

COMMAND = "plion results runs/mini --plot figures"
KINDS = ("errors", "cost", "shares", "confusion")
CONSUMED = {"en": {"utterances": 3, "hours": 0.5, "supervised_tokens": 9}}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "figures"
    check_plot_folder(path)
    return path


def test_every_chart_is_there_as_pdf_and_png(runs, folder):
    made = {"train_seconds": 10.0, "audio_hours_trained": 1.0, "consumed": CONSUMED}
    plot_studies(read_studies([runs.write("a", 1, **made)]), folder, COMMAND)
    figures = {f"mini12-{kind}{suffix}" for kind in KINDS for suffix in (".pdf", ".png")}
    assert {path.name for path in folder.iterdir()} == figures | {"captions.md"}


def test_charts_and_captions_say_what_made_them(grid, folder):
    plot_studies(read_studies([grid]), folder, COMMAND)
    for path in folder.iterdir():
        assert COMMAND.encode() in path.read_bytes(), path


def test_captions_have_profile_coverage_and_clusters(grid, folder):
    plot_studies(read_studies([grid]), folder, COMMAND)
    text = (folder / "captions.md").read_text(encoding="utf-8")
    assert "**mini-errors**: " in text
    assert "profile strict-3" in text and "12 utterances" in text


def test_chart_that_cannot_be_drawn_has_its_reason(grid, folder):
    plot_studies(read_studies([grid]), folder, COMMAND)
    text = (folder / "captions.md").read_text(encoding="utf-8")
    assert "**mini-cost**: not drawn, as the runs do not say" in text
    assert "**mini-shares**: not drawn, because no run recorded" in text
    assert not (folder / "mini-cost.png").exists()


def test_drawn_again_it_is_the_same(grid, tmp_path):
    for name in "ab":
        check_plot_folder(tmp_path / name)
        plot_studies(read_studies([grid]), tmp_path / name, COMMAND)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_unfinished_study_is_drawn_as_far_as_it_is(grid, runs, folder):
    runs.record("mini-balanced-none-s0", status="failed")
    plot_studies(read_studies([grid]), folder, COMMAND)
    assert (folder / "mini-errors.png").is_file()
    text = (folder / "captions.md").read_text(encoding="utf-8")
    assert text.count("1 of 5 runs have no figures: mini-balanced-none-s0 (failed).") == len(KINDS)
    assert "†" not in text  # no chart has the mark


def test_study_with_its_base_alone_has_no_grid_to_draw(runs, folder):
    runs.write("base", 5)
    study = runs.ablation({"sampler": ["p"]}, {"p": {"sampler": "p"}})
    plot_studies(read_studies([study]), folder, COMMAND)
    assert "not drawn" in (folder / "captions.md").read_text(encoding="utf-8")


def test_study_without_a_chart_has_none(runs, folder):
    runs.record("a", status="failed", suite="mini12")
    plot_studies(read_studies([runs.root / "a-00000000"]), folder, COMMAND)
    assert [path.name for path in folder.iterdir()] == ["captions.md"]


@pytest.mark.parametrize("name", ["file", "gone/folder"])
def test_what_cannot_be_a_folder_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=f"--plot .*{name} cannot be written to"):
        check_plot_folder(tmp_path / name)
