"""The settings of a schema by their keys, and what is wrong with a value of one."""

from dataclasses import dataclass
from typing import Literal

import pytest

from plion.settings.setting import group, setting
from plion.settings.walk import nearest, settings_of, value_at, wrong_value


@dataclass
class Power:
    exponent: float = setting(0.5, low=0, help="of the sizes")


@dataclass
class Sampler:
    name: str = setting("even", choices=("even", "power"), help="the policy")
    power: Power = group(Power, when=("name", "power"))


@dataclass
class Settings:
    sampler: Sampler = group(Sampler)
    kinds: list[Literal["a", "b"]] = setting([], help="kinds")
    factors: list[float] = setting([1.0], above=0, help="factors")
    weights: dict[str, float] = setting({}, low=0, help="weights")
    most: float | None = setting(None, above=0, help="at most")
    plain: int = 3


def test_settings_are_listed_by_their_keys_with_all_they_say() -> None:
    known = {one.key: one for one in settings_of(Settings)}
    assert list(known) == [
        "sampler.name", "sampler.power.exponent", "kinds", "factors", "weights", "most", "plain",
    ]  # fmt: skip
    assert (known["sampler.power.exponent"].default, known["plain"].default) == (0.5, 3)
    assert known["sampler.name"].choices == ("even", "power")
    assert known["kinds"].choices == ("a", "b")
    assert known["sampler.power.exponent"].about.help == "of the sizes"
    assert [one.key for one in settings_of(Power, "here.")] == ["here.exponent"]


@pytest.mark.parametrize(("name", "applies"), [("power", True), ("even", False)])
def test_a_policys_settings_count_where_it_is_chosen(name: str, applies: bool) -> None:
    known = {one.key: one for one in settings_of(Settings)}
    chosen = Settings(sampler=Sampler(name=name))
    assert known["sampler.power.exponent"].applies(chosen) is applies
    assert known["sampler.name"].applies(chosen)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("sampler.name", "evn", "sampler.name cannot be 'evn' (did you mean 'even'?)"),
        ("sampler.power.exponent", -1.0, "sampler.power.exponent must be 0 or more, not -1.0"),
        ("sampler.power.exponent", float("nan"), "must be a finite number, not nan"),
        ("kinds", ["a", "c"], "each of kinds cannot be 'c' (known: a, b)"),
        ("factors", [1.0, 0.0], "each of factors must be above 0, not 0.0"),
        ("weights", {"en": 1.0, "ms": -2.0}, "weights.ms must be 0 or more, not -2.0"),
        ("most", 0.0, "most must be above 0, not 0.0"),
        ("plain", float("inf"), "plain must be a finite number, not inf"),
    ],
)
def test_a_value_out_of_its_bounds_is_told(key: str, value: object, told: str) -> None:
    settings = Settings()
    assert wrong_value(settings) is None
    *groups, last = key.split(".")
    setattr(value_at(settings, ".".join(groups)) if groups else settings, last, value)
    assert told in str(wrong_value(settings))


def test_a_value_is_told_by_the_key_it_has_where_it_stands() -> None:
    assert str(wrong_value(Power(-1.0), "sampler.power.")).startswith("sampler.power.exponent must")


def test_the_nearest_key_is_the_same_word_elsewhere_or_a_like_one() -> None:
    assert nearest(Settings, "exponent", ["plain"]) == "(did you mean 'sampler.power.exponent'?)"
    assert nearest(Settings, "plian", ["plain", "most"]) == "(did you mean 'plain'?)"


def test_a_value_outside_the_settings_is_none() -> None:
    assert value_at(Settings(), "sampler.power.base") is None
    assert value_at({"sampler": {"name": "even"}}, "sampler.name") == "even"
