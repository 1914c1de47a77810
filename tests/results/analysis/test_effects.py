import shutil
from itertools import product

import numpy as np
import pytest
from scipy import stats

from plion.results.analysis.effects import comparisons, effects, simple_effects
from plion.results.reading.collect import read_studies

AXES = {"sampler": ["proportional", "balanced"]}


def estimates(found):
    macro = [effect for effect in found if effect.on == "macro"]
    return {effect.name: round(effect.interval.estimate, 6) for effect in macro}


def read(folder):
    [study] = read_studies([folder])
    return study


def two_samplers(runs, **seeds):
    names = seeds or {"p": 0, "b": 0}
    labels = {"p": "proportional", "b": "balanced"}
    cells = {name: {"sampler": labels[name[0]]} for name in names}
    return read(runs.ablation(AXES, cells, seeds=names, base=None))


def test_factors_are_compared_with_the_first_label_of_every_axis(grid):
    assert estimates(effects(read(grid))) == {
        "sampler: balanced - proportional": -30,
        "tag.train: none - predict": -30,
        "interaction: sampler balanced x tag.train none": -20,
    }
    assert estimates(simple_effects(read(grid))) == {
        "sampler: balanced - proportional (at tag.train predict)": -20,
        "tag.train: none - predict (at sampler proportional)": -20,
    }


def test_combination_in_which_a_run_is_missing_is_left_out_and_said(grid):
    shutil.rmtree(grid.parent / "mini-balanced-none-s0-00000000")
    sampler, tag, interaction = (own for own in effects(read(grid)) if own.on == "macro")
    assert sampler.interval.estimate == tag.interval.estimate == pytest.approx(-20)
    said = "over 1 of 2 combinations of the other axes (mini-balanced-none-s0 missing)"
    assert (sampler.remark, sampler.combinations) == (said, 1)
    assert (interaction.interval, interaction.reason) == (None, "mini-balanced-none-s0 missing")


def test_comparison_of_an_axis_is_made_at_every_level_of_the_others(grid):
    assert estimates(comparisons(read(grid), "sampler")) == {
        "sampler: balanced - proportional (at tag.train predict)": -20,
        "sampler: balanced - proportional (at tag.train none)": -40,
    }


def test_comparison_of_an_axis_is_made_on_every_benchmark(grid, runs):
    found = comparisons(read(grid), "tag.train")
    assert [effect.on for effect in found] == [*runs.keys, "macro"] * 2
    assert {round(effect.interval.estimate, 6) for effect in found} == {-20, -40}


def test_difference_is_paired_by_utterance(runs):
    runs.write("p", lambda key, number: number % 5)
    runs.write("b", lambda key, number: number % 5 + 1)
    effect, *_ = effects(two_samplers(runs))
    assert effect.interval.estimate == pytest.approx(20) and effect.interval.alike


def test_pairing_does_not_depend_on_the_order_of_the_transcripts(runs):
    runs.write("p", lambda key, number: number % 5)
    folder = runs.write("b", lambda key, number: number % 5 + 1)
    for path in (folder / "predictions").iterdir():
        path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    effect, *_ = effects(two_samplers(runs))
    assert effect.interval.estimate == pytest.approx(20) and effect.interval.alike


def test_unequal_differences_have_an_interval_around_the_estimate(runs):
    runs.write("p", 2)
    runs.write("b", lambda key, number: number % 3)
    effect, *_ = effects(two_samplers(runs))
    assert effect.interval.low < effect.interval.estimate < effect.interval.high < 0


def test_seeds_of_a_cell_are_averaged(runs):
    for name, errors in {"p0": 2, "p1": 4, "b0": 1, "b1": 2}.items():
        runs.write(name, errors)
    effect, *_ = effects(two_samplers(runs, p0=0, p1=1, b0=0, b1=1))
    assert effect.interval.estimate == pytest.approx(-30)


def test_seeds_of_each_cell_vary_on_their_own(runs):
    for name, errors in {"p0": 1, "p1": 3, "b0": 2, "b1": 4}.items():
        runs.write(name, errors)
    found = effects(two_samplers(runs, p0=0, p1=1, b0=0, b1=1))[0].interval
    assert found.estimate == pytest.approx(20) and found.over == "seeds and test utterances"
    assert (found.seeds, found.error) == (2, pytest.approx(np.sqrt(800)))


