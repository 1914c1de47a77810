"""Values laid over settings that were merged once give what merging every layer gives."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plion.config.experiment import experiment
from plion.config.layers import Layer, dotted
from plion.config.overlay import Overlay
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.settings.walk import Setting, settings_of
from plion.system.kinds import alternatives

BELOW = [
    dotted("the base", {"data.exclude": ["nsc"], "sampler.fixed.weights": {"en": 2.0}}),
    dotted("the study", {"data.suite": "mini12", "sampler.name": "temperature", "optim.lr": 1e-4}),
]
OVERLAY = Overlay(BELOW)
# What none or few settings take, besides values of their own type.
ODD = [None, True, 2, -1, 2.5, 1e9, float("nan"), "", "2", "1e-3", "${seed}", "???", [], ["x"],
       [0.9, 1.1], {}, {"en": 1}, {"zh": "x"}]  # fmt: skip
TEXTS = st.sampled_from(["balanced", "strict", "a b", "Tamil: தமிழ்", "a/b", "$", "32", "auto"])


def values(one: Setting) -> st.SearchStrategy[Any]:
    """Values that fit a setting, and now and then one that may not."""
    fitting = of_kind(one, next(kind for kind in alternatives(one.kind) if kind is not type(None)))
    return st.one_of(fitting, fitting, fitting, st.sampled_from(ODD))


def of_kind(one: Setting, kind: Any) -> st.SearchStrategy[Any]:
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is list:
        return st.lists(of_kind(one, get_args(kind)[0]), max_size=3)
    if get_origin(kind) is dict:
        return st.dictionaries(st.sampled_from(["en", "ta", "zh"]), of_kind(one, float))
    numbers = {int: st.integers(0, 40), float: st.one_of(st.floats(0, 1), st.integers(0, 40))}
    if kind in numbers:
        return numbers[kind]
    if kind is bool:
        return st.booleans()
    return st.sampled_from(one.choices) if one.choices else TEXTS


SETTINGS = {one.key: one for one in settings_of(Experiment)}
LAYER = st.lists(st.sampled_from(list(SETTINGS)), max_size=4, unique=True).flatmap(
    lambda keys: st.fixed_dictionaries({key: values(SETTINGS[key]) for key in keys})
)


def outcome(make: Any, layers: list[Layer]) -> Experiment | str:
    try:
        made = make(layers, "cell")
    except InputError as error:
        return str(error)
    assert isinstance(made, Experiment)
    return made


def merged(layers: list[Layer], name: str) -> Experiment:
    return experiment([*BELOW, *layers], name)


@given(st.lists(LAYER, min_size=1, max_size=3))
@settings(max_examples=20, deadline=None)
def test_it_gives_what_merging_all_layers_gives(given: list[dict[str, Any]]) -> None:
    layers = [dotted(f"layer {number}", own) for number, own in enumerate(given)]
    assert outcome(OVERLAY.experiment, layers) == outcome(merged, layers)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([{"optm": {}}], "layer 0: unknown key 'optm'"),
        ([{"optim.lr": 0.1}], "layer 0: unknown key 'optim.lr'"),
        ([{"optim": 3}], "layer 0: 'optim' is a group of keys"),
        ([{"optim": {"lr": "fast"}}], "layer 0: optim.lr must be a number"),
        ([{"optim": {"lr": 10**400}}], "layer 0: int too large"),
        ([{"optim": {"lr": -1.0}}, {"optim": {"lr": 1.0}}], "layer 0: optim.lr must be above 0"),
        ([{"name": "a/b"}, {"name": "a"}], "layer 0: name 'a/b' must consist of letters"),
        ([{"tag": {"train": "non"}}], "(did you mean 'none'?)"),
        ([{"trainer": {"devices": 2}}], "cell: batch.per_step is 1"),
        ([{"loss": {"unit": "words"}}], "there is no setting 'loss' any more"),
        ([{"languages": "nowhere.yaml"}], "nowhere.yaml"),
        ([{"seed": True}], "layer 0: seed must be"),
    ],
)
def test_a_mistake_is_told_as_it_is_of_any_experiment(
    own: list[dict[str, Any]], message: str
) -> None:
    layers = [Layer(f"layer {number}", values) for number, values in enumerate(own)]
    told = outcome(OVERLAY.experiment, layers)
    assert isinstance(told, str) and message in told
    assert told == outcome(merged, layers)


def test_a_mistake_below_is_told_by_every_experiment() -> None:
    overlay = Overlay([dotted("the base", {"optim.lr": 0})])
    for name in ("one", "other"):
        with pytest.raises(InputError, match=r"the base: optim\.lr must be above 0"):
            overlay.experiment([], name)


def test_settings_written_otherwise_than_they_are_held_are_converted() -> None:
    layer = Layer("odd", {"trainer": {"precision": 32}, "optim": {"lr": "1e-3"}, "loss": {}})
    assert OVERLAY.experiment([layer], "cell") == merged([layer], "cell")


def test_a_file_of_languages_is_read(tmp_path: Path) -> None:
    file = tmp_path / "languages.yaml"
    file.write_text("- {key: jv, name: Javanese, script: Latin, metric: wer}\n")
    layer = Layer("own", {"languages": str(file)})
    made = OVERLAY.experiment([layer], "cell")
    assert [row["key"] for row in made.languages] == ["jv"]
    assert made == merged([layer], "cell")


def test_experiments_over_the_same_layers_differ_in_what_they_set_alone() -> None:
    axis = dotted("axis", {"sampler.name": "balanced"})
    cells = [OVERLAY.experiment([axis, Layer("s", {"seed": n})], f"s{n}") for n in (1, 2)]
    plain = OVERLAY.experiment([], "plain")
    assert [(one.name, one.seed, one.sampler.name) for one in (plain, *cells)] == [
        ("plain", 0, "temperature"),
        ("s1", 1, "balanced"),
        ("s2", 2, "balanced"),
    ]
