"""What was downloaded of a corpus, opened, with the reader of it."""

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
    """How to read a source as the corpus `key`, and its files, unpacked below `out`/KEY/audio.

    Nothing below `out` is taken for a part of the source. What was unpacked goes again where it
    turns out to be another corpus. Raises InputError as `open_source` and `reader` do.
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
    """On the first archive that nothing was taken from, for the end of a message; else nothing."""
    first = next((path for path in tree.left_packed if stem(Path(path).name)), None)
    return f"; {first} lies there packed: unpack it, or give it as SOURCE" if first else ""
