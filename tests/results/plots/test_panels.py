"""What is drawn in the charts of a study, by their marks."""

import pytest

from plion.results.plots.confusion import confusion_chart
from plion.results.plots.cost import cost_chart
from plion.results.plots.errors import errors_chart
from plion.results.plots.marks import legend_columns, legend_entries, marked
from plion.results.plots.shares import shares_chart
from plion.results.reading.collect import read_studies


def study(*folders):
    [found] = read_studies(folders)
    return found


def marks(panel, marker):
    """Places of all marks of a kind, figure by figure."""
    lines = [line for line in panel.lines if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def shown(figure):
    return [panel for panel in figure.axes if panel.get_visible()]


def consumed(**utterances):
    units = ("utterances", "hours", "supervised_tokens")
    return {language: dict.fromkeys(units, part) for language, part in utterances.items()}


def test_samplers_are_marks_and_other_axes_panels(grid):
    found = marked(study(grid))
    assert list(found.markers) == ["proportional", "balanced"]
    assert list(found.panels) == ["tag.train predict", "tag.train none"]
    assert found.base.name == "base"


def test_samplers_are_marks_wherever_they_stand_among_the_axes(runs):
    runs.write("a", 1)
    axes = {"tag.train": ["none"], "sampler.name": ["balanced"]}
    cells = {"a": {"tag.train": "none", "sampler.name": "balanced"}}
    found = marked(study(runs.ablation(axes, cells, base=None)))
    assert list(found.markers) == ["balanced"] and list(found.panels) == ["tag.train none"]


def test_every_error_has_its_mark(grid, runs):
    figure, _ = errors_chart(study(grid))
    predict, none = shown(figure)
    names = [label.get_text() for label in predict.get_yticklabels()]
    assert names == [*runs.keys, "macro"]
    for panel, proportional, balanced in ((predict, 60, 40), (none, 40, 0)):
        assert [x for x, _ in marks(panel, "o")] == pytest.approx([proportional] * 13)
        assert [x for x, _ in marks(panel, "s")] == pytest.approx([balanced] * 13)
        assert [x for x, _ in marks(panel, "|")] == pytest.approx([100] * 13)


def test_marks_of_equal_errors_do_not_hide_each_other(runs):
    figure, _ = errors_chart(study(runs.write("a", 1), runs.write("b", 1)))
    [panel] = shown(figure)
    assert len(set(marks(panel, "o") + marks(panel, "s"))) == 2 * 13


def test_intervals_are_lines_through_the_marks(runs):
    run = runs.write("a", lambda key, number: number % 3)
    figure, _ = errors_chart(study(run))
    [panel] = shown(figure)
    lines = [line for line in panel.lines if line.get_marker() == "None" and line.get_lw() == 0.7]
    ranges = [tuple(line.get_xdata()) for line in lines]
    assert len(ranges) == 13 and all(low < 20 < high for low, high in ranges)


def test_error_stands_against_cost_or_else_time(runs):
    made = {"train_seconds": 7200.0, "audio_hours_trained": 4.0}
    figure, caption = cost_chart(study(runs.write("a", 1, cost=2.5, **made)))
    assert marks(*shown(figure), "o") == [pytest.approx((2.5, 20))]
    assert "against cost of training" in caption
    figure, caption = cost_chart(study(runs.write("b", 2, cost=None, **made)))
    assert marks(*shown(figure), "o") == [pytest.approx((2.0, 40))]
    assert "against training time (h)" in caption


def test_what_does_not_say_its_cost_is_named_in_the_caption(runs):
    figure, caption = cost_chart(study(runs.write("a", 1, train_seconds=1.0), runs.write("b", 1)))
    assert len(marks(*shown(figure), "o")) == 1
    assert caption.endswith("Not drawn, as they do not say: b.")


def test_where_no_run_says_its_cost_there_is_no_chart(runs):
    assert cost_chart(study(runs.write("a", 1)))[0] is None


def test_long_names_have_a_legend_of_fewer_columns(runs):
    def columns(*names):
        found = marked(study(*(runs.write(name, 1) for name in names)))
        return legend_columns(legend_entries(found), width=3.4)

    assert columns("a", "b", "c") == 3
    assert columns("mini-balanced-none-s0", "mini-balanced-none-s1", "mini-none") == 2


def test_base_is_told_in_the_caption_and_not_drawn_at_no_cost(runs):
    runs.write("base", 5)
    runs.write("p", 1, cost=1.0)
    folder = runs.ablation({"sampler": ["p"]}, {"p": {"sampler": "p"}})
    figure, caption = cost_chart(study(folder))
    assert not marks(*shown(figure), "|") and "The base, outside the chart: 100.00 %." in caption


def test_marks_of_several_panels_are_not_filled_in_the_legend(grid):
    found = marked(study(grid))
    styles = [
        {entry.get_fillstyle() for entry in legend_entries(found, filled=filled)[:2]}
        for filled in (True, False)
    ]
    assert styles == [{"full"}, {"none"}]


def test_shares_are_what_was_consumed(runs):
    run = runs.write("a", consumed=consumed(en=1, ta=3))
    figure, _ = shares_chart(study(run))
    [panel] = shown(figure)
    assert [bar.get_width() for bar in panel.patches] == [25, 75] * 3


def test_shares_are_of_all_seeds_together(runs):
    runs.write("p0", 1, consumed=consumed(en=1, ta=1))
    runs.write("p1", 1, consumed=consumed(en=1, ta=3))
    labels = {name: {"sampler": "p"} for name in ("p0", "p1")}
    folder = runs.ablation({"sampler": ["p"]}, labels, {"p0": 0, "p1": 1}, base=None)
    figure, _ = shares_chart(study(folder))
    widths = [bar.get_width() for bar in shown(figure)[0].patches]
    assert widths == pytest.approx([100 / 3, 200 / 3] * 3)


@pytest.mark.parametrize(("parts", "names"), [((3, 3), ["p"]), ((3, 1), ["p, predict", "p, none"])])
def test_axes_that_change_no_share_are_not_repeated(runs, parts, names):
    cells = {}
    for tag, part in zip(("predict", "none"), parts, strict=True):
        runs.write(tag, 1, consumed=consumed(en=1, ta=part))
        cells[tag] = {"sampler": "p", "tag": tag}
    axes = {"sampler": ["p"], "tag": ["predict", "none"]}
    figure, _ = shares_chart(study(runs.ablation(axes, cells, base=None)))
    bold = [text.get_text() for text in shown(figure)[0].texts if text.get_weight() == "bold"]
    assert bold == names


def test_confusion_is_in_percent_of_each_language(grid):
    figure, caption = confusion_chart(study(grid))
    panels = shown(figure)
    assert [panel.get_title() for panel in panels][:2] == ["base", "proportional, predict"]
    for panel in panels:
        [image] = panel.images
        assert image.get_array().sum(axis=1).tolist() == pytest.approx([100] * 4)
    assert "py3langid" in caption


def test_what_was_told_the_language_has_panels_of_its_own(conditioned):
    figure, _ = errors_chart(study(conditioned))
    free, told = shown(figure)
    assert [free.get_title(), told.get_title()] == ["", "(forced)"]
    assert len(marks(free, "|")) == 13 and not marks(told, "|")
    assert [x for x, _ in marks(told, "o")] == pytest.approx([20] * 13)


def test_a_training_costs_once_however_often_it_is_decoded(runs):
    folder = runs.write("a", 1, train_seconds=7200.0, audio_hours_trained=4.0, cost=2.5)
    runs.forced("a", 0)
    figure, _ = cost_chart(study(folder))
    assert [len(marks(panel, mark)) for panel in shown(figure) for mark in "os"] == [1, 0]
