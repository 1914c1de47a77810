"""FLEURS (Google): tables of seven columns without header, and 32-bit float WAV.

Tamil and Malay are in Google's layout, Mandarin in that of the Hugging Face hub.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import regex

from plion.data.mini.publishers.archives import tar_gz
from plion.data.mini.publishers.encoding import float_wav
from plion.data.mini.publishers.publication import File, table
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Spoken

_LANGUAGES = {"fleurs_zh": "cmn_hans_cn", "fleurs_ta": "ta_in", "fleurs_ms": "ms_my"}
_PARTS = {"train": "train", "valid": "dev", "test": "test"}
_PUNCTUATION = regex.compile(r"[\p{P}\p{S}]")
Row = tuple[int, str, str, str, str, int, str]


def original(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`LANGUAGE.tar.gz` with the tables and `audio/{train,dev,test}/*.wav`."""
    language = _LANGUAGES[corpus.key]
    tables, audio = _parts(corpus, spoken)
    files = {f"{language}/{part}.tsv": table(rows) for part, rows in tables.items()}
    for part, own in audio.items():
        files |= {f"{language}/audio/{part}/{name}": content for name, content in own.items()}
    yield f"{language}.tar.gz", tar_gz(files)


def hub(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`data/LANGUAGE/{train,dev,test}.tsv` and `data/LANGUAGE/audio/{train,dev,test}.tar.gz`."""
    below = f"data/{_LANGUAGES[corpus.key]}"
    tables, audio = _parts(corpus, spoken)
    for part, rows in tables.items():
        yield f"{below}/{part}.tsv", table(rows)
    for part, own in audio.items():
        files = {f"{part}/{name}": content for name, content in own.items()}
        yield f"{below}/audio/{part}.tar.gz", tar_gz(files)


def _parts(
    corpus: MiniCorpus, spoken: Iterable[Spoken]
) -> tuple[dict[str, list[Row]], dict[str, dict[str, bytes]]]:
    """Table rows and WAV files by part. Readings of one sentence share its number."""
    tables: dict[str, list[Row]] = {part: [] for part in _PARTS.values()}
    audio: dict[str, dict[str, bytes]] = {part: {} for part in _PARTS.values()}
    sentences: dict[str, int] = {}
    for one in spoken:
        part = _PARTS[one.split]
        name = f"{_digits(f'{corpus.key} {one.split} {one.number}')}.wav"
        sentence = sentences.setdefault(one.text, len(sentences) + 1)
        audio[part][name] = float_wav(one.wave)
        tables[part].append(_row(one, sentence, name, corpus.language))
    return tables, audio


def _row(one: Spoken, sentence: int, name: str, language: str) -> Row:
    normalised = _PUNCTUATION.sub("", one.text).lower()
    letters = " | ".join(" ".join(word) for word in normalised.split()) + " |"
    spaced = " ".join(normalised) if language == "zh" else normalised
    gender = "FEMALE" if one.speaker.female else "MALE"
    return sentence, name, one.text, spaced, letters, len(one.wave), gender


def _digits(text: str) -> int:
    """A file name of up to twenty digits, as in FLEURS."""
    return int.from_bytes(sha256(text.encode()).digest()[:8])
