import numpy as np

from plion.evaluation.averages import MACRO
from plion.studies.cells import cells
from plion.studies.collect import read_studies
from plion.studies.separable import separable


def compared(*folders):
    [study] = read_studies(folders)
    return separable(cells(study))


def test_lowest_is_separable_where_it_always_is_lower(runs):
    found = compared(runs.write("a", 3), runs.write("b", 1), runs.write("c", 2))
    assert found.best == dict.fromkeys([*runs.keys, MACRO], 1)
    assert found.tests == 2 * (len(runs.keys) + 1)


def test_nothing_is_where_two_are_equally_low(runs):
    assert compared(runs.write("a", 1), runs.write("b", 1), runs.write("c", 3)).best == {}


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


def test_seeds_are_paired_and_the_base_with_each_of_them(runs):
    runs.write("base", 5)
    wrong = {"p-s0": 2, "p-s1": 3, "q-s0": 1, "q-s1": 2}
    for name, errors in wrong.items():
        runs.write(name, errors)
    labels = {name: {"sampler": name[0]} for name in wrong}
    seeds = {name: int(name[-1]) for name in wrong}
    folder = runs.ablation({"sampler": ["p", "q"]}, labels, seeds)
    found = separable(cells(read_studies([folder])[0]))
    # Seeds differ by more than the samplers do, but by seed q is always one token better. From the
    # base it is 3.5 away, 3 and 4, which two seeds do not establish beside 26 comparisons.
    assert found.tests == 26 and found.best == {}


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
    found = separable(cells(read_studies([folder])[0]))
    assert (found.best, found.tests) == ({}, 0)
