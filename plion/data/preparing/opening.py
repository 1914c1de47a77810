"""Open the download of a corpus, and choose its reader."""

import shutil
from pathlib import Path

from plion.data.corpora.catalogue import corpus, reader
from plion.data.corpora.corpus import Corpus
from plion.data.corpora.packed import stem
from plion.data.corpora.tree import Tree
from plion.data.unpacking.stamps import holds_files
from plion.data.unpacking.unpack import open_source
from plion.errors import InputError


def open_corpus(key: str, source: Path, out: Path) -> tuple[Corpus, Tree]:
    """The reader of the corpus `key` for a source, and its files, unpacked below `out`/KEY/audio.

    Files below `out` do not count as part of the source. Removes what it unpacked if the source
    turns out to be another corpus. Raises InputError as `open_source` and `reader`.
    """
    work = out / key / "audio"
    empty = not holds_files(work)
    tree = open_source(source, work, corpus(key), without=[out])
    try:
        return reader(key, tree), tree
    except InputError:
        if empty:
            shutil.rmtree(work, ignore_errors=True)
        raise


def advice(tree: Tree) -> str:
    """A hint about the first archive that was not unpacked, for the end of a message, or empty."""
    first = next((path for path in tree.left_packed if stem(Path(path).name)), None)
    return f"; {first} was not unpacked: unpack it, or give it as SOURCE" if first else ""
