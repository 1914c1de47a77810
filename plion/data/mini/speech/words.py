"""The words of mini12, and sentences made of them.

Twenty to thirty words per language, in five groups in the language's usual word order. A sentence
starts at a random group and takes a word from each group in turn, cyclically.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Sentence = tuple[str, ...]

_WHO, _DOES, _HOW, _WHAT, _WHEN = range(5)

ORDER = {
    "en": (_WHEN, _WHO, _DOES, _HOW, _WHAT),
    "zh": (_WHEN, _WHO, _DOES, _HOW, _WHAT),
    "ta": (_WHEN, _WHO, _HOW, _WHAT, _DOES),
    "ms": (_WHO, _DOES, _WHAT, _HOW, _WHEN),
}

WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("teacher", "doctor", "children", "brother", "uncle", "visitor"),
        ("carries", "follows", "opens", "paints", "remembers", "wants"),
        ("yellow", "heavy", "little", "seven", "beautiful"),
        ("river", "garden", "umbrella", "kitchen", "mountain", "bicycle", "noodles"),
        ("today", "tomorrow", "always", "morning"),
    ),
    "zh": (
        ("老师", "医生", "孩子", "我们", "朋友", "他"),
        ("喜欢", "看见", "打开", "买", "记得", "要"),
        ("红色", "很大", "小", "三个", "漂亮"),
        ("苹果", "火车", "公园", "牛奶", "书", "学校", "衣服"),
        ("今天", "明天", "晚上", "早上"),
    ),
    "ta": (
        ("அம்மா", "அவள்", "நான்", "தம்பி"),
        ("பாடு", "வாங்கு", "தேடு", "எழுது"),
        ("பெரிய", "சிவப்பு", "புதிய", "ஐந்து"),
        ("வீடு", "மரம்", "கடல்", "யானை", "பழம்"),
        ("நாளை", "காலை", "இரவு"),
    ),
    "ms": (
        ("guru", "ibu", "kanak-kanak", "mereka", "jiran", "pelajar"),
        ("membaca", "melihat", "memasak", "membeli", "dengar"),
        ("besar", "merah", "cantik", "lima", "baharu"),
        ("rumah", "sungai", "kucing", "sayur", "bunga", "payung"),
        ("semalam", "pagi", "selalu", "esok"),
    ),
}

# Hash buckets (hundredths of all sentences) of each split, so that splits share no sentence.
_BUCKETS = {"train": range(0, 50), "valid": range(50, 58), "test": range(58, 75)}
BASE_BUCKETS = range(75, 100)


@dataclass(frozen=True)
class Wording:
    """The words of a language that a corpus uses; `length`: words per sentence."""

    language: str
    groups: tuple[tuple[str, ...], ...]
    length: tuple[int, int]


def wording(
    language: str, length: tuple[int, int], keep: float, rng: np.random.Generator
) -> Wording:
    """A corpus's words: a random share `keep` (0 to 1) of every group of the language."""
    groups = []
    for group in WORDS[language]:
        size = max(2, round(keep * len(group)))
        chosen = sorted(rng.choice(len(group), size=size, replace=False))
        groups.append(tuple(group[i] for i in chosen))
    return Wording(language, tuple(groups), length)


def split_buckets(split: str) -> range:
    """The hash buckets (hundredths of all sentences) from which a split of mini12 is drawn."""
    return _BUCKETS[split]


def sentence(words: Wording, buckets: Sequence[int], rng: np.random.Generator) -> Sentence:
    """A random sentence whose hash falls into `buckets`, or any single word."""
    order = ORDER[words.language]
    while True:
        start = int(rng.integers(len(order)))
        length = int(rng.integers(words.length[0], words.length[1] + 1))
        groups = (words.groups[order[(start + i) % len(order)]] for i in range(length))
        drawn = tuple(str(group[rng.integers(len(group))]) for group in groups)
        if length == 1 or zlib.crc32(" ".join(drawn).encode()) % 100 in buckets:
            return drawn
