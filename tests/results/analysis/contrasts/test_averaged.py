"""Which cells main effects and interactions average, and with which weights."""

from collections.abc import Mapping

import pytest

from plion.results.analysis.contrasts.averaged import interactions, main_effects
from plion.results.analysis.contrasts.contrast import Contrast
from plion.results.reading.study import Run, Study

AXES = {"sampler": ["flat", "hot"], "T": ["2", "5"], "tag": ["named", "silent"]}
FLAT = [{"sampler": "flat", "tag": tag} for tag in AXES["tag"]]
HOT = [{"sampler": "hot", "T": T, "tag": tag} for T in AXES["T"] for tag in AXES["tag"]]


def study(cells: list[dict[str, str]], axes: Mapping[str, list[str]] = AXES) -> Study:
    named = {axis: tuple(labels) for axis, labels in axes.items()}
    return Study("s", "mini12", tuple(Run("", labels=labels) for labels in cells), axes=named)


def weights(contrast: Contrast) -> dict[str, float]:
    """The coefficient of each cell, by its labels."""
    number = len(contrast.combinations)
    return {
        " ".join(cell.values()): weight / number
        for own in contrast.combinations
        for cell, weight in own
    }


def test_in_a_complete_factorial_every_cell_counts_the_same() -> None:
    axes = {"a": ["0", "1", "2"], "b": ["x", "y"]}
    cells = [{"a": a, "b": b} for a in axes["a"] for b in axes["b"]]
    made = study(cells, axes)
    one, two, b = main_effects(made)
    assert [one.name, two.name, b.name] == ["a: 1 - 0", "a: 2 - 0", "b: y - x"]
    assert weights(one) == {"0 x": -0.5, "1 x": 0.5, "0 y": -0.5, "1 y": 0.5}
    assert set(weights(b).values()) == {1 / 3, -1 / 3} and len(weights(b)) == 6
    assert [len(own.combinations) for own in (one, two, b)] == [
        own.possible for own in (one, two, b)
    ]
    first, _ = interactions(made)
    assert first.name == "interaction: a 1 x b y"
    assert weights(first) == {"0 x": 1, "1 x": -1, "0 y": -1, "1 y": 1}


def test_an_interaction_is_averaged_over_further_axes() -> None:
    axes = {"a": ["0", "1"], "b": ["0", "1"], "c": ["0", "1", "2"]}
    cells = [{"a": a, "b": b, "c": c} for a in "01" for b in "01" for c in "012"]
    found = {own.name: own for own in interactions(study(cells, axes))}
    own = found["interaction: a 1 x b 1"]
    assert len(own.combinations) == own.possible == 3
    assert weights(own)["0 1 2"] == pytest.approx(-1 / 3) and len(weights(own)) == 12


def test_what_only_one_label_has_labels_of_is_averaged_first() -> None:
    sampler, T, tag = main_effects(study([*FLAT, *HOT]))
    assert sampler.name == "sampler: hot (mean of T 2, 5) - flat"
    assert weights(sampler) == {
        **{"flat named": -0.5, "hot 2 named": 0.25, "hot 5 named": 0.25},
        **{"flat silent": -0.5, "hot 2 silent": 0.25, "hot 5 silent": 0.25},
    }
    assert T.name == "T: 5 - 2 (at sampler hot)" and len(T.combinations) == 2
    assert tag.name == "tag: silent - named" and len(tag.combinations) == 3
    assert [own.name for own in interactions(study([*FLAT, *HOT]))] == [
        "interaction: sampler hot (mean of T 2, 5) x tag silent",
        "interaction: T 5 x tag silent (at sampler hot)",
    ]


def test_a_mean_is_over_the_combinations_that_both_labels_have() -> None:
    sampler, tag = main_effects(
        study([*FLAT, HOT[1]], {"sampler": ["flat", "hot"], "T": ["2"], "tag": AXES["tag"]})
    )
    assert sampler.name == "sampler: hot, T 2 - flat (at tag silent)"
    assert (len(sampler.combinations), sampler.possible) == (1, 2)
    assert tag.name == "tag: silent - named (at sampler flat)"


def test_where_no_combination_has_all_labels_it_is_said() -> None:
    axes = {"a": ["0", "1"], "b": ["0", "1"]}
    made = study([{"a": "0", "b": "0"}, {"a": "1", "b": "1"}], axes)
    for own in main_effects(made):
        assert not own.combinations
        assert own.lacking == "no combination of the other axes has both"
    three = study([{"a": "0", "b": "0"}, {"a": "1", "b": "0"}, {"a": "0", "b": "1"}], axes)
    [own] = interactions(three)
    assert (own.name, own.lacking) == ("interaction: a 1 x b 1", "not run: 1, 1")


def test_effects_of_a_study_with_budgets_are_those_at_the_largest() -> None:
    axes = {"a": ["0", "1"], "b": ["x", "y"], "budget": ["0.5", "2", "10"]}
    cells = [
        {"a": a, "b": b, "budget": budget}
        for a in axes["a"]
        for b in axes["b"]
        for budget in axes["budget"]
    ]
    made = study(cells, axes)
    a, b = main_effects(made)  # and none of the budget
    assert a.name == "a: 1 - 0 (at budget 10)"
    assert weights(a) == {"0 x 10": -0.5, "1 x 10": 0.5, "0 y 10": -0.5, "1 y 10": 0.5}
    [both] = interactions(made)
    assert {key.split()[-1] for key in weights(both)} == {"10"} and b.possible == 2
