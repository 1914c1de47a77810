"""Standard output and error of the command line: never closed, and able to write any text."""

import codecs
import io
import json
import os
import sys

_ERRORS = "plion.escaped"  # among codecs' error handlers


class Escapes:
    """Writes characters that an encoding lacks as JSON would: JSON that is printed stays JSON.

    `made`: whether there were any.
    """

    def __init__(self) -> None:
        self.made = False

    def __call__(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        self.made = True
        return json.dumps(error.object[error.start : error.end])[1:-1], error.end

    def note(self) -> str:
        """What to say of the escapes in the output; nothing where there are none.

        UTF-8 lacks only what no text may hold, as in names of files that are not UTF-8.
        """
        encoding = codecs.lookup(sys.stdout.encoding).name
        if not self.made or encoding == "utf-8":
            return ""
        return (
            f"{encoding} lacks characters of the output, which were written as escapes (\\u4e00); "
            "PYTHONIOENCODING=utf-8 writes them"
        )


def any_text() -> Escapes:
    """Lets standard output and error take any text, and be where the caller has closed them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as by `>&-`
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8"))
    escapes = Escapes()
    codecs.register_error(_ERRORS, escapes)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a notebook's is not
        sys.stdout.reconfigure(errors=_ERRORS)
    return escapes
