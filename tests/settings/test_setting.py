"""Bounds of a setting, in words and as a rule; fields that hold settings."""

from dataclasses import dataclass

import pytest

from plion.settings.setting import Bounds, setting


@pytest.mark.parametrize(
    ("bounds", "words", "within", "outside"),
    [
        (Bounds(above=0), "above 0", [1e-9, 7], [0, -1]),
        (Bounds(low=0), "0 or more", [0, 7], [-1e-9]),
        (Bounds(low=0, high=1), "between 0 and 1", [0, 1], [-0.1, 1.1]),
        (Bounds(low=0, below=1), "0 or more and below 1", [0, 0.9], [1, -1]),
        (Bounds(above=0, high=1), "above 0 and at most 1", [0.1, 1], [0, 1.1]),
        (Bounds(low=0.5, high=2), "between 0.5 and 2", [0.5], [0.4]),
        (Bounds(low=0, below=2**32), "0 or more and below 2**32", [2**32 - 1], [2**32]),
        (Bounds(high=100), "at most 100", [-5, 100], [101]),
        (Bounds(), "", [-1e300, 0], []),
    ],
)
def test_bounds_say_what_they_hold(
    bounds: Bounds, words: str, within: list[float], outside: list[float]
) -> None:
    assert str(bounds) == words
    assert all(bounds.hold(value) for value in within)
    assert not any(bounds.hold(value) for value in outside)


def test_a_default_list_is_each_instances_own() -> None:
    @dataclass
    class Settings:
        names: list[str] = setting(["a"], help="names")
        weights: dict[str, float] = setting({}, help="weights")

    first, second = Settings(), Settings()
    first.names.append("b")
    first.weights["a"] = 1.0
    assert second == Settings(["a"], {})
