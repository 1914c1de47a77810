"""`plion plan`: the table, and the run that it announces."""

import csv
import io

import numpy as np
import pytest

from plion.errors import InputError
from plion.planning.plans import mixture_plan, render
from plion.settings import Experiment

COLUMNS = "language,dataset,utterances,hours,draws,share,repeats,unseen"


@pytest.fixture
def exp():
    exp = Experiment()
    exp.sampler.name = "balanced"
    exp.hold.amount = 50.0
    exp.batch.seconds = 240.0
    return exp


def by_corpus(exp):
    return {row.dataset: row for row in mixture_plan(exp, "paper").rows()}


def test_balanced_gives_each_language_25_percent(exp):
    lines = render(mixture_plan(exp, "paper")).splitlines()
    languages = [line.split() for line in lines if " all " in line]
    assert {cells[0]: cells[5] for cells in languages if cells[0] != "all"} == dict.fromkeys(
        ["en", "zh", "ta", "ms"], "25.0"
    )


def test_repeats_are_draws_over_utterances(exp):
    rows = by_corpus(exp)
    assert rows["fleurs_ta"].repeats == pytest.approx(12.7, abs=0.05)
    assert rows["fleurs_ms"].repeats == pytest.approx(22.5, abs=0.05)


def test_unseen_is_what_a_pass_leaves_out(exp):
    rows = by_corpus(exp)
    assert rows["aishell1"].unseen == pytest.approx(75, abs=0.1)
    assert rows["fleurs_ms"].unseen == 0


def test_thinning_at_random_leaves_some_unseen_that_even_draws_show(exp):
    even = by_corpus(exp)["commonvoice_zh"].unseen
    exp.sampler.allocation = "algorithm1"
    assert even == 0 < by_corpus(exp)["commonvoice_zh"].unseen


def test_untouched_malay_is_7_5_percent_of_the_hours(exp):
    exp.sampler.name = "proportional"
    rows = mixture_plan(exp, "paper").rows()
    malay = sum(row.hours for row in rows if row.language == "ms")
    assert 100 * malay / sum(row.hours for row in rows) == pytest.approx(7.5, abs=0.1)


def test_shares_sum_to_100_percent(exp):
    assert sum(row.share for row in mixture_plan(exp, "paper").rows()) == pytest.approx(100)


def test_csv_has_the_columns_and_a_row_a_corpus(exp):
    text = render(mixture_plan(exp, "paper"), as_csv=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.splitlines()[0] == COLUMNS
    assert len(rows) == 12
    assert sum(int(row["draws"]) for row in rows) == 480_392


def test_totals_of_the_held_run_stand_below(exp):
    planned = mixture_plan(exp, "paper")
    last = render(planned).splitlines()[-1]
    assert last.startswith("run held to 50 audio_hours: 50.0")
    assert f"{planned.plan.steps:,} steps" in last
    assert f"{planned.plan.totals.utterances:,} utterances" in last


def test_unknown_tokens_are_said_to_be_unknown(exp):
    assert "supervised tokens unknown" in render(mixture_plan(exp, "paper"))


def test_tokens_cannot_be_held_without_texts(exp):
    exp.hold.quantity = "supervised_tokens"
    with pytest.raises(InputError, match="supervised_tokens"):
        mixture_plan(exp, "paper")


def test_the_parameters_of_the_chosen_policy_are_used(exp):
    exp.sampler.name, exp.sampler.temperature.T = "temperature", 1e6
    shares = [row.share for row in mixture_plan(exp, "paper").rows() if row.language == "ms"]
    assert sum(shares) == pytest.approx(25, abs=0.01)


def test_the_seed_changes_the_draw(exp):
    first = mixture_plan(exp, "paper").plan.numbers
    exp.seed = 1
    second = mixture_plan(exp, "paper").plan.numbers
    assert not np.array_equal(first[:1000], second[:1000])


def test_everything_that_makes_the_stream_is_passed_on(exp):
    exp.sampler.redraw, exp.sampler.allocation, exp.seed = "continue", "algorithm1", 5
    stream = mixture_plan(exp, "paper").stream
    assert (stream.redraw, stream.allocation, stream.seed) == ("continue", "algorithm1", 5)
    assert stream.copies is not None and stream.copies[-1] == 49


def test_batches_have_room_for_the_slowest_speed(exp):
    plain = mixture_plan(exp, "paper").plan
    exp.data.augment.speed = [0.8, 1.0]
    slower = mixture_plan(exp, "paper").plan
    assert slower.totals.audio_hours == pytest.approx(plain.totals.audio_hours, rel=0.01)
    assert slower.padded.sum() / plain.padded.sum() == pytest.approx(1 / 0.8, rel=0.05)