def test_main_effect_of_a_balanced_study_has_the_p_of_an_analysis_of_variance(runs):
    axes = {"sampler": ["p", "b", "t"], "tag.train": ["predict", "none"]}
    errors = [1, 2, 1, 3, 2, 2, 0, 1, 1, 2, 4, 3, 1, 0, 2, 3, 3, 4]  # of five tokens, by run
    runs.keys, cells, seeds = ["nsc"], {}, {}
    for place, (sampler, tag, seed) in enumerate(product(*axes.values(), range(3))):
        name = f"{sampler}-{tag}-{seed}"
        runs.write(name, errors[place])
        cells[name], seeds[name] = {"sampler": sampler, "tag.train": tag}, seed
    found = {own.name: own for own in effects(read(runs.ablation(axes, cells, seeds, base=None)))}
    tag = found["tag.train: none - predict"].interval
    # A linear model of the cells' means, and one in which both tags have the same mean.
    rates = 20.0 * np.array(errors)
    full = np.kron(np.eye(6), np.ones((3, 1)))
    none = np.kron(np.tile([-1.0, 1.0], 3)[:, None], np.ones((3, 1)))
    null = full - none @ np.linalg.lstsq(none, full, rcond=None)[0]  # no part along the tag
    left, more = (residual_squares(model, rates) for model in (full, null))
    f = (more - left) / (left / 12)
    assert tag.freedom == 12
    assert (tag.estimate / tag.error) ** 2 == pytest.approx(f, rel=1e-9)
    assert tag.p == pytest.approx(stats.f.sf(f, 1, 12), rel=1e-9)


def residual_squares(model, values):
    return ((values - model @ np.linalg.lstsq(model, values, rcond=None)[0]) ** 2).sum()


def test_cells_that_are_not_compared_tell_of_the_seeds_too(runs):
    axes = {"sampler": ["proportional", "balanced"], "tag.train": ["predict", "none"]}
    cells, seeds = {}, {}
    for sampler in axes["sampler"]:
        for tag in axes["tag.train"]:
            for seed in range(3):
                name = f"{sampler}-{tag}-{seed}"
                runs.write(name, seed)
                cells[name], seeds[name] = {"sampler": sampler, "tag.train": tag}, seed
    found = effects(read(runs.ablation(axes, cells, seeds, base=None)))
    assert {effect.interval.seeds for effect in found} == {8}


def test_effects_are_on_the_macro_average_and_on_each_language(runs):
    runs.write("p", 1)
    runs.write("b", lambda key, number: {"slr65": 5, "nsc": 2}.get(key, 1))
    found = effects(two_samplers(runs))
    assert {effect.on: round(effect.interval.estimate, 4) for effect in found} == {
        "macro": round(100 / 12, 4),
        "en": 10,
        "zh": 0,
        "ta": 20,
        "ms": 0,
    }


def test_effects_on_one_language_are_those_on_the_average(runs):
    runs.keys = ["slr65", "slr127"]
    runs.write("p", 1)
    runs.write("b", 2)
    assert [effect.on for effect in effects(two_samplers(runs))] == ["macro"]


def test_effects_of_one_seed_decide_nothing(grid):
    found = effects(read(grid)) + comparisons(read(grid), "sampler")
    assert not any(effect.interval.decides for effect in found)


def test_seed_that_not_all_cells_have_is_left_out_and_said(runs):
    for name, errors in {"p0": 1, "p1": 3, "b0": 2}.items():
        runs.write(name, errors)
    effect, *_ = effects(two_samplers(runs, p0=0, p1=1, b0=0))
    assert effect.interval.estimate == pytest.approx(20)
    assert effect.remark == "over the seeds that all have (0)"


@pytest.mark.parametrize("others", [["p0", "b0"], ["p0", "p1", "p2", "b0"]])
def test_where_a_cell_has_one_seed_the_seeds_of_others_give_its_differences_no_p(runs, others):
    names = [*others, "t0", "t1", "t2"]
    for place, name in enumerate(names):
        runs.write(name, lambda key, number, place=place: (number + place) % 3 + (place > 1))
    labels = {"p": "proportional", "b": "balanced", "t": "temperature"}
    cells = {name: {"sampler": labels[name[0]]} for name in names}
    axes = {"sampler": [*labels.values()]}
    study = read(runs.ablation(axes, cells, {name: int(name[1]) for name in names}, base=None))
    overs = {e.name: e.interval.over for e in effects(study) if e.on == "macro"}
    assert overs["sampler: balanced - proportional"] == "test utterances, one seed"
    known = overs["sampler: temperature - proportional"] == "seeds and test utterances"
    assert known is ("p1" in others)


