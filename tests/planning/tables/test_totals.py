"""What a planned run comes to, in words."""

import re

import pytest
from tiny import Tiny

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.planning.tables.totals import Speed, given_speed, summary, totals


@pytest.fixture
def exp():
    exp = Experiment()
    exp.hold.amount = 50.0
    exp.batch.seconds = 240.0
    return exp


def test_totals_say_what_the_run_is_held_to_and_comes_to(exp):
    planned = mixture_plan(exp, "paper")
    line = totals(planned)
    assert line.startswith("run held to 50 audio_hours: 50.0")
    assert f"{planned.plan.batches:,} batches, {planned.plan.steps:,} steps" in line
    assert f"{planned.plan.totals.utterances:,} utterances" in line


def test_tokens_are_counted_or_said_to_be_unknown(exp, tiny: Tiny, tmp_path):
    assert "supervised tokens unknown" in totals(mixture_plan(exp, "paper"))
    assert re.search(r" \d+ supervised tokens", totals(mixture_plan(tiny.experiment(tmp_path))))


def test_what_is_left_out_as_too_long_is_counted(exp):
    assert "left out" not in totals(mixture_plan(exp, "paper"))
    exp.batch.seconds, exp.batch.too_long = 20.0, "skip"
    planned = mixture_plan(exp, "paper")
    assert planned.too_long > 0
    assert totals(planned).endswith(
        f", {planned.too_long:,} utterances left out as too long for a batch"
    )


def test_padding_is_a_bound_where_speeds_vary(exp):
    assert re.search(r", [\d.]+ % padding", totals(mixture_plan(exp, "paper")))
    exp.data.augment.speed = [0.9, 1.1]
    assert re.search(r", at most [\d.]+ % padding", totals(mixture_plan(exp, "paper")))


def test_a_pass_and_the_repeats_of_the_run_are_said(exp):
    exp.sampler.name, exp.hold.quantity, exp.hold.amount = "balanced", "utterances", 480_392
    assert (
        "a pass: 480,392 utterances, about 1,148.26 h; "
        "the run draws an utterance 0.25 times (aishell1) to 22.52 (fleurs_ms)"
    ) in summary(mixture_plan(exp, "paper"))


def test_the_mix_of_the_steps_is_said(tiny: Tiny, tmp_path):
    # With a batch of one corpus each step misses two of the three languages.
    planned = mixture_plan(tiny.experiment(tmp_path, "batch.utterances=1"))
    assert (
        "a step: 1.0 utterances (the least 1), language entropy 0.000 of 1, "
        "100.0 % of steps miss a language"
    ) in summary(planned)


def test_without_a_speed_there_is_no_time_and_no_cost(exp):
    exp.trainer.price_per_hour = 2.0
    text = summary(mixture_plan(exp, "paper"))
    assert text.endswith("time and cost unknown without --speed")


def test_a_speed_gives_the_time_and_a_price_the_cost(exp):
    exp.hold.amount = 300.0
    planned = mixture_plan(exp, "paper")
    assert summary(planned, Speed(100.0)).endswith("time 3.00 h at 100.0 s of audio a second")
    exp.trainer.price_per_hour = 2.5
    assert summary(planned, Speed(100.0)).endswith("a second, cost 7.50 at 2.50 an hour")


def test_less_than_an_hour_is_in_minutes(exp):
    assert "\ntime 30.0 min at" in summary(mixture_plan(exp, "paper"), Speed(100.0))


def test_a_schedule_says_what_its_first_and_last_pass_draw(exp):
    exp.sampler.name, exp.sampler.schedule.parameter = "temperature", "T"
    exp.sampler.schedule.end, exp.hold.amount = 0.5, 3000.0
    line = next(line for line in summary(mixture_plan(exp, "paper")).splitlines() if "T " in line)
    assert line == (
        "schedule: T moves from 3 to 1; "
        "pass 1 draws en 27.0 %, zh 31.8 %, ta 26.5 %, ms 14.7 %; "
        "pass 4, the last, en 26.8 %, zh 43.8 %, ta 25.1 %, ms 4.3 %"
    )


def test_a_schedule_in_one_pass_is_said_to_do_nothing(exp):
    exp.sampler.name, exp.sampler.schedule.parameter = "temperature", "T"
    assert "T moves from 3 to 1 between passes, but the run has only one pass" in summary(
        mixture_plan(exp, "paper")
    )


def test_a_speed_is_a_number_or_a_finished_runs_own(runs):
    record = {"status": "done", "audio_seconds_per_second": 720.5, "device": "NVIDIA L40S"}
    one, two = runs.record("one", **record), runs.record("two", **record, devices=2)
    assert str(given_speed("12.5")) == "12.5 s of audio a second"
    measured = "720.5 s of audio a second, measured on"
    assert str(given_speed(str(one))) == f"{measured} NVIDIA L40S"
    assert str(given_speed(str(two))) == f"{measured} 2 x NVIDIA L40S"


def test_the_device_of_a_measured_speed_stands_beside_the_time(exp):
    exp.hold.amount, exp.trainer.price_per_hour = 300.0, 2.5
    line = summary(mixture_plan(exp, "paper"), Speed(100.0, "NVIDIA L40S")).splitlines()[-1]
    assert line == (
        "time 3.00 h at 100.0 s of audio a second, measured on NVIDIA L40S, "
        "cost 7.50 at 2.50 an hour"
    )


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf"])
def test_a_speed_that_is_not_positive_is_refused(text):
    with pytest.raises(InputError, match=f"--speed is {text}; it must be a positive number"):
        given_speed(text)


def test_a_speed_that_is_neither_number_nor_folder_is_refused():
    with pytest.raises(InputError, match="--speed is 'fast'; it must be a number"):
        given_speed("fast")


@pytest.mark.parametrize(
    "record",
    [{}, {"status": "running", "audio_seconds_per_second": 1.0}, {"status": "done"}],
)
def test_a_run_that_measured_no_speed_is_refused(runs, record):
    folder = runs.record("other", **record)
    with pytest.raises(InputError, match="is not the folder of a finished training run"):
        given_speed(str(folder))
