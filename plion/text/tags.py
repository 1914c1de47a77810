"""The language tag of Qwen3-ASR's official recipe, found in a text: `language English<asr_text>`.

Manifests written for that recipe have it before every transcript, and what serves the model may
leave it before every hypothesis. It is no part of either.
"""

import re
import sys
from functools import cache

from plion.errors import InputError, suggest
from plion.text.languages import LANGUAGES

_TAG = re.compile(r"\s*language\s+(?P<name>[^<>\n]{1,40}?)\s*<asr_text>", re.IGNORECASE)


def untagged(text: str) -> tuple[str | None, str]:
    """The language's name in the tag that opens a text, and the text behind it.

    `None` is the name of no language; None is given where there is no tag, and the text as it is.
    """
    found = _TAG.match(text) if "<asr_text>" in text else None
    return (found["name"], text[found.end() :]) if found else (None, text)


def key_of(name: str, given: str | None) -> str:
    """The language's key by a tag's name and what the row itself says, None where that is silent.

    Raises InputError where the two contradict each other, and where neither tells.
    """
    if name.casefold() == "none":
        if given is None:
            raise InputError("the field 'language' is lacking, and the text's tag names none")
        return given
    keys = {row.name.casefold(): row.key for row in LANGUAGES.values()}
    key = keys.get(name.casefold())
    if key is None and given is None:
        names = [row.name for row in LANGUAGES.values()]
        raise InputError(
            f"the text's tag names an unknown language '{name}' {suggest(name, names)}"
        )
    if given is not None and key != given:
        raise InputError(
            f"the row says language '{given}', and the tag in its text '{name}'; one of them is "
            "wrong"
        )
    return str(key)


@cache
def report_tags(path: str, count: int) -> None:
    """Says of a file, once, that its texts were read without the tags."""
    tags = "1 text opens" if count == 1 else f"{count:,} texts open"
    print(
        f"{path}: {tags} with the official recipe's tag (`language English<asr_text>`), which is "
        "taken off: it names the language and is no part of what was said",
        file=sys.stderr,
    )
