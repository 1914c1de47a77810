"""Tamil: its syllables, and number words in the one spelling that profile `numbers` uses.

Tens and units are two words, and so are hundreds and thousands and what follows them: `இருபத்து
ஒன்று` (21), `நூற்று இருபது` (120), `ஆயிரத்து தொள்ளாயிரம்` (1900). A number that another follows has its
joining form: `நூறு` (100) and `நூற்று ஒன்று` (101). Above 99,999 counted in lakhs and crores.
"""

_BELOW_TWENTY = (
    "பூஜ்ஜியம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது பத்து பதினொன்று பன்னிரண்டு பதிமூன்று "
    "பதினான்கு பதினைந்து பதினாறு பதினேழு பதினெட்டு பத்தொன்பது"
)
_UNITS = _BELOW_TWENTY.split()
# Alone, and before a number that follows. Twenty stands at 2.
_TENS = {
    2: ("இருபது", "இருபத்து"),
    3: ("முப்பது", "முப்பத்து"),
    4: ("நாற்பது", "நாற்பத்து"),
    5: ("ஐம்பது", "ஐம்பத்து"),
    6: ("அறுபது", "அறுபத்து"),
    7: ("எழுபது", "எழுபத்து"),
    8: ("எண்பது", "எண்பத்து"),
    9: ("தொண்ணூறு", "தொண்ணூற்று"),
}
# Ninety joins what begins with a vowel.
_NINETIES = {
    91: "தொண்ணூற்றொன்று",
    92: "தொண்ணூற்றிரண்டு",
    95: "தொண்ணூற்றைந்து",
    96: "தொண்ணூற்றாறு",
    97: "தொண்ணூற்றேழு",
    98: "தொண்ணூற்றெட்டு",
    99: "தொண்ணூற்றொன்பது",
}
_HUNDREDS = {
    1: ("நூறு", "நூற்று"),
    2: ("இருநூறு", "இருநூற்று"),
    3: ("முந்நூறு", "முந்நூற்று"),
    4: ("நானூறு", "நானூற்று"),
    5: ("ஐநூறு", "ஐநூற்று"),
    6: ("அறுநூறு", "அறுநூற்று"),
    7: ("எழுநூறு", "எழுநூற்று"),
    8: ("எண்ணூறு", "எண்ணூற்று"),
    9: ("தொள்ளாயிரம்", "தொள்ளாயிரத்து"),
}
_VOWEL_U, _VOWEL_AA = "\u0bc1", "\u0bbe"
_THOUSANDS = {1: "ஆயிரம்", 5: "ஐயாயிரம்"}
_CRORE, _LAKH, _THOUSAND = 10**7, 10**5, 1000

_VOWELS = "அஆஇஈஉஊஎஏஐஒஓஔ"
_LETTERS = "கஙசஞடணதநபமயரலவழளறன"
_SIGNS = "\u0bbe\u0bbf\u0bc0\u0bc1\u0bc2\u0bc6\u0bc7\u0bc8\u0bca\u0bcb\u0bcc\u0bcd"
SYLLABLES = (*_VOWELS, *(letter + sign for letter in _LETTERS for sign in ("", *_SIGNS)))
"""What Tamil is spelt of: vowels alone, and letters with their vowel signs and the virama."""


def cardinal(number: int) -> str:
    """The Tamil words of an integer, 0 or more."""
    if number < _THOUSAND:
        return _below_thousand(number)
    if number >= _CRORE:
        size, forms = _CRORE, ("கோடி", "கோடியே")
    elif number >= _LAKH:
        size, forms = _LAKH, ("லட்சம்", "லட்சத்து")
    else:
        whole = _thousands(number // _THOUSAND)
        return _joined((whole, whole.removesuffix("ம்") + "த்து"), number % _THOUSAND)
    count, rest = divmod(number, size)
    counted = "ஒரு" if count == 1 else cardinal(count)
    alone, before = (f"{counted} {form}" for form in forms)
    return _joined((alone, before), rest)


def _below_thousand(number: int) -> str:
    if number >= 100:
        return _joined(_HUNDREDS[number // 100], number % 100)
    if number < len(_UNITS):
        return _UNITS[number]
    return _NINETIES.get(number) or _joined(_TENS[number // 10], number % 10)


def _joined(forms: tuple[str, str], rest: int) -> str:
    """The form of a number that ends here, or its joining form followed by the words of `rest`."""
    alone, before = forms
    return f"{before} {cardinal(rest)}" if rest else alone


def _thousands(count: int) -> str:
    """1 to 99 thousands as one word: the last vowel of the count merges into `ஆயிரம்`."""
    if count in _THOUSANDS:
        return _THOUSANDS[count]
    return cardinal(count).removesuffix(_VOWEL_U) + _VOWEL_AA + "யிரம்"
