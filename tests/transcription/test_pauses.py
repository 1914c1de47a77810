"""What counts as loud, and the quietest place."""

import numpy as np
import pytest

from plion.transcription.pauses import FRAME, fading, levels, loud_runs, quietest, threshold


def loudness(*runs: tuple[int, float]) -> np.ndarray:
    """So many frames of so many decibels, one run after another."""
    return np.repeat([level for _, level in runs], [count for count, _ in runs]).astype(np.float32)


def test_levels_are_decibels_of_full_scale() -> None:
    samples = np.repeat(np.array([1.0, 0.1, 0.0], np.float32), FRAME)
    assert levels(samples) == pytest.approx([0, -20, -140])


def test_threshold_is_a_quarter_of_the_way_from_background_to_speech() -> None:
    around = loudness((500, -60.0), (500, -20.0))
    assert threshold(around, around) == pytest.approx(-50)


def test_digital_silence_is_no_background() -> None:
    around = loudness((5000, -90.0), (500, -40.0), (500, -20.0))
    assert threshold(around, around) == pytest.approx(-35)


@pytest.mark.parametrize(
    ("levels", "loud"),
    [
        ((-140.0, -140.0), False),
        ((-82.0, -79.0), False),
        ((-110.0, -95.0), False),  # how samples were rounded
        ((-77.0, -75.0), True),
        ((-62.0, -58.0), True),
        ((-32.0, -28.0), True),
    ],
)
def test_where_nothing_stands_out_all_is_loud_that_is_louder_than_a_room(
    levels: tuple[float, float], loud: bool
) -> None:
    around = loudness(*((500, level) for level in levels))
    assert (around > threshold(around, around)).all() == loud
    assert (around > threshold(around, around)).any() == loud


@pytest.mark.parametrize("gain", [0.0, -20.0, -40.0, -50.0])
def test_threshold_moves_with_the_gain(gain: float) -> None:
    around = loudness((500, -140.0), (500, -60.0 + gain), (500, -20.0 + gain))
    assert threshold(around, around) == pytest.approx(-50 + gain)


def test_runs_of_loud_frames_without_clicks() -> None:
    heard = loudness((4, -20.0), (5, -60.0), (2, -20.0), (5, -60.0), (3, -20.0))
    assert loud_runs(heard, -50).tolist() == [[0, 4], [16, 19]]


def test_pause_begins_where_it_is_as_quiet_as_it_mostly_is() -> None:
    assert fading(loudness((3, -40.0), (2, -53.0), (30, -60.0), (5, -40.0))) == 3 + 2
    assert fading(loudness((3, -58.0), (30, -60.0))) == 0
    assert fading(loudness((30, -40.0), (50, -60.0))) == 12  # a quarter of a second at most
    assert fading(loudness((0, 0.0))) == 0


def test_cut_is_in_the_longest_quiet_of_the_part_asked_for() -> None:
    heard = loudness((5, -60.0), (20, -20.0), (4, -60.0), (20, -20.0), (6, -60.0), (20, -20.0))
    runs = loud_runs(heard, -50)
    assert quietest(heard, runs, 10, 40) == 27
    assert quietest(heard, runs, 10, 70) == 52


def test_cut_without_any_quiet_is_where_a_tenth_of_a_second_is_least_loud() -> None:
    heard = loudness((40, -20.0), (5, -24.0), (2, -20.0), (1, -30.0), (30, -20.0))
    assert quietest(heard, loud_runs(heard, -50), 10, 70) == 42
