"""What every publisher is: a pure function from spoken utterances to the files it puts out."""

from collections.abc import Callable, Iterable, Iterator

from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Spoken

File = tuple[str, bytes]
"""A path below the corpus's folder, and the content."""

Publisher = Callable[[MiniCorpus, Iterable[Spoken]], Iterator[File]]
"""Publishes the utterances of a corpus, which come split after split."""


def text_file(lines: Iterable[str]) -> bytes:
    """Lines in UTF-8, each ended."""
    return "".join(f"{line}\n" for line in lines).encode()


def table(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows of tab-separated columns; nothing is quoted."""
    return text_file("\t".join(map(str, row)) for row in rows)
