"""Segments of several recordings decoded together, and given out in order."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from foreign import wav2vec2, whisper
from spoken import RATE, Timing, recording, tones
from tiny import Tiny

from plion.config.experiment import evaluation
from plion.data.manifest import Utterance
from plion.loading.clips import Clip
from plion.recognition.recognizers import Recognizer, recognizer
from plion.transcription.formats import Spoken
from plion.transcription.hearing import Ended, Hearing
from plion.transcription.recordings import Recording

Events = list[Spoken | Ended]


def heard(*paths: Path, **settings: Any) -> tuple[Events, Timing, float]:
    """What a recogniser that times them says, and seconds that it is told are done."""
    exp = evaluation("mini", None, None, [f"evaluate.{k}={v}" for k, v in settings.items()])
    timing, done = Timing(exp.evaluate), [0.0]
    found = [Recording(path.name, path, Path(path.stem)) for path in paths]
    hearing = Hearing(timing, exp, None, 30.0, done.append)
    return list(hearing.transcribe(found)), timing, sum(done)


def texts(events: Events) -> list[str]:
    return ["end" if isinstance(one, Ended) else f"{one.file} {one.text}" for one in events]


def test_segments_come_in_order_and_recordings_with_their_ends(tmp_path: Path) -> None:
    one = recording(tmp_path / "a.wav", (0.5, 3.0), (1.0, 1.0), (1.0, 2.0))
    other = recording(tmp_path / "b.wav", (0.5, 0.6))
    silent = tmp_path / "c.wav"
    soundfile.write(silent, tones((3.0, 0.0), noise=1e-4), RATE)
    events, timing, done = heard(one, silent, other)
    assert texts(events) == ["a.wav 30", "a.wav 10", "a.wav 20", "end", "end", "b.wav 6", "end"]
    assert timing.sizes == [4]  # of both recordings together
    assert done == pytest.approx(3.0 + 1.0 + 2.0 + 0.6, abs=0.1)


def test_segments_of_like_length_share_a_batch_within_the_budget(tmp_path: Path) -> None:
    bursts = [(1.0, seconds) for seconds in (1.0, 5.0) * 4]
    events, timing, _ = heard(recording(tmp_path / "a.wav", *bursts), seconds=12)
    assert texts(events)[:3] == ["a.wav 10", "a.wav 50", "a.wav 10"]
    assert max(timing.sizes) > 1 and sum(timing.sizes) == 8
    assert all(n <= 6 for n in timing.sizes)


def test_what_is_heard_is_given_out_long_before_the_end(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", *[(1.0, 3.0)] * 40)
    exp = evaluation("mini", None, None, ["evaluate.seconds=8"])
    timing = Timing(exp.evaluate)
    hearing = Hearing(timing, exp, None, 30.0, lambda _: None)
    events = hearing.transcribe([Recording("a.wav", path, Path("a"))])
    next(events)
    assert sum(timing.sizes) < 20
    assert len(list(events)) == 40


def test_recording_that_breaks_off_is_given_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, tones(*[(1.0, 2.0)] * 10), RATE)
    path.write_bytes(path.read_bytes()[:-40_000])
    events, _, _ = heard(path, recording(tmp_path / "b.wav", (0.5, 2.0)))
    ends = [one.problem for one in events if isinstance(one, Ended)]
    assert "a.flac cannot be decoded" in str(ends[0]) and ends[1] is None
    assert 4 < texts(events).count("a.wav 20") + texts(events).count("a.flac 20") < 10
    assert texts(events)[-2:] == ["b.wav 20", "end"]


def test_given_language_is_reported_in_the_models_words(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.wav", (0.5, 2.0))
    exp = evaluation("mini", None, None, [])
    for language, name in ((None, "English"), ("ta", "Tamil")):
        hearing = Hearing(Timing(exp.evaluate), exp, language, 30.0, lambda _: None)
        first = next(hearing.transcribe([Recording("a.wav", path, Path("a"))]))
        assert isinstance(first, Spoken) and first.language == name


def sound(seconds: float) -> tuple[Utterance, np.ndarray]:
    samples = tones((0.0, seconds))
    return Utterance("", "", "", "ta", "", len(samples) / RATE), samples


def batch(model: Recognizer, sounds: list[tuple[Utterance, np.ndarray]]) -> Any:
    """Samples in memory as a batch of the model."""
    features = model.collator.features
    return model.batch([Clip(one, None, len(heard), features(heard)) for one, heard in sounds])


@pytest.mark.parametrize("decode", ["free", "forced"])
def test_samples_in_memory_are_heard_as_a_test_set_is(
    tiny: Tiny, tmp_path: Path, decode: str
) -> None:
    exp = evaluation(
        str(tiny.model), None, None, [f"tag.decode={decode}", "evaluate.tokens_per_second=3"]
    )
    model = recognizer(str(tiny.model), exp)
    sounds = [sound(1.0), sound(2.3)]
    utterances = []
    for number, (one, samples) in enumerate(sounds):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, samples, RATE, subtype="FLOAT")
        utterances.append(Utterance("", str(path), "", "ta", "", one.duration))
    (filed,) = model.batches(utterances, [[0, 1]], 0)
    assert model.transcribe(batch(model, sounds)) == model.transcribe(filed)


def test_times_of_a_recording_do_not_run_back(tmp_path: Path) -> None:
    events, _, _ = heard(recording(tmp_path / "a.wav", *[(0.8, 1.7)] * 6), seconds=4)
    said = [one for one in events if isinstance(one, Spoken)]
    assert len(said) == 6 and all(a.end <= b.start for a, b in pairwise(said))


@pytest.mark.parametrize("make", [whisper, wav2vec2])
def test_other_recognisers_hear_samples_in_memory_too(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    name = str(make(tmp_path / "model"))
    exp = evaluation(name, None, None, ["evaluate.tokens_per_second=3"])
    model = recognizer(name, exp)
    sounds = [sound(1.0), sound(1.0)]
    first, second = model.transcribe(batch(model, sounds))
    assert first == second and first.text == first.text.strip()
