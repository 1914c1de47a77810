"""What mini12 says before it is published: nothing is shared that must not be."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from plion.data.mini.speech import synthesis
from plion.data.mini.speech.corpora import BASE, MINI12, MiniCorpus
from plion.data.mini.speech.espeak import Voice
from plion.data.mini.speech.spoken import Spoken
from plion.data.mini.speech.synthesis import Draws, synthesise
from plion.text.normalize import normalize
from plion.text.shipped import SHIPPED

SHARED = {"aishell3", "slr65", "slr127"}
THROUGH = synthesis._through  # which `said` leaves out
NAMED = [corpus.key for corpus in MINI12 if corpus.names_speakers]


@dataclass
class Said:
    """The utterances of corpora by key, and who spoke each language."""

    corpora: dict[str, list[Spoken]]
    languages: dict[str, str]
    voices: dict[str, set[str]]

    def split(self, key: str, split: str) -> list[Spoken]:
        return [one for one in self.corpora[key] if one.split == split]

    def sentences(self, *splits: str) -> set[tuple[str, str]]:
        return {
            (self.languages[key], normalize(one.text, SHIPPED[self.languages[key]], "strict"))
            for key, spoken in self.corpora.items()
            for one in spoken
            if one.split in splits and one.text
        }


def said(corpora: list[MiniCorpus], base: bool, patch: pytest.MonkeyPatch) -> Said:
    """Everything but the sound."""
    voices = defaultdict(set)

    def unspoken(text: str, language: str, voice: Voice) -> np.ndarray:
        voices[language].add(voice.variant)
        return np.zeros(16, np.float32)

    patch.setattr(synthesis, "speak", unspoken)
    patch.setattr(synthesis, "_through", lambda wave, channel, rng: wave)
    spoken = {corpus.key: list(synthesise(Draws(corpus, 0, base))) for corpus in corpora}
    return Said(spoken, {corpus.key: corpus.language for corpus in corpora}, voices)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def mini(patch: pytest.MonkeyPatch) -> Said:
    return said(list(MINI12), False, patch)


@pytest.fixture(scope="module")
def base(patch: pytest.MonkeyPatch) -> Said:
    few = [replace(corpus, sizes={"train": 200, "valid": 40}) for corpus in BASE]
    return said(few, True, patch)


def test_splits_come_one_after_the_other_in_the_sizes_of_the_table(mini: Said) -> None:
    for corpus in MINI12:
        expected = [(s, number) for s in corpus.sizes for number in range(corpus.sizes[s])]
        assert [(one.split, one.number) for one in mini.corpora[corpus.key]] == expected


def test_no_sentence_is_spoken_in_two_splits_of_any_corpora(mini: Said) -> None:
    train, valid, test = (mini.sentences(split) for split in ("train", "valid", "test"))
    assert len(test) > 500
    assert not train & test and not train & valid and not valid & test


def test_no_sentence_of_the_base_corpora_is_in_mini12(mini: Said, base: Said) -> None:
    ours = base.sentences("train", "valid")
    assert len(ours) > 500
    assert not ours & mini.sentences("train", "valid", "test")


def test_the_base_model_has_not_heard_the_voices_of_mini12(mini: Said, base: Said) -> None:
    ours, theirs = ({v for own in one.voices.values() for v in own} for one in (mini, base))
    assert ours and theirs and not ours & theirs


def test_every_language_is_spoken_by_the_same_voices(mini: Said) -> None:
    voices = list(mini.voices.values())
    assert len(voices) == 4 and all(own == voices[0] for own in voices)


@pytest.mark.parametrize("key", NAMED)
def test_speakers_of_train_and_test_are_other_people_but_where_the_corpus_shares_them(
    key: str, mini: Said
) -> None:
    train, test = ({one.speaker for one in mini.split(key, split)} for split in ("train", "test"))
    assert bool(test & train) == (key in SHARED)


@pytest.mark.parametrize("key", NAMED)
def test_a_number_and_a_name_are_one_speaker(key: str, mini: Said) -> None:
    speakers = {one.speaker for one in mini.corpora[key]}
    assert len(speakers) == len({one.number for one in speakers})
    assert len(speakers) == len({one.name for one in speakers})
    assert {one.female for one in speakers} == {True, False}


def test_every_sentence_of_fleurs_is_read_twice_with_the_same_text(mini: Said) -> None:
    for corpus in MINI12:
        twice = corpus.key.startswith("fleurs_")
        for split in corpus.sizes:
            texts = [one.text for one in mini.split(corpus.key, split)]
            pairs = list(zip(texts[::2], texts[1::2], strict=False))
            assert all(one == other for one, other in pairs) == twice


def test_silence_of_the_base_has_neither_words_nor_text(base: Said) -> None:
    spoken = [one for key in base.corpora for one in base.split(key, "train")]
    silent = [one for one in spoken if not one.words]
    assert 0 < len(silent) < 0.1 * len(spoken)
    assert silent == [one for one in spoken if not one.text]


def test_a_recording_has_a_level_of_its_channel() -> None:
    channel = MINI12[0].channel
    wave = 0.3 * np.sin(np.arange(16_000, dtype=np.float32) / 5)
    for seed in range(5):
        heard = THROUGH(wave, channel, np.random.default_rng(seed))
        assert heard.dtype == np.float32 and heard.shape == wave.shape
        level = 20 * np.log10(np.abs(heard).max())
        assert channel.gain[0] - 1 < level < channel.gain[1] + 1


def test_a_recording_of_silence_has_noise_in_it() -> None:
    heard = THROUGH(np.zeros(1_600, np.float32), MINI12[0].channel, np.random.default_rng(0))
    assert 0 < np.abs(heard).max() < 0.1
