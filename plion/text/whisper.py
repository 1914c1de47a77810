"""Whisper's normalisers, in the package `whisper-normalizer`: to compare with others' tables.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, appendix C.
"""

from collections.abc import Callable
from functools import cache


def whisper_english(text: str) -> str:
    """Its `EnglishTextNormalizer`: numbers as digits, contractions in full, American spelling."""
    return _normalizers()[0](text).strip()


def whisper_basic(text: str) -> str:
    """Its `BasicTextNormalizer`: brackets and what is in them go, marks and symbols are spaces."""
    return _normalizers()[1](text).strip()


@cache  # 1,700 spellings are read where they are asked for
def _normalizers() -> tuple[Callable[[str], str], Callable[[str], str]]:
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer(), BasicTextNormalizer()
