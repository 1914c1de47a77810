"""Synthesise a corpus of mini12: sentences, speakers and channels drawn from a seed.

espeak-ng's output depends on earlier calls, so a corpus is spoken by one new process, in order.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

from plion.data.mini.speech.corpora import Channel, MiniCorpus
from plion.data.mini.speech.espeak import SAMPLE_RATE, Voice, speak
from plion.data.mini.speech.spoken import Speaker, Spoken
from plion.data.mini.speech.words import BASE_BUCKETS, Sentence, sentence, split_buckets, wording

_ESPEAK_LANGUAGE = {"en": "en", "zh": "cmn", "ta": "ta", "ms": "ms"}
# espeak-ng's voice variants: the base model has not heard mini12's.
_VARIANTS = ("m1", "m3", "m5", "m7", "f1", "f2", "f4")
_BASE_VARIANTS = ("m2", "m4", "m6", "m8", "f3", "f5", "adam", "linda", "steph", "victor")
_FEMALE = ("f", "linda", "steph")


@dataclass(frozen=True)
class Draws:
    """A corpus and the key of its random numbers; `base`: whether it is one of the base model's."""

    corpus: MiniCorpus
    seed: int
    base: bool

    def rng(self, *purpose: str) -> np.random.Generator:
        name = "/".join((self.corpus.key, *purpose))
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


def synthesise(draws: Draws) -> Iterator[Spoken]:
    """Yield the utterances of a corpus, split by split, each synthesised on demand."""
    for split in draws.corpus.sizes:
        yield from _split(draws, split)


def _split(draws: Draws, split: str) -> Iterator[Spoken]:
    corpus = draws.corpus
    vocabulary = wording(corpus.language, corpus.length, corpus.keep, draws.rng("words"))
    buckets = BASE_BUCKETS if draws.base else split_buckets(split)
    speakers = _speakers(draws, split)
    rng = draws.rng(split)
    words: Sentence = ()
    for number in range(corpus.sizes[split]):
        speaker, voice = speakers[rng.integers(len(speakers))]
        if rng.random() < corpus.silence:
            words = ()
        elif number % corpus.readings == 0:
            words = sentence(vocabulary, buckets, rng)
        text = corpus.spelling(words, number // corpus.readings) if words else ""
        clean = (
            speak(" ".join(words), _ESPEAK_LANGUAGE[corpus.language], voice)
            if words
            else np.zeros(int(rng.uniform(0.5, 3.0) * SAMPLE_RATE), np.float32)
        )
        wave = _through(clean, corpus.channel, rng)
        yield Spoken(split, number, words, text, speaker, wave)


def _speakers(draws: Draws, split: str) -> list[tuple[Speaker, Voice]]:
    """The speakers of a split; test has the first speakers of train if the corpus shares them."""
    corpus = draws.corpus
    in_train, elsewhere = corpus.speakers
    pool = "train" if corpus.shared_speakers else split
    first = {"train": 0, "valid": in_train, "test": in_train + elsewhere}[pool]
    rng = draws.rng(pool, "speakers")
    drawn = []
    for number in range(in_train if split == "train" else elsewhere):
        voice = _voice(draws, rng)
        name = f"{corpus.key}-{pool}-{number:03d}"
        speaker = Speaker(name, first + number, voice.variant.startswith(_FEMALE))
        drawn.append((speaker, voice))
    return drawn


def _voice(draws: Draws, rng: np.random.Generator) -> Voice:
    return Voice(
        variant=str(rng.choice(_BASE_VARIANTS if draws.base else _VARIANTS)),
        pitch=int(rng.integers(25, 75)),
        intonation=int(rng.integers(30, 70)),
        rate=int(rng.integers(*draws.corpus.rate, endpoint=True)),
    )


def _through(wave: np.ndarray, channel: Channel, rng: np.random.Generator) -> np.ndarray:
    """The waveform as recorded: band-limited, with a drawn level and noise at a drawn SNR."""
    cutoff = rng.uniform(*channel.cutoff)
    sections = butter(4, cutoff, fs=SAMPLE_RATE, output="sos")
    limited = sosfilt(sections, wave)
    peak = float(np.abs(limited).max()) or 1.0
    level = 10 ** (rng.uniform(*channel.gain) / 20)
    noise = sosfilt(sections, rng.standard_normal(len(wave)))
    spoken = limited / peak * level
    power = float(np.mean(spoken**2)) or (0.1 * level) ** 2  # for silence, that of quiet speech
    noise *= np.sqrt(power / np.mean(noise**2)) * 10 ** (-rng.uniform(*channel.snr) / 20)
    heard: np.ndarray = np.clip(spoken + noise, -0.999, 0.999).astype(np.float32)
    return heard
