"""In which script a text is written: what tells a transcript in another language, without a model.

Counted by Han characters and other words, as in the mixed error rate, so that a Latin name does not
outweigh the Mandarin sentence around it.
"""

from collections import Counter

import regex

from plion.text.languages import LANGUAGES

OTHER = "other"
SCRIPTS = (*dict.fromkeys(row.script for row in LANGUAGES.values()), OTHER)
_TOKEN = regex.compile(r"\p{Han}|[[\p{L}\p{M}]--\p{Han}]+", regex.V1)
_LETTER = {name: regex.compile(rf"\p{{{name}}}") for name in SCRIPTS if name != OTHER}


def script(text: str, expected: str = "") -> str | None:
    """The script most words of a text begin in: of SCRIPTS, None where there is no letter.

    Of several with as many words it is `expected`, else the one that is met first.
    """
    counted = Counter(map(_script, _TOKEN.findall(text)))
    if not counted:
        return None
    most = max(counted.values())
    return expected if counted[expected] == most else counted.most_common(1)[0][0]


def _script(word: str) -> str:
    return next((name for name, letter in _LETTER.items() if letter.match(word)), OTHER)
