"""The figure of planned passes, by what is drawn in it."""

from pathlib import Path

import pytest
from tiny import Tiny

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.planned_run import mixture_plan, plan_samplers
from plion.planning.tables.chart import check_chart_path, draw_shares

HEADS = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.fixture
def planned(tiny: Tiny, tmp_path: Path):
    return mixture_plan(tiny.experiment(tmp_path, "sampler.name=uniform"))


def drawn(runs, tmp_path, monkeypatch):
    """The panels of the figure that would be written."""
    kept = []

    def keep(figure, path, **_):
        kept.append(figure)
        Path(path).touch()

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", keep)
    draw_shares(runs, tmp_path / "a.png")
    return kept[0].axes


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("suffix", HEADS)
def test_the_suffix_is_the_format(planned, tmp_path, suffix):
    path = tmp_path / f"figure.{suffix}"
    draw_shares([planned], path)
    assert path.read_bytes().startswith(HEADS[suffix])
    assert list(tmp_path.glob(".figure*")) == []


@pytest.mark.parametrize("suffix", HEADS)
def test_the_same_figure_is_the_same_file(planned, tmp_path, suffix):
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        draw_shares([planned], path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_every_unit_that_is_known_has_a_bar_of_100_percent(planned, tmp_path, monkeypatch):
    shares, _ = drawn([planned], tmp_path, monkeypatch)
    assert ticks(shares.yaxis) == ["utterances", "hours", "padded", "tokens"]
    lengths = {}
    for bar in shares.patches:
        lengths.setdefault(bar.get_y(), []).append(bar.get_width())
    assert [len(parts) for parts in lengths.values()] == [3] * 4  # languages, units
    assert [sum(parts) for parts in lengths.values()] == pytest.approx([100] * 4)


def test_tokens_have_no_bar_where_they_are_not_known(tmp_path, monkeypatch):
    exp = Experiment()
    exp.hold.amount = 10.0
    shares, _ = drawn([mixture_plan(exp, "paper")], tmp_path, monkeypatch)
    assert ticks(shares.yaxis) == ["utterances", "hours", "padded"]


def test_every_corpus_has_a_mark_at_its_repeats(planned, tmp_path, monkeypatch):
    _, repeats = drawn([planned], tmp_path, monkeypatch)
    assert repeats.get_xscale() == "log"
    assert ticks(repeats.yaxis) == ["librispeech", "aishell1", "slr65"]
    marks = [line.get_xdata()[0] for line in repeats.lines if line.get_marker() != "None"]
    assert marks == pytest.approx([1.0, 1.0, 1.0])


def test_a_corpus_that_is_not_drawn_has_no_mark(tiny: Tiny, tmp_path, monkeypatch):
    weights = "sampler.fixed.weights={en: 1, zh: 0, ta: 1}"
    planned = mixture_plan(tiny.experiment(tmp_path, "sampler.name=fixed", weights))
    _, repeats = drawn([planned], tmp_path, monkeypatch)
    marks = [line for line in repeats.lines if line.get_marker() != "None"]
    assert len(marks) == 2
    assert ticks(repeats.yaxis) == ["librispeech", "aishell1", "slr65"]


def test_compared_samplers_have_marks_and_names_of_their_own(tiny: Tiny, tmp_path, monkeypatch):
    runs = plan_samplers(tiny.experiment(tmp_path), "proportional,balanced")
    shares, repeats = drawn(runs, tmp_path, monkeypatch)
    marks = [line for line in repeats.lines if line.get_marker() != "None"]
    assert len(marks) == 2 * 3 and len({line.get_marker() for line in marks}) == 2
    assert len({line.get_ydata()[0] for line in marks}) == 2 * 3  # none hides another
    assert [text.get_text() for text in repeats.get_legend().get_texts()] == [
        "proportional",
        "balanced",
    ]
    assert {"proportional", "balanced"} <= {text.get_text() for text in shares.texts}


@pytest.mark.parametrize("name", ["a.gif", "a", "a.PNG.txt"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"suffix must be one of \.png, \.pdf, \.svg"):
        check_chart_path(tmp_path / name)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no folder .*gone"):
        check_chart_path(tmp_path / "gone" / "a.png")
