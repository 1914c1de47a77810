"""Effects against cells that are told the language: between rows decoded with it given."""

from itertools import product

import pytest

from plion.results.analysis.effects import effects
from plion.results.reading.collect import read_studies


def estimates(found):
    return {one.name: round(one.interval.estimate, 6) for one in found if one.on == "macro"}


def read(folder):
    [study] = read_studies([folder])
    return study


def test_what_was_trained_with_the_language_given_is_compared_between_forced_rows(conditioned):
    found = effects(read(conditioned))
    condition, none, absent = (effect for effect in found if effect.on == "macro")
    assert condition.name == "tag.train: condition - predict (forced)"
    assert condition.interval.estimate == pytest.approx(-20)
    assert condition.remark == "between forced rows"
    assert none.name == "tag.train: none - predict"
    assert none.interval.estimate == pytest.approx(20) and not none.remark
    assert absent.interval.estimate == pytest.approx(0)


def test_what_takes_no_tag_is_not_compared_with_condition(runs):
    runs.write("condition", tag_train="condition", tag_decode="forced")
    runs.write("absent", 1, tag_train="absent")
    cells = {name: {"tag.train": name} for name in ("condition", "absent")}
    [effect] = effects(read(runs.ablation({"tag.train": list(cells)}, cells, base=None)))
    assert effect.interval is None
    assert effect.reason == "not decoded with the language given: absent"


def test_interaction_with_condition_is_between_forced_rows(runs):
    axes = {"sampler": ["p", "b"], "tag.train": ["predict", "condition"]}
    cells, told = {}, {"p-predict": 1, "b-predict": 2, "p-condition": 3, "b-condition": 0}
    for name, errors in told.items():
        sampler, tag = name.split("-")
        cells[name] = {"sampler": sampler, "tag.train": tag}
        own = {"tag_decode": "forced"} if tag == "condition" else {}
        runs.write(name, errors if own else 5, tag_train=tag, **own)
        if not own:
            runs.forced(name, errors)
    folder = runs.ablation(axes, cells, base=None, forced=("p-predict", "b-predict"))
    assert estimates(effects(read(folder))) == {
        "sampler: b - p": -30,
        "tag.train: condition - predict (forced)": 0,
        "interaction: sampler b x tag.train condition (forced)": -80,
    }


def test_effect_over_both_kinds_of_rows_counts_each_training_once(runs):
    axes = {"sampler": ["p", "b"], "tag.train": ["predict", "condition"]}
    cells, seeds, forced = {}, {}, []
    for place, (sampler, tag, seed) in enumerate(product("pb", axes["tag.train"], range(2))):
        name = f"{sampler}-{tag}-{seed}"
        cells[name], seeds[name] = {"sampler": sampler, "tag.train": tag}, seed
        own = {"tag_decode": "forced"} if tag == "condition" else {}
        runs.write(name, place % 4, tag_train=tag, hash=f"{place:08d}", **own)
        if not own:
            runs.forced(name, place % 3)
            forced.append(name)
    study = read(runs.ablation(axes, cells, seeds, base=None, forced=forced))
    effect, *_ = effects(study)
    assert effect.remark == "between forced rows in 1 of 2 combinations"
    assert effect.interval.seeds == 4  # one for each of four cells


def test_early_run_of_condition_that_was_not_told_the_language_is_not_compared(runs):
    for name in ("predict", "condition"):
        runs.write(name, 1)
    cells = {name: {"tag.train": name} for name in ("predict", "condition")}
    study = read(runs.ablation({"tag.train": list(cells)}, cells, base=None))
    assert all(run.scores for run in study.runs)
    [effect] = effects(study)
    assert effect.reason == "not decoded with the language given: predict"


def test_forced_row_that_is_lacking_says_so(runs):
    runs.write("predict", 1)
    runs.write("condition", tag_train="condition", tag_decode="forced")
    cells = {name: {"tag.train": name} for name in ("predict", "condition")}
    axes = {"tag.train": list(cells)}
    [effect] = effects(read(runs.ablation(axes, cells, base=None, forced=["predict"])))
    assert effect.reason == "predict (forced) not evaluated"


def test_axis_of_decoding_is_compared_as_its_labels_say(runs):
    cells = {name: {"tag.decode": name} for name in ("free", "forced")}
    for name, errors in {"free": 2, "forced": 1}.items():
        runs.write(name, errors, tag_train="condition", tag_decode=name)
    effect, *_ = effects(read(runs.ablation({"tag.decode": list(cells)}, cells, base=None)))
    assert effect.name == "tag.decode: forced - free"
    assert effect.interval.estimate == pytest.approx(-20)
