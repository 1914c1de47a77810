"""Audio changed at random: by how much, what it hangs on, and what stays as it was."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray
from tiny import tone

from plion.data.settings import Augment, Masks, Noise
from plion.errors import InputError
from plion.loading.audio import SAMPLE_RATE
from plion.loading.augment import Augmentation, at_speed, masked, with_noise

DRAWS = range(40)


def wave(seconds: float = 1.0, hertz: float = 440.0) -> NDArray[np.float32]:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(np.sin(2 * np.pi * hertz * time) / 2, np.float32)


def loudest(samples: NDArray[np.float32]) -> float:
    """The frequency with the most energy, in Hz."""
    return float(np.abs(np.fft.rfft(samples)).argmax()) * SAMPLE_RATE / len(samples)


def hiss(count: int = SAMPLE_RATE) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 0.1, count).astype(np.float32)


@pytest.fixture
def noise(tmp_path: Path) -> Noise:
    """Two recordings under every utterance: a long hiss, and a short tone of another rate."""
    soundfile.write(tmp_path / "hiss.wav", hiss(3 * SAMPLE_RATE), SAMPLE_RATE, subtype="FLOAT")
    tone(tmp_path / "tone.flac", 0.3, 2000.0, rate=8_000)
    return Noise(str(tmp_path), p=1.0)


@pytest.fixture
def everything(noise: Noise) -> Augment:
    return Augment([0.9, 1.0, 1.1], noise, Masks(time=2, frequency=2))


@pytest.mark.parametrize("factor", [0.9, 1.1, 2.0, 0.57])
def test_speed_changes_length_and_pitch(factor: float) -> None:
    samples = at_speed(wave(2.0), factor)
    assert len(samples) == pytest.approx(2 * SAMPLE_RATE / factor, abs=1)
    assert loudest(samples) == pytest.approx(440 * factor, abs=2)


def test_a_speed_of_one_leaves_every_bit() -> None:
    samples = wave()
    assert Augmentation(Augment([1.0]), 0).waveform(samples, 3) is samples


def test_each_speed_gets_its_part_of_the_draws() -> None:
    augmentation = Augmentation(Augment([0.5, 1.0]), 0)
    lengths = [len(augmentation.waveform(wave(0.01), draw)) for draw in range(1000)]
    assert set(lengths) == {160, 320} and 450 < lengths.count(160) < 550


@pytest.mark.parametrize("decibels", [-5.0, 0.0, 20.0])
def test_noise_has_its_ratio_to_the_signal(decibels: float) -> None:
    samples = wave()
    added = with_noise(samples, hiss(), decibels) - samples
    ratio = 10 * np.log10(np.square(samples).sum() / np.square(added).sum())
    assert ratio == pytest.approx(decibels, abs=0.01)


def test_ratios_fill_the_range_that_is_asked_for(noise: Noise) -> None:
    noise.snr = [0.0, 10.0]
    samples = wave()
    augmentation = Augmentation(Augment(noise=noise), 0)
    added = [augmentation.waveform(samples, draw) - samples for draw in DRAWS]
    ratios = [10 * np.log10(np.square(samples).sum() / np.square(one).sum()) for one in added]
    assert -0.1 < min(ratios) < 2 and 8 < max(ratios) < 10.1


def test_noise_comes_with_its_probability(noise: Noise) -> None:
    noise.p = 0.3
    augmentation, samples = Augmentation(Augment(noise=noise), 0), wave(0.1)
    noisy = [augmentation.waveform(samples, draw) is not samples for draw in range(1000)]
    assert 250 < sum(noisy) < 350


def test_a_short_recording_is_repeated_to_the_end(noise: Noise) -> None:
    (Path(noise.folder) / "hiss.wav").unlink()
    added = Augmentation(Augment(noise=noise), 0).waveform(wave(2.0), 0) - wave(2.0)
    assert loudest(added) == pytest.approx(2000, abs=5)
    assert np.abs(added[-1600:]).max() > np.abs(added).max() / 2


def test_a_long_recording_is_cut_anywhere(noise: Noise) -> None:
    (Path(noise.folder) / "tone.flac").unlink()
    augmentation = Augmentation(Augment(noise=noise), 0)
    first, second = (augmentation.waveform(wave(), draw) - wave() for draw in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


@pytest.mark.parametrize("samples", [wave(), np.zeros(SAMPLE_RATE, np.float32)])
def test_silent_noise_adds_nothing(samples: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(with_noise(samples, np.zeros_like(samples), 10.0), samples)


def test_a_silent_clip_stays_silent() -> None:
    silence = np.zeros(SAMPLE_RATE, np.float32)
    np.testing.assert_array_equal(with_noise(silence, hiss(), 10.0), silence)


def test_noise_that_is_not_of_numbers_is_named(tmp_path: Path) -> None:
    samples = np.full(SAMPLE_RATE, np.nan, np.float32)
    soundfile.write(tmp_path / "nan.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    augmentation = Augmentation(Augment(noise=Noise(str(tmp_path), p=1.0)), 0)
    with pytest.raises(InputError, match=r"nan\.wav has no samples, or some that are not numbers"):
        augmentation.waveform(wave(), 0)


def spectrogram(bins: int = 80, frames: int = 300) -> torch.Tensor:
    """Without two equal values, so that a masked one is known by its value."""
    return torch.randn(bins, frames, generator=torch.Generator().manual_seed(0))


def test_masks_are_whole_bands_at_the_mean() -> None:
    mel = spectrogram()
    changed = masked(mel, Masks(time=1, frequency=1), seed=1)
    is_masked = changed != mel
    columns, rows = is_masked.all(dim=0), is_masked.all(dim=1)
    assert columns.any() and rows.any()
    assert torch.equal(is_masked, columns[None, :] | rows[:, None])
    assert torch.equal(changed[is_masked], mel.mean().expand(int(is_masked.sum())))


@pytest.mark.parametrize(
    ("masks", "axis", "widest"),
    [
        (Masks(time=1, time_frames=20), 0, 20),
        (Masks(time=1, time_frames=500, time_part=0.1), 0, 30),
        (Masks(frequency=1, frequency_bins=9), 1, 9),
    ],
)
def test_a_mask_is_narrower_than_it_may_be(masks: Masks, axis: int, widest: int) -> None:
    mel = spectrogram()
    widths = [int((masked(mel, masks, seed) != mel).all(dim=axis).sum()) for seed in range(100)]
    assert widest // 2 < max(widths) < widest and min(widths) < widest // 4


def test_as_many_masks_are_drawn_as_are_asked_for() -> None:
    mel = spectrogram()
    one, many = ((masked(mel, Masks(time=n), 0) != mel).sum() for n in (1, 8))
    assert many > 2 * one


def test_nothing_is_changed_unless_it_is_asked_for() -> None:
    samples, mel = wave(), spectrogram()
    nothing = Augmentation(Augment(), 0)
    assert nothing.waveform(samples, 5) is samples and nothing.spectrogram(mel, 5) is mel


def result(augmentation: Augmentation, draw: int) -> tuple[bytes, bytes]:
    samples, mel = augmentation.waveform(wave(), draw), spectrogram()
    return samples.tobytes(), augmentation.spectrogram(mel, draw).numpy().tobytes()


def test_a_draw_is_the_same_whatever_came_before_and_in_whichever_process(
    everything: Augment,
) -> None:
    first = Augmentation(everything, seed=7)
    in_order = [result(first, draw) for draw in DRAWS]
    other = pickle.loads(pickle.dumps(Augmentation(everything, seed=7)))
    torch.manual_seed(5)
    assert [result(other, draw) for draw in reversed(DRAWS)] == in_order[::-1]


def test_another_draw_or_seed_is_another_change(everything: Augment) -> None:
    drawn = {result(Augmentation(everything, seed), draw) for seed in (0, 1) for draw in DRAWS}
    assert len(drawn) == 2 * len(DRAWS)


def test_speeds_are_the_same_with_noise_and_without(everything: Augment) -> None:
    with_all = Augmentation(everything, 0)
    alone = Augmentation(Augment(everything.speed), 0)
    lengths = [[len(one.waveform(wave(), d)) for d in DRAWS] for one in (with_all, alone)]
    assert lengths[0] == lengths[1] and len(set(lengths[0])) == 3


def test_the_generators_of_a_process_stay_as_they_were(everything: Augment) -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[union-attr]
    result(Augmentation(everything, 0), 0)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # type: ignore[index]
