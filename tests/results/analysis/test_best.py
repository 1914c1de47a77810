import numpy as np

from plion.results.analysis.best import separable
from plion.results.analysis.systems import systems
from plion.results.reading.collect import read_studies
from plion.scoring.statistics.averages import MACRO


def compared(*folders):
    [study] = read_studies(folders)
    return separable(systems(study))


def test_lowest_is_separable_where_it_always_is_lower(runs):
    found = compared(runs.write("a", 3), runs.write("b", 1), runs.write("c", 2))
    assert found.best == dict.fromkeys([*runs.keys, MACRO], 1)
    assert found.tests == 2 * (len(runs.keys) + 1)


def test_nothing_is_where_two_are_equally_low(runs):
    assert compared(runs.write("a", 1), runs.write("b", 1), runs.write("c", 3)).best == {}


def test_a_cell_and_a_variant_that_are_one_run_count_once(runs):
    alike = [runs.write(name, 1, hash="0123abcd") for name in ("cell", "variant")]
    found = compared(runs.write("a", 3), *alike)
    assert found.best == dict.fromkeys([*runs.keys, MACRO], 1)
    assert found.tests == len(runs.keys) + 1
    assert compared(*alike).tests == 0


def test_difference_on_one_set_is_seen_there_and_in_the_average_alone(runs):
    better = runs.write("b", lambda key, number: 1 if key == "nsc" else 2)
    assert compared(runs.write("a", 2), better).best == {"nsc": 1, MACRO: 1}


def test_noise_is_not_separable(runs):
    def drawn(seed):
        numbers = np.random.default_rng(seed).integers(4, size=(12, runs.utterances))
        return lambda key, number: int(numbers[runs.keys.index(key), number])

    assert compared(*(runs.write(name, drawn(i)) for i, name in enumerate("abcd"))).best == {}


def test_runs_on_different_utterances_are_not_compared(runs):
    first = runs.write("a", 1)
    runs.utterances = 6
    found = compared(first, runs.write("b", 3))
    assert (found.best, found.tests) == ({}, 0)
    assert found.reason == "b was tested on other utterances than a"


def test_one_system_has_nothing_to_be_told_from(runs):
    assert compared(runs.write("a", 1)).tests == 0


def seeded(runs, seeds, levels, noise=1):
    """A base and cells whose runs have so many wrong tokens, and in half of them some more."""
    runs.write("base", 5)
    names = [f"{cell}-s{seed}" for cell in levels for seed in range(seeds)]
    for place, name in enumerate(names):
        more = noise * (place % 2)
        runs.write(name, lambda key, number, n=levels[name[0]] + more: n - (number % 4 == 0))
    labels = {name: {"sampler": name[0]} for name in names}
    folder = runs.ablation({"sampler": [*levels]}, labels, {name: int(name[3:]) for name in names})
    return separable(systems(read_studies([folder])[0]))


def test_trained_systems_of_one_seed_are_never_told_apart(runs):
    found = seeded(runs, 1, {"p": 4, "q": 1})
    assert (found.best, found.tests) == ({}, 0)
    assert found.reason == "differences over one seed are not established"


def test_over_several_seeds_the_lowest_has_to_be_further_away_than_seeds_are(runs):
    runs.keys = ["nsc", "slr65"]
    assert seeded(runs, 4, {"p": 3, "q": 2}).best == {}


def test_over_several_seeds_the_lowest_is_told_from_the_base_too(runs):
    runs.keys, runs.utterances = ["nsc", "slr65"], 40
    found = seeded(runs, 5, {"p": 4, "q": 1}, noise=0)
    assert found.tests == 6 and found.best == {"nsc": 2, "slr65": 2, MACRO: 2}


def test_single_run_that_was_trained_is_of_one_seed_too(runs):
    found = compared(runs.write("a", 1, steps=20), runs.write("b", 3, trained_as="c"))
    assert found.best == {} and found.reason


def test_single_runs_are_compared_whatever_their_seeds(runs):
    found = compared(runs.write("a", 1, seed=0), runs.write("b", 3, seed=1))
    assert found.best[MACRO] == 0


def test_cells_without_a_seed_in_common_are_not_told_apart(runs):
    for name, errors in {"p": 2, "q": 1}.items():
        runs.write(name, errors)
        runs.write(f"{name}2", errors)
    labels = {name: {"sampler": name[0]} for name in ("p", "p2", "q", "q2")}
    seeds = {"p": 0, "p2": 1, "q": 2, "q2": 3}
    folder = runs.ablation({"sampler": ["p", "q"]}, labels, seeds, base=None)
    found = separable(systems(read_studies([folder])[0]))
    assert (found.best, found.tests) == ({}, 0)
