"""Where recordings are cut: at pauses, and where there are none, at what is quietest."""

import numpy as np
import pytest
from spoken import RATE, tones

from plion.transcription.segments import Segment, segments

TWO = ((1.0, 2.0), (1.5, 3.0))  # tones from 1 to 3 s and from 4.5 to 7.5 s


def cuts(samples: np.ndarray, longest: float = 30.0) -> list[tuple[float, float]]:
    return [(one.start, one.end) for one in segments([samples], longest)]


def blocks(samples: np.ndarray, length: int) -> list[np.ndarray]:
    return [samples[start : start + length] for start in range(0, len(samples), length)]


def assert_close(found: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=0.05)


@pytest.mark.parametrize("noise", [0.0, 1e-4, 1e-2, 0.05])
def test_segments_are_speech_and_silence_is_dropped(noise: float) -> None:
    assert_close(cuts(tones(*TWO, noise=noise)), [(1.0, 3.0), (4.5, 7.5)])


@pytest.mark.parametrize("length", [100, 16_000, 16_001, 10**6])
def test_cuts_do_not_depend_on_the_blocks(length: int) -> None:
    samples = tones(*[(0.7, 1.3), (0.2, 4.0)] * 20)
    whole = list(segments([samples], 5.0))
    found = list(segments(blocks(samples, length), 5.0))
    assert [one.start for one in found] == [one.start for one in whole]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(found, whole, strict=True))


def test_short_pause_does_not_cut() -> None:
    assert_close(cuts(tones((1.0, 2.0), (0.3, 2.0))), [(1.0, 5.3)])


def test_long_speech_is_cut_in_the_longest_of_its_short_pauses() -> None:
    bursts = [(1.0, 12.0), (0.1, 6.0), (0.3, 5.0), (0.1, 6.0), (0.1, 10.0)]
    found = cuts(tones(*bursts))  # the pause of 0.3 s is from 19.1 to 19.4 s
    assert_close(found, [(1.0, 19.25), (19.25, 40.6)])


def test_speech_without_any_pause_is_cut_where_it_is_quietest() -> None:
    samples = np.sin(np.arange(50 * RATE, dtype=np.float32)) / 2  # one syllable
    samples[20 * RATE : 20 * RATE + RATE // 5] /= 1.5
    (_, first), (second, _) = cuts(samples)
    assert first == second == pytest.approx(20.1, abs=0.06)


@pytest.mark.parametrize("longest", [1.0, 6.0, 30.0])
def test_no_segment_is_longer_and_no_speech_is_lost(longest: float) -> None:
    samples = tones((0.5, 70.0), (2.0, 3.3), (0.3, 40.0))
    found = list(segments([samples], longest))
    assert max(one.seconds for one in found) <= longest
    spoken = np.abs(samples) > 0.1
    heard = np.zeros(len(samples), bool)
    for one in found:
        start = round(one.start * RATE)
        heard[start : start + len(one.samples)] = True
        assert np.array_equal(one.samples, samples[start : start + len(one.samples)])
    assert heard[spoken].all() and heard.sum() < (70 + 3.3 + 0.3 + 40 + 2) * RATE


def test_long_break_with_noise_is_dropped() -> None:
    assert_close(cuts(tones((1.0, 10.0), (120.0, 10.0), noise=0.01)), [(1.0, 11.0), (131.0, 141.0)])


def test_speech_that_noise_hides_is_kept_whole() -> None:
    samples = tones(*TWO, noise=0.4)
    assert sum(end - start for start, end in cuts(samples)) == pytest.approx(len(samples) / RATE)


def test_end_of_a_word_is_kept_that_is_not_loud() -> None:
    samples = tones((1.0, 2.0), (1.0, 2.0), noise=1e-4)
    samples[3 * RATE : 3 * RATE + RATE // 8] += samples[RATE : RATE + RATE // 8] / 20
    assert_close(cuts(samples), [(1.0, 3.125), (4.0, 6.0)])


def test_click_is_no_speech() -> None:
    samples = tones(*TWO)
    samples[RATE // 4 : RATE // 4 + 400] = 0.9
    assert_close(cuts(samples), [(1.0, 3.0), (4.5, 7.5)])


def test_quiet_speaker_after_a_loud_one_is_heard() -> None:
    samples = tones((1.0, 5.0), (1.0, 5.0), noise=1e-4)
    samples[7 * RATE :] *= 0.05  # 26 dB
    assert_close(cuts(samples), [(1.0, 6.0), (7.0, 12.0)])


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(100), np.zeros(40 * RATE)])
def test_silence_has_no_segment(samples: np.ndarray) -> None:
    assert not cuts(samples.astype(np.float32))


@pytest.mark.parametrize("gain", [0.1, 0.01, 0.003])
@pytest.mark.parametrize("noise", [0.0, 1e-4, 1e-2, 0.4])
def test_cuts_do_not_depend_on_the_gain(gain: float, noise: float) -> None:
    samples = tones((1.0, 5.0), (0.3, 2.0), (1.5, 3.0), (1.0, 40.0), noise=noise)
    assert cuts(samples * np.float32(gain)) == cuts(samples) != []


def test_segments_are_no_longer_than_their_recording() -> None:
    samples = tones((0.5, 1.0))[: RATE + 7]
    assert cuts(samples)[-1][1] == pytest.approx(len(samples) / RATE, abs=1e-9)


def test_all_silence_has_no_segment_where_it_is_faint_noise() -> None:
    assert not cuts(tones((40.0, 0.0), noise=1e-4))


def test_recording_of_less_than_a_frame_is_heard() -> None:
    (one,) = segments([np.full(4_000, 0.5, np.float32)], 30.0)
    assert one == Segment(0.0, one.samples) and len(one.samples) == 4_000


def test_segment_holds_no_more_than_its_own_samples() -> None:
    assert all(one.samples.base is None for one in segments([tones(*TWO)], 30.0))
