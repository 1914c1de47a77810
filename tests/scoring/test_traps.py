"""What every profile makes of texts that are easily got wrong."""

import pytest

from plion.text.normalize import normalize
from plion.text.shipped import SHIPPED

PROFILES = ("strict", "numbers", "evalkit", "whisper")
# A text, and what it is under each of PROFILES; whisper is refused in Tamil.
ENGLISH = [
    (
        "Don\u2019t say TWENTY-ONE!",
        "don't say twenty one",
        "don't say twenty one",
        "dont say twentyone",
        "don t say 21",
    ),
    (
        "ok [lah] we go there or not ah",
        "ok lah we go there or not ah",
        "ok lah we go there or not ah",
        "ok lah we go there or not ah",
        "ok we go there or not ah",
    ),
    (
        "It cost $2.50 in 1984, 25% off",
        "it cost 2 50 in 1984 25 off",
        "it cost two point five zero in nineteen eighty four twenty five percent off",
        "it cost 250 in 1984 25 off",
        "it cost $2.50 in 1984 25% off",
    ),
    (
        "Dr Lim's colour",
        "dr lim's colour",
        "dr lim's colour",
        "dr lims colour",
        "doctor lim is color",
    ),
    (
        "um\u00ad, caf\u0065\u0301 \uff21\uff12",
        "um caf\u00e9 a2",
        "um caf\u00e9 a2",
        "um\u00ad caf\u00e9 a2",
        "\u00ad cafe a 2",
    ),
]
MALAY = [
    (
        "Kanak-kanak main rumah2.",
        "kanak kanak main rumah2",
        "kanak kanak main rumah2",
        "kanakkanak main rumah2",
        "kanak kanak main rumah2",
    ),
    (
        "Al-Qur\u2019an ke-2 pukul 7",
        "al qur'an ke 2 pukul 7",
        "al qur'an ke 2 pukul 7",
        "alquran ke2 pukul 7",
        "al qur an ke 2 pukul 7",
    ),
]
TAMIL = [
    ("நேரம்: 5", "நேரம் 5", "நேரம் ஐந்து", "நேரம் 5"),
    ("க\u200d்ஷ", "க்ஷ", "க்ஷ", "க\u200d்ஷ"),
    ("ஔவையார்", "ஒளவையார்", "ஒளவையார்", "ஔவையார்"),
    ("ஒளவையார்", "ஒளவையார்", "ஒளவையார்", "ஒளவையார்"),
    ("க\u0bc6\u0bbe", "க\u0bca", "க\u0bca", "க\u0bca"),
    ("ஸ்ரீ-ராமன்", "ஶ்ரீ ராமன்", "ஶ்ரீ ராமன்", "ஸ்ரீராமன்"),
    ("5வது, ௨௧", "5வது ௨௧", "5வது இருபத்து ஒன்று", "5வது ௨௧"),
]
MANDARIN = [
    ("漢字，乾坤與乾燥！", "汉字干坤与干燥", "汉字干坤与干燥", "漢字乾坤與乾燥", "漢字 乾坤與乾燥"),
    (
        "我 爱 Hello World 你",
        "我爱 hello world 你",
        "我爱 hello world 你",
        "我爱␣hello␣world␣你",
        "我 爱 hello world 你",
    ),
    ("\uff21\uff22\u3000\uff11\uff12\uff0b", "ab 12", "ab 十二", "ab␣12+", "ab 12"),
    (
        "2011年有25%的110人",
        "2011年有25 的110人",
        "二零一一年有百分之二十五的一百一十人",
        "2011年有25的110人",
        "2011年有25 的110人",
    ),
    ("二〇一一年，一心", "二〇一一年一心", "二零一一年一心", "二〇一一年一心", "二〇一一年 一心"),
]
TRAPS = [
    (language, profile, text, expected)
    for language, table in (("en", ENGLISH), ("ms", MALAY), ("ta", TAMIL), ("zh", MANDARIN))
    for text, *made in table
    for profile, expected in zip(PROFILES, made, strict=False)
]


@pytest.mark.parametrize(("language", "profile", "text", "expected"), TRAPS)
def test_a_trap_is_as_the_profile_has_it(
    language: str, profile: str, text: str, expected: str
) -> None:
    assert normalize(text, SHIPPED[language], profile) == expected
