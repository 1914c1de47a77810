"""What a user is told when a request cannot be carried out."""

import difflib
from collections.abc import Iterable


class InputError(Exception):
    """The request itself was wrong. One sentence: what, where, what to do; exit status 2."""


def suggest(word: str, known: Iterable[str]) -> str:
    """The nearest valid word for a message, or all of them: `(did you mean 'balanced'?)`."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1)
    return f"(did you mean '{near[0]}'?)" if near else f"(known: {', '.join(words)})"
