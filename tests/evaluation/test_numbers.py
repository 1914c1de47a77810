import pytest

from plion.evaluation.normalize import PROFILES, normalize

ENGLISH = [
    ("7", "seven"),
    ("21 and 101", "twenty one and one hundred and one"),
    ("1,000 or 1000", "one thousand or one thousand"),
    ("1,00,000", "one hundred thousand"),
    ("1984", "nineteen eighty four"),
    ("1,984", "one thousand nine hundred and eighty four"),
    ("1905, 2001, 2011", "nineteen oh five two thousand and one twenty eleven"),
    ("1099 2100", "one thousand and ninety nine two thousand one hundred"),
    ("21st, 12th, 1,000th", "twenty first twelfth one thousandth"),
    ("2.50", "two point five zero"),
    ("25%, 3.5 %", "twenty five percent three point five percent"),
    ("007", "zero zero seven"),
    ("0.5", "zero point five"),
    ("98765432", "nine eight seven six five four three two"),
    ("10-20", "ten twenty"),
    ("1.2.3 and 1,5", "one two three and one five"),
    ("covid-19", "covid nineteen"),
    ("b2 5km 1960s 1960's mp3 2.5th", "b2 5km 1960s 1960's mp3 2 5th"),
    ("\uff11\uff10", "ten"),
    ("1" * 400, " ".join(["one"] * 400)),
]
MANDARIN = [
    ("2个人", "二个人"),
    ("10 110 10001", "十一百一十一万零一"),
    ("2011年", "二零一一年"),
    ("2011 年", "二零一一年"),
    ("2011个", "二千零一十一个"),
    ("2.50公斤", "二点五零公斤"),
    ("25%的人", "百分之二十五的人"),
    ("２５％", "百分之二十五"),
    ("13812345678", "一三八一二三四五六七八"),
    ("1,200,000人", "一百二十万人"),
    ("零一二〇", "零一二零"),
    ("5G和B2", "5g和b2"),
]
TAMIL = [
    ("21", "இருபத்து ஒன்று"),
    ("௨௧", "இருபத்து ஒன்று"),
    ("2011-ல்", "இரண்டாயிரத்து பதினொன்று ல்"),
    ("1947", "ஆயிரத்து தொள்ளாயிரத்து நாற்பத்து ஏழு"),
    ("2.5", "இரண்டு புள்ளி ஐந்து"),
    ("5வது", "5வது"),
    ("நேரம்: 5", "நேரம் ஐந்து"),
]
READ = [
    (language, text, expected)
    for language, table in (("en", ENGLISH), ("zh", MANDARIN), ("ta", TAMIL))
    for text, expected in table
]


@pytest.mark.parametrize(("language", "text", "expected"), READ)
def test_digits_are_read_in_the_one_stated_way(language: str, text: str, expected: str) -> None:
    assert normalize(text, language, "numbers") == expected


def test_malay_is_as_under_strict_and_says_so() -> None:
    assert normalize("rumah2 ke-2, 21", "ms", "numbers") == "rumah2 ke 2 21"
    assert "not read in Malay" in PROFILES["numbers-1"].remarks["ms"]


@pytest.mark.parametrize("language", ["en", "zh", "ta", "ms"])
def test_a_text_without_digits_is_as_under_strict(language: str) -> None:
    text = "Don\u2019t go - கௌரவம், 漢字"
    assert normalize(text, language, "numbers") == normalize(text, language, "strict")
