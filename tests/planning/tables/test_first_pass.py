"""`plion plan` as text: tables and CSV."""

import csv
import io

import pytest
from tiny import Tiny

from plion.planning.planned_run import mixture_plan, plan_samplers
from plion.planning.tables.first_pass import as_csv, as_csv_compared, render_compared, render_plan
from plion.planning.tables.totals import Speed, summary

COLUMNS = (
    "language,dataset,utterances,hours,draws,share,repeats,unseen,"
    "share_hours,share_padded,share_tokens"
)


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_each_language_is_summed_above_its_corpora(exp):
    lines = render_plan(mixture_plan(exp, "paper")).splitlines()
    sums = {cells[0]: cells[5] for cells in map(str.split, lines) if cells[1:2] == ["all"]}
    assert sums == {**dict.fromkeys(["en", "zh", "ta", "ms"], "25.00"), "all": "100.00"}


def test_the_summary_stands_below(exp):
    planned = mixture_plan(exp, "paper")
    assert render_plan(planned, Speed(80.0)).endswith(f"\n\n{summary(planned, Speed(80.0))}\n")


def test_a_column_that_is_not_known_is_not_there(exp, tiny: Tiny, tmp_path):
    assert "_tokens" not in render_plan(mixture_plan(exp, "paper"))
    assert "_tokens" in render_plan(mixture_plan(tiny.experiment(tmp_path)))


def test_csv_has_the_columns_and_a_row_a_corpus(exp):
    text = as_csv(mixture_plan(exp, "paper"))
    rows = read(text)
    assert text.splitlines()[0] == COLUMNS
    assert len(rows) == 12
    assert sum(int(row["draws"]) for row in rows) == 480_392


def test_csv_has_the_figures_of_the_pass(tiny: Tiny, tmp_path):
    planned = mixture_plan(tiny.experiment(tmp_path, "sampler.name=uniform"))
    for line, row in zip(read(as_csv(planned)), planned.first_pass, strict=True):
        assert float(line["share_tokens"]) == pytest.approx(row.share_tokens, abs=1e-4)
        assert float(line["share_padded"]) == pytest.approx(row.share_padded, abs=1e-4)


def test_what_is_not_known_is_empty_in_csv(exp):
    assert {row["share_tokens"] for row in read(as_csv(mixture_plan(exp, "paper")))} == {""}


def test_three_samplers_stand_side_by_side_in_120_columns(exp):
    exp.trainer.price_per_hour = 2.0
    text = render_compared(
        plan_samplers(exp, "proportional,temperature,balanced", "paper"), Speed(80.0)
    )
    table, totals = text.split("\n\n")
    assert max(map(len, text.splitlines())) <= 120
    (fleurs,) = (line.split() for line in table.splitlines() if "fleurs_ms" in line)
    assert fleurs[4:] == ["0.56", "1.00", "1.91", "3.43", "12.50", "22.52"]
    assert totals.splitlines()[0].startswith("runs held to 50 audio_hours")
    assert [line.split()[0] for line in totals.splitlines()[-3:]] == [
        "proportional",
        "temperature",
        "balanced",
    ]


def test_more_samplers_than_three_are_in_more_tables(tiny: Tiny, tmp_path):
    text = render_compared(plan_samplers(tiny.experiment(tmp_path), "all"))
    *tables, _, _, told = text.split("\n\n")  # what each comes to, what languages weigh
    assert [table.count("repeats") for table in tables] == [3, 3, 1]
    assert max(map(len, "\n\n".join(tables).splitlines())) <= 120
    assert told.startswith("sampler adaptive: ")


def test_times_are_compared_where_a_speed_is_given(exp):
    exp.hold.quantity, exp.hold.amount = "utterances", 50_000.0
    runs = plan_samplers(exp, "proportional,balanced", "paper")
    assert "training" not in render_compared(runs)
    assert "training at 100.0 s of audio a second, measured on L40S" in render_compared(
        runs, Speed(100.0, "L40S")
    )
    proportional, balanced = (
        float(line.split()[-1]) for line in render_compared(runs, Speed(100.0)).splitlines()[-2:]
    )
    assert proportional < balanced  # the same utterances are longer there


def test_compared_csv_names_the_sampler_of_every_row(exp):
    runs = plan_samplers(exp, "uniform,balanced", "paper")
    text = as_csv_compared(runs)
    assert text.splitlines()[0] == f"sampler,{COLUMNS}"
    rows = read(text)
    assert [row["sampler"] for row in rows] == ["uniform"] * 12 + ["balanced"] * 12
    own = [{key: row[key] for key in COLUMNS.split(",")} for row in rows[12:]]
    assert own == read(as_csv(runs[1]))
