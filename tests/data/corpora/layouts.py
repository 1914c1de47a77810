"""Corpora laid out by hand, as their publishers lay them out."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from plion.data.corpora.corpus import Corpus, Entry, Omitted
from plion.data.corpora.tree import Tree
from plion.errors import InputError


def lay(folder: Path, files: Mapping[str, str]) -> Tree:
    """The tree of a folder with these files, written byte for byte; of audio, the names count."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Tree(folder.name, [folder])


def entries(corpus: Corpus, tree: Tree) -> dict[str, Entry]:
    """The entries by their ids, of which none may come twice."""
    read = [row for row in corpus.read(tree) if isinstance(row, Entry)]
    assert len({entry.id for entry in read}) == len(read)
    return {entry.id: entry for entry in read}


def omissions(corpus: Corpus, tree: Tree) -> list[Omitted]:
    """What the reader leaves out."""
    return [row for row in corpus.read(tree) if isinstance(row, Omitted)]


def broken_row(corpus: Corpus, tree: Tree) -> str:
    """What is said of the one broken row."""
    (row,) = omissions(corpus, tree)
    assert row.broken and row.count == 1
    return row.which


def refusal(corpus: Corpus, tree: Tree) -> str:
    with pytest.raises(InputError) as error:
        list(corpus.read(tree))
    return str(error.value)
