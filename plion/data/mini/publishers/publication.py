"""The type of a publisher: a pure function from spoken utterances to files."""

from collections.abc import Callable, Iterable, Iterator

from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Spoken

File = tuple[str, bytes]
"""A path below the corpus's folder, and the content."""

Publisher = Callable[[MiniCorpus, Iterable[Spoken]], Iterator[File]]
"""Publishes the utterances of a corpus, which come split after split."""


def text_file(lines: Iterable[str]) -> bytes:
    """Lines as UTF-8 text, each with a line end."""
    return "".join(f"{line}\n" for line in lines).encode()


def table(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as tab-separated text, without quoting."""
    return text_file("\t".join(map(str, row)) for row in rows)
