"""Strip the language tag of Qwen3-ASR's official recipe from a text: `language English<asr_text>`.

Manifests written for that recipe have it before every transcript, and servers of the model may
leave it before every hypothesis. It is not part of the transcript.
"""

import re
import sys
from functools import cache

from plion.errors import InputError, suggest
from plion.text.languages import Languages

_TAG = re.compile(r"\s*language\s+(?P<name>[^<>\n]{1,40}?)\s*<asr_text>", re.IGNORECASE)


def untagged(text: str) -> tuple[str | None, str]:
    """The language name in the tag that opens a text, and the text after the tag.

    The name is "None" if the tag names no language, and None if there is no tag (then the text is
    returned unchanged).
    """
    found = _TAG.match(text) if "<asr_text>" in text else None
    return (found["name"], text[found.end() :]) if found else (None, text)


def key_of(name: str, given: str | None, languages: Languages) -> str:
    """The language key, from the tag's name and the row's own language `given` (None if absent).

    Raises InputError if the two contradict each other, or if neither names a language.
    """
    if name.casefold() == "none":
        if given is None:
            raise InputError("the field 'language' is missing, and the text's tag names none")
        return given
    row = languages.named(name)
    key = row and row.key
    if key is None and given is None:
        names = [row.tag for row in languages.values()]
        raise InputError(
            f"the text's tag names an unknown language '{name}' {suggest(name, names)}"
        )
    if given is not None and key != given:
        raise InputError(
            f"the row says language '{given}', but the tag in its text '{name}'; correct one"
        )
    return str(key)


@cache
def report_tags(path: str, count: int) -> None:
    """Print a note, once per file, that the tags were removed from its texts."""
    tags = "1 text opens" if count == 1 else f"{count:,} texts open"
    print(
        f"{path}: {tags} with the official recipe's tag (`language English<asr_text>`), which is "
        "removed: it names the language and is not part of the transcript",
        file=sys.stderr,
    )
