"""Utterances as a publisher is given them, made by hand, and a look into what it puts out."""

import io
import tarfile
import zipfile
from collections.abc import Iterable

import numpy as np
import soundfile

from plion.data.mini.publishers.catalogue import PUBLISHERS
from plion.data.mini.publishers.publication import File
from plion.data.mini.speech.corpora import MINI12, MiniCorpus
from plion.data.mini.speech.spoken import Speaker, Spoken

CORPORA = {corpus.key: corpus for corpus in MINI12}
WOMAN, MAN = Speaker("woman", 0, female=True), Speaker("man", 1, female=False)
SAID = [  # split, number, speaker, position of the words below
    ("train", 0, WOMAN, 0),
    ("train", 1, MAN, 1),
    ("train", 2, WOMAN, 2),
    ("valid", 0, MAN, 3),
    ("test", 0, WOMAN, 4),
    ("test", 1, MAN, 4),
]
WORDS = {
    "en": ("teacher opens", "uncle wants", "brother paints", "river today", "heavy garden"),
    "zh": ("老师 喜欢 书", "医生 买 苹果", "他 要 衣服", "今天 看见", "明天 打开 小"),
    "ta": ("நான் மரம்", "தம்பி வீடு", "அவள் கடல்", "நாளை பழம்", "காலை யானை"),
    "ms": ("guru membaca", "ibu memasak", "kanak-kanak lima", "esok bunga", "kucing besar"),
}


def spoken(key: str) -> list[Spoken]:
    """Six utterances of a corpus by two speakers; the n-th, from 1, lasts n hundredths of 8 s."""
    corpus = CORPORA[key]
    made = []
    for position, (split, number, speaker, line) in enumerate(SAID):
        words = tuple(WORDS[corpus.language][line].split())
        wave = np.full(1280 * (position + 1), 0.25, np.float32)
        text = corpus.spelling(words, number)
        made.append(Spoken(split, number, words, text, speaker, wave))
    return made


def publish(key: str) -> list[File]:
    corpus: MiniCorpus = CORPORA[key]
    return list(PUBLISHERS[key](corpus, spoken(key)))


def opened(files: Iterable[File]) -> dict[str, bytes]:
    """The files by path, those of archives below the archive's own, however deeply nested."""
    found: dict[str, bytes] = {}
    for name, content in files:
        found |= {name: content}
        inside = members(name, content)
        found |= {f"{name}/{path}": own for path, own in opened(inside).items()}
    return found


def members(name: str, content: bytes) -> list[File]:
    if name.endswith((".tar.gz", ".tgz")):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            files = [member for member in archive if member.isfile()]
            return [(one.name, archive.extractfile(one).read()) for one in files]  # type: ignore[union-attr]
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [(one, packed.read(one)) for one in packed.namelist()]
    return []


def lines(content: bytes) -> list[str]:
    return content.decode().splitlines()


def sound(content: bytes) -> tuple[str, str, int, float]:
    """Format, subtype, rate and seconds of an audio file."""
    info = soundfile.info(io.BytesIO(content))
    assert info.channels == 1
    return info.format, info.subtype, info.samplerate, info.frames / info.samplerate
