"""The script that a text is written in: detects a transcript in another language without a model.

Counts units of the mixed error rate (Han characters and other words), so that a Latin name does not
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
    """The script (one of SCRIPTS) in which most words of a text begin; None without letters.

    If several tie, `expected` if it is among them, else the first in the text.
    """
    counted = Counter(map(_script, _TOKEN.findall(text)))
    if not counted:
        return None
    most = max(counted.values())
    return expected if counted[expected] == most else counted.most_common(1)[0][0]


def _script(word: str) -> str:
    return next((name for name, letter in _LETTER.items() if letter.match(word)), OTHER)
