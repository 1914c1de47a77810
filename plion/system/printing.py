"""Standard output and error of the command line: open, and able to print any character."""

import codecs
import io
import json
import os
import sys

_ERRORS = "plion.escaped"  # among codecs' error handlers


class Escapes:
    """Codec error handler: print characters that the encoding lacks as JSON escapes (\\u4e00).

    JSON that is printed stays valid JSON. `made`: whether any character was escaped.
    """

    def __init__(self) -> None:
        self.made = False

    def __call__(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        self.made = True
        return json.dumps(error.object[error.start : error.end])[1:-1], error.end

    def note(self) -> str:
        """A sentence about the escapes in the output; empty if there are none.

        Empty for UTF-8 too: it lacks only the lone surrogates of file names that are not UTF-8.
        """
        encoding = codecs.lookup(sys.stdout.encoding).name
        if not self.made or encoding == "utf-8":
            return ""
        return (
            f"{encoding} cannot encode some characters of the output, which are printed as escapes "
            "(\\u4e00); set PYTHONIOENCODING=utf-8 to print them"
        )


def any_text() -> Escapes:
    """Make standard output and error accept any text; reopen on /dev/null those that are closed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as by `>&-`
            nowhere = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8"))
    escapes = Escapes()
    codecs.register_error(_ERRORS, escapes)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a notebook's is not
        sys.stdout.reconfigure(errors=_ERRORS)
    return escapes
