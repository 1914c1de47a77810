"""What messages may hold, whatever names and lines they quote."""

import pytest

from plion.errors import InputError, first_line, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2Jx", "\\x1b[2Jx"),
        ("a\rb", "a\\rb"),
        ("a\x7f\x9bb", "a\\x7f\\x9bb"),
        ("wav.\u202egpj", "wav.\\u202egpj"),
        ("\udcff", "\\udcff"),
        ("ஒன்று\u200c 一\tx", "ஒன்று\u200c 一\tx"),
    ],
)
def test_what_steers_a_terminal_is_escaped(name: str, shown: str) -> None:
    assert printable(name) == str(InputError(name)) == shown


@pytest.mark.parametrize(
    ("said", "line"), [("\n no file\nat all", "no file"), ("", "OSError"), (" \n", "OSError")]
)
def test_exception_is_told_in_one_line_or_by_its_kind(said: str, line: str) -> None:
    assert first_line(OSError(said)) == line
