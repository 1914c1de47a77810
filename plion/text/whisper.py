"""Whisper's text normalisers (package `whisper-normalizer`), for comparison with published tables.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, appendix C.
"""

from collections.abc import Callable
from functools import cache


def whisper_english(text: str) -> str:
    """`EnglishTextNormalizer`: numbers as digits, contractions in full, American spelling."""
    return _normalizers()[0](text).strip()


def whisper_basic(text: str) -> str:
    """`BasicTextNormalizer`: delete bracketed text, replace marks and symbols by spaces."""
    return _normalizers()[1](text).strip()


@cache  # loads 1,700 spellings only when needed
def _normalizers() -> tuple[Callable[[str], str], Callable[[str], str]]:
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer(), BasicTextNormalizer()
