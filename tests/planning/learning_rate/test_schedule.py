"""Learning-rate schedules: their values where they can be reckoned by hand."""

import pytest

from plion.planning.learning_rate.schedule import SHAPES, factor


@pytest.mark.parametrize("shape", SHAPES)
def test_it_rises_linearly_over_the_warmup(shape: str) -> None:
    rising = [factor(shape, 0.2, 0.0, fraction) for fraction in (0.0, 0.05, 0.1, 0.2)]
    assert rising == pytest.approx([0.0, 0.25, 0.5, 1.0])


@pytest.mark.parametrize(
    ("shape", "quarter", "half", "end"),
    [
        ("constant", 1.0, 1.0, 1.0),
        ("linear", 0.75, 0.5, 0.0),
        ("cosine", 0.853553, 0.5, 0.0),
        ("wsd", 1.0, 1.0, 0.0),
    ],
)
def test_it_falls_along_its_shape(shape: str, quarter: float, half: float, end: float) -> None:
    falling = [factor(shape, 0.2, 0.0, 0.2 + 0.8 * part) for part in (0.25, 0.5, 1.0)]
    assert falling == pytest.approx([quarter, half, end], abs=1e-6)


def test_a_stable_rate_decays_over_the_last_third() -> None:
    late = [factor("wsd", 0.0, 0.0, part) for part in (2 / 3, 5 / 6, 0.9)]
    assert late == pytest.approx([1.0, 0.5, 0.3])


@pytest.mark.parametrize("shape", ["linear", "cosine", "wsd"])
def test_it_ends_at_the_floor(shape: str) -> None:
    assert factor(shape, 0.1, 0.25, 1.0) == pytest.approx(0.25)


def test_the_floor_lifts_the_whole_fall() -> None:
    assert factor("linear", 0.0, 0.25, 0.5) == pytest.approx(0.625)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_warmup_it_starts_at_its_peak(shape: str) -> None:
    assert factor(shape, 0.0, 0.0, 0.0) == 1.0


@pytest.mark.parametrize("shape", SHAPES)
def test_warmup_over_the_whole_run_only_rises(shape: str) -> None:
    assert factor(shape, 1.0, 0.0, 0.999) == pytest.approx(0.999)
