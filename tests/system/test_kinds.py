"""Values of the types that files must have, and the words for those that are of others."""

from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

import pytest

from plion.system.kinds import made, misfit


@dataclass(frozen=True)
class Point:
    x: int
    name: str | None = None
    tags: list[str] = field(default_factory=list)


class Named(TypedDict):
    name: str
    size: NotRequired[float]
    points: dict[str, Point]


FITS: list[tuple[Any, Any]] = [
    ("a", str),
    (1, int),
    (1, float),
    (1.5, float),
    (True, bool),
    (None, str | None),
    ([], list),
    ({"a": [1]}, dict[str, list[int]]),
    ("a", Literal["a", "b"]),
    ({"x": 1, "other": 2}, Point),
    ({"name": "n", "points": {"a": {"x": 1, "name": None}}}, Named),
    (object, Any),
]
WRONG: list[tuple[Any, Any, str]] = [
    (1, str, "not text"),
    ([], dict, "not a JSON object"),
    ({"x": True}, Point, "'x' must be a whole number, not True"),
    ({"x": 1.0}, Point, "'x' must be a whole number, not 1.0"),
    ({"x": 2**63}, Point, f"'x' must be a whole number, not {2**63}"),
    ({}, Point, "'x' is missing"),
    ({"x": 1, "name": 3}, Point, "'name' must be text, not 3"),
    ({"x": 1, "tags": ["a", 1]}, Point, "'tags.1' must be text, not 1"),
    ({"x": 1, "tags": {}}, Point, "'tags' must be a list, not an object of 0"),
    ({"a": float("nan")}, dict[str, float], "'a' must be a number, not nan"),
    ({"a": "0"}, dict[str, float], "'a' must be a number, not '0'"),
    ("", dict[str, float], "not a JSON object"),
    ({"a": "c"}, dict[str, Literal["a", "b"]], "'a' must be 'a' or 'b', not 'c'"),
    ({"points": {}}, Named, "'name' is missing"),
    ({"name": "n", "points": {"a": {}}}, Named, "'points.a.x' is missing"),
    ({"name": "n" * 99, "points": None}, Named, "'points' must be an object, not None"),
    ({"name": ["n"] * 99, "points": {}}, Named, "'name' must be text, not a list of 99"),
]


@pytest.mark.parametrize(("value", "kind"), FITS)
def test_what_fits_is_let_be(value: Any, kind: Any) -> None:
    assert misfit(value, kind) is None


@pytest.mark.parametrize(("value", "kind", "words"), WRONG)
def test_what_does_not_fit_is_named_with_what_it_should_be(
    value: Any, kind: Any, words: str
) -> None:
    assert misfit(value, kind) == words


def test_long_values_are_cut() -> None:
    said = misfit({"a": "x" * 1000}, dict[str, int])
    assert said and len(said) < 120


def test_a_dataclass_is_made_of_the_fields_it_has() -> None:
    assert made(Point, {"x": 1, "other": 2}) == Point(1)


@dataclass(frozen=True)
class Route:
    first: Point
    named: dict[str, Point] = field(default_factory=dict)
    more: list[Point] | None = None
    last: Point | None = None


def test_dataclasses_within_are_made_too_whatever_holds_them() -> None:
    one = {"x": 1}
    whole = {"first": one, "named": {"a": one}, "more": [one], "last": one}
    assert made(Route, whole) == Route(Point(1), {"a": Point(1)}, [Point(1)], Point(1))
    assert made(Route, {"first": one, "more": None, "last": None}) == Route(Point(1))
