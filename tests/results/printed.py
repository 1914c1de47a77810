"""What was printed as CSV, read again."""

import csv


def tables(text: str) -> list[list[list[str]]]:
    """The rows of every table, without titles and notes."""
    parts = text.strip().split("\n\n")
    bare = [[line for line in part.splitlines() if line[:1] != "#"] for part in parts]
    return [list(csv.reader(lines)) for lines in bare]
