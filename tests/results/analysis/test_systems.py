import numpy as np
import pytest

from plion.results.analysis.rates import run_rates
from plion.results.analysis.systems import deviations, mean_rates, system_rates, systems
from plion.results.reading.collect import read_studies
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.estimate import SEEDS

SAMPLERS = {"sampler": ["proportional", "balanced"]}


@pytest.fixture
def seeded(runs):
    """Two samplers over two seeds: 1 and 2 wrong tokens of five, and 3 and 3; a base."""
    runs.write("base", 5)
    wrong = {"p-s0": 1, "p-s1": 2, "b-s0": 3, "b-s1": 3}
    for name, errors in wrong.items():
        runs.write(name, errors)
    samplers = {"p": "proportional", "b": "balanced"}
    labels = {name: {"sampler": samplers[name[0]]} for name in wrong}
    return runs.ablation(SAMPLERS, labels, {name: int(name[-1]) for name in wrong})


def test_seeds_of_a_combination_are_one_cell_and_the_base_comes_first(seeded):
    [study] = read_studies([seeded])
    assert [(system.name, len(system.runs)) for system in systems(study)] == [
        ("base", 1),
        ("proportional", 2),
        ("balanced", 2),
    ]


def test_single_runs_are_cells_of_their_own(runs):
    [study] = read_studies([runs.write("a"), runs.write("b")])
    assert [system.name for system in systems(study)] == ["a", "b"]


def test_rates_are_means_over_seeds_with_their_deviation(seeded):
    [study] = read_studies([seeded])
    _, proportional, balanced = systems(study)
    assert mean_rates(proportional)["nsc"] == pytest.approx(30)
    assert deviations(proportional)["nsc"] == pytest.approx(np.std([20, 40], ddof=1))
    assert deviations(proportional)[MACRO] == pytest.approx(np.std([20, 40], ddof=1))
    assert deviations(balanced)[MACRO] == 0


def test_intervals_over_seeds_hold_what_the_seeds_of_all_cells_differ_by(seeded):
    [study] = read_studies([seeded])
    base, proportional, balanced = systems(study)
    macro = system_rates(study, proportional)[MACRO]
    assert macro.value == pytest.approx(30) and macro.low < 20 < 40 < macro.high
    still = system_rates(study, balanced)[MACRO]  # whose own seeds do not differ
    assert still.value == pytest.approx(60) and still.low < 50 < 70 < still.high
    assert (macro.over, still.over) == (SEEDS, SEEDS)
    assert system_rates(study, base)[MACRO].alike


def test_averages_by_language_have_intervals_over_seeds_too(seeded):
    [study] = read_studies([seeded])
    made = system_rates(study, systems(study)[1])
    mean, worst = made["language_mean"], made["worst_language"]
    assert mean.value == pytest.approx(30) and mean.low < 20 < 40 < mean.high
    assert worst.language == "en" and not worst.known


def test_one_run_has_its_own_figures_and_no_deviation(grid):
    [study] = read_studies([grid])
    system = systems(study)[1]
    assert system_rates(study, system) == run_rates(study, system.runs[0])
    assert deviations(system) == {}


def test_seeds_on_different_utterances_have_no_interval(runs):
    runs.write("p-s0", 1)
    runs.utterances = 6
    runs.write("p-s1", 2)
    labels = {name: {"sampler": "proportional"} for name in ("p-s0", "p-s1")}
    folder = runs.ablation(SAMPLERS, labels, {"p-s0": 0, "p-s1": 1}, base=None)
    [study] = read_studies([folder])
    [system] = systems(study)
    macro = system_rates(study, system)[MACRO]
    assert macro.value == pytest.approx(30) and not np.isfinite([macro.low, macro.high]).any()


def test_cell_without_a_scored_run_has_its_status(runs):
    runs.record("p", status="failed")
    folder = runs.ablation(SAMPLERS, {"p": {"sampler": "proportional"}}, base=None)
    [study] = read_studies([folder])
    [system] = systems(study)
    assert (system.runs, system.status, system_rates(study, system)) == ((), "failed", {})


def test_oracle_is_marked(runs):
    [study] = read_studies([runs.write("a", tag_decode="forced")])
    [system] = systems(study)
    assert system.forced and system.name == "a (forced)"


def test_forced_transcripts_are_a_cell_of_their_own(conditioned):
    [study] = read_studies([conditioned])
    assert [(system.name, system.again, len(system.runs)) for system in systems(study)][2:5] == [
        ("predict", False, 1),
        ("predict (forced)", True, 1),
        ("condition (forced)", False, 1),
    ]
