"""Replace digits by the words they are read as, in English, Mandarin and Tamil (not in Malay).

A number is a run of digits, with or without commas between groups (1,000 or 1,00,000) and decimals.
Tamil and other digits count as ASCII digits. A number with a letter attached (`b2`, `5km`, `1960s`,
`5வது`) is left as it is, except English ordinals.

- In every language, numbers of eight digits or more without commas, and those with leading zeros,
  are read digit by digit, as telephone numbers are; so are decimals, after the word for the point.
- English, by num2words: cardinals with `and` (one hundred and one), ordinals (21st), four ungrouped
  digits from 1100 to 2099 as a year (nineteen eighty four, twenty eleven), `%` after a number as
  `percent`.
- Mandarin, by cn2an: cardinals with 二 and never 两 (110 is 一百一十), four ungrouped digits before
  年 digit by digit, `%` after a number as 百分之 before it. 〇 is 零.
- Tamil, by `tamil.py`: cardinals. (`numbers-1` used the first spelling of indic-numtowords,
  which misspells 81, 89, 92 and 98, and spells 118 of the first 10,000 numbers, such as 19, 900 and
  2000, with characters that normalised text never has.)

Dates, times, fractions, signs, currencies, units, and `%` in Tamil are not read as such: only the
numbers in them are, one by one.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from plion.text.numbers import tamil

_FIGURES = r"((?>\p{Nd}+(?:[.,]\p{Nd}+)*))"
_BEFORE, _AFTER = r"(?<![\p{L}\p{M}\p{Nd}]|\p{Nd}[.,])", r"(?!'?[\p{L}\p{M}\p{Nd}])"
_ALONE = regex.compile(f"{_BEFORE}{_FIGURES}{_AFTER}")
_WITH_PERCENT = regex.compile(rf"{_BEFORE}{_FIGURES}{_AFTER}(\s?%)?")
_ORDINAL = regex.compile(
    rf"{_BEFORE}(\p{{Nd}}{{1,15}}|\p{{Nd}}{{1,3}}(?:,\p{{Nd}}{{3}}){{1,4}})(?:st|nd|rd|th){_AFTER}"
)
# Han characters are letters too, and numbers stand among them.
_OTHER = r"[[\p{L}\p{M}\p{Nd}]--\p{Han}]"
_AMONG_HAN = regex.compile(
    rf"(?<!{_OTHER}|\p{{Nd}}[.,]){_FIGURES}(?!'?{_OTHER})(\s?%|(?=\s?年))?", regex.V1
)
_NUMBER = regex.compile(r"(\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.(\d+))?")
_TELEPHONE = 8  # digits


@dataclass(frozen=True)
class _Reader:
    """How a language reads digits.

    `cardinal`: the words of an integer given as digits; `point`: the word for a decimal point;
    `space`: the separator between words; `longest`: the most digits that `cardinal` can read.
    """

    cardinal: Callable[[str], str]
    point: str
    space: str = " "
    longest: int = 15

    def read(self, figures: str) -> str:
        """The words of a match in a text; `1.2.3` and `1,5` are read as several numbers."""
        number = _NUMBER.fullmatch(figures)
        if not number:
            return self.space.join(map(self.read, regex.split("[.,]", figures)))
        whole, decimals = number.groups()
        if not decimals:
            return self._whole(whole)
        return self.space.join([self._whole(whole), self.point, self.digit_by_digit(decimals)])

    def _whole(self, figures: str) -> str:
        digits = figures.replace(",", "")
        ungrouped = digits == figures and len(digits) >= _TELEPHONE
        if ungrouped or len(digits) > self.longest or (digits[0] == "0" and len(digits) > 1):
            return self.digit_by_digit(digits)
        return self.cardinal(digits)

    def digit_by_digit(self, digits: str) -> str:
        return self.space.join(map(self.cardinal, digits))


def read_english(text: str) -> str:
    """Replace numbers by English words."""
    text = _ORDINAL.sub(
        lambda found: f" {_num2words(_ascii(found[1]).replace(',', ''), 'ordinal')} ", text
    )
    return _WITH_PERCENT.sub(
        lambda found: f" {_english(_ascii(found[1]))} " + ("percent " if found[2] else ""), text
    )


def read_mandarin(text: str) -> str:
    """Replace numbers by Chinese characters."""
    return _AMONG_HAN.sub(
        lambda found: _mandarin(_ascii(found[1]), found[2]), text.replace("〇", "零")
    )


def read_tamil(text: str) -> str:
    """Replace numbers by Tamil words."""
    return _alone(text, _TAMIL)


def read_tamil_1(text: str) -> str:
    """Replace numbers by the unchanged Tamil words of indic-numtowords (profile `numbers-1`)."""
    return _alone(text, _TAMIL_1)


def _alone(text: str, reader: _Reader) -> str:
    return _ALONE.sub(lambda found: f" {reader.read(_ascii(found[1]))} ", text)


def _english(figures: str) -> str:
    if len(figures) == 4 and figures.isdecimal() and 1100 <= int(figures) < 2100:
        return _num2words(figures, "year")
    return _ENGLISH.read(figures)


def _mandarin(figures: str, after: str | None) -> str:
    if after == "" and len(figures) == 4 and figures.isdecimal():  # before 年
        return _MANDARIN.digit_by_digit(figures)
    return ("百分之" if after else "") + _MANDARIN.read(figures)


def _ascii(figures: str) -> str:
    return "".join(c if c in ".," else str(unicodedata.digit(c)) for c in figures)


# Imported here, so that only profiles that read digits need these libraries.
def _num2words(digits: str, kind: str = "cardinal") -> str:
    from num2words import num2words

    return str(num2words(int(digits), lang="en", to=kind))


def _an2cn(digits: str) -> str:
    from cn2an import an2cn

    return str(an2cn(digits))


def _indic(digits: str) -> str:
    from indic_numtowords import num2words

    return str(num2words(digits, lang="ta"))


_ENGLISH = _Reader(_num2words, "point")
_MANDARIN = _Reader(_an2cn, "点", space="")
_TAMIL = _Reader(lambda digits: tamil.cardinal(int(digits)), "புள்ளி")
_TAMIL_1 = _Reader(_indic, "புள்ளி", longest=9)
READERS: dict[str, Callable[[str], str]] = {
    "english": read_english,
    "mandarin": read_mandarin,
    "tamil": read_tamil,
}
"""Those that a language's row may name."""
READERS_1 = {**READERS, "tamil": read_tamil_1}