def test_cells_without_a_seed_in_common_are_not_compared(runs):
    runs.write("p")
    runs.write("b")
    effect, *_ = effects(two_samplers(runs, p=0, b=1))
    assert (effect.interval, effect.reason) == (None, "no seed in common")


def test_effect_of_a_missing_run_says_so(runs):
    runs.write("p")
    effect, *_ = effects(two_samplers(runs))
    assert (effect.interval, effect.reason) == (None, "b missing")


def test_cell_that_is_not_in_the_study_is_named(runs):
    runs.write("p")
    effect, *_ = effects(two_samplers(runs, p=0))
    assert (effect.interval, effect.reason) == (None, "not run: balanced")


def test_runs_on_other_utterances_are_not_compared(runs):
    runs.write("p")
    runs.utterances = 11
    runs.write("b")
    effect, *_ = effects(two_samplers(runs))
    assert effect.interval is None
    assert effect.reason == "b was tested on other utterances than p"


def test_runs_on_other_utterances_are_compared_on_those_in_common_if_asked(runs):
    runs.write("p", lambda key, number: 5 if number == 11 else 1)
    runs.utterances = 11
    runs.write("b", 2)
    effect, *_ = effects(two_samplers(runs), intersect=True)
    assert effect.interval.estimate == pytest.approx(20)
    assert effect.remark == "on the 132 of 144 utterances that all have"


def test_missing_run_is_not_compared_even_then(runs):
    runs.write("p")
    effect, *_ = effects(two_samplers(runs), intersect=True)
    assert effect.reason == "b missing"


def test_runs_that_cover_other_benchmarks_are_not_compared(runs):
    runs.write("p")
    runs.keys = ["nsc"]
    runs.write("b")
    effect, *_ = effects(two_samplers(runs))
    assert effect.reason == "b was tested on other utterances than p"


def test_three_axes_have_an_interaction_for_every_two(runs):
    axes = {"a": ["0", "1"], "b": ["0", "1"], "c": ["0", "1"]}
    cells = {}
    for a in (0, 1):
        for b in (0, 1):
            for c in (0, 1):
                name = f"{a}{b}{c}"
                runs.write(name, a + 2 * a * b + c)
                cells[name] = {"a": str(a), "b": str(b), "c": str(c)}
    found = estimates(effects(read(runs.ablation(axes, cells, base=None))))
    assert found == {
        "a: 1 - 0": 40,
        "b: 1 - 0": 20,
        "c: 1 - 0": 20,
        "interaction: a 1 x b 1": 40,
        "interaction: a 1 x c 1": 0,
        "interaction: b 1 x c 1": 0,
    }


def test_a_training_that_two_cells_share_counts_once(runs):
    """Sampler a is one training under both tags; b is two."""
    runs.utterances = 40
    cells, seeds = {}, {}
    for sampler, tag, seed in product("ab", "xy", range(2)):
        name = f"{sampler}{tag}{seed}"
        own = f"a{seed}000000" if sampler == "a" else f"{name}00000"
        place = len(cells) if sampler == "b" else 10 + seed
        runs.write(name, lambda key, number, p=place: (7 * p + number * (p + 1)) % 4, hash=own)
        cells[name], seeds[name] = {"sampler": sampler, "tag": tag}, seed
    study = read(runs.ablation({"sampler": ["a", "b"], "tag": ["x", "y"]}, cells, seeds, base=None))
    found = {one.name: one for one in effects(study) if one.on == "macro"}
    sampler = found["sampler: b - a"]
    assert sampler.interval.seeds == 3  # one for each of three cells
    # Twice a quarter of b's cells, and the whole of a.
    assert sampler.parts.squares == pytest.approx((1.0, 0.25, 0.25))
    same = simple_effects(study)
    tag = next(one for one in same if one.name.startswith("tag: y - x") and one.on == "macro")
    assert (tag.interval.estimate, tag.interval.known) == (0.0, False)
