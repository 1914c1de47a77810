"""The corpora that can be prepared, and recognition of a corpus by its files."""

from collections import Counter
from itertools import islice
from pathlib import PurePosixPath

from plion.data.corpora import (
    aishell1,
    aishell3,
    commonvoice,
    fleurs,
    hub,
    librispeech,
    nsc,
    recipe,
    slr65,
    slr127,
)
from plion.data.corpora.corpus import Corpus, Omitted
from plion.data.corpora.tree import Tree
from plion.errors import InputError, suggest

_FIRST = 20  # rows read to recognise a corpus

CORPORA: dict[str, Corpus] = {
    corpus.key: corpus
    for corpus in (
        librispeech.CORPUS,
        nsc.CORPUS,
        commonvoice.ZH,
        aishell1.CORPUS,
        aishell3.CORPUS,
        fleurs.ZH,
        commonvoice.TA,
        slr65.CORPUS,
        slr127.CORPUS,
        fleurs.TA,
        hub.MESOLITICA,
        fleurs.MS,
    )
}


def corpus(key: str) -> Corpus:
    """The corpus with this key; raises InputError, suggesting the nearest, if unknown."""
    if key not in CORPORA:
        raise InputError(f"unknown corpus '{key}' {suggest(key, CORPORA)}")
    return CORPORA[key]


def recognised(tree: Tree) -> list[str]:
    """The corpora that the files may be: those that find their files and can read a first row."""
    return [key for key, row in CORPORA.items() if _found(row, tree) and not _objection(row, tree)]


def reader(key: str, tree: Tree) -> Corpus:
    """The reader of the files as the corpus `key`.

    Tries the publisher's layout, then a Hugging Face data set, then manifests of the official
    recipe. Raises InputError for files of another corpus: it says what was looked for, what was
    found, and which corpus they look like.
    """
    own = corpus(key)
    if not _found(own, tree):
        on_hub = hub.serving(own)
        if _found(on_hub, tree):
            return on_hub
        manifests = recipe.serving(own, tree)
        if manifests:
            return manifests
        objection = f"looked for {', '.join(own.looks_for)}, found {_inventory(tree)}"
        raise _another(tree, key, objection, recognised(tree))
    objection = _objection(own, tree)
    others = recognised(tree) if objection else []
    if others:
        raise _another(tree, key, objection, others)
    return own  # broken rows are reported when they are read


def _another(tree: Tree, key: str, objection: str, others: list[str]) -> InputError:
    said = "looks like" in objection  # Common Voice reports its languages itself
    like = f"; it looks like {' or '.join(others)}" if others and not said else ""
    return InputError(f"{tree.source} is not {key}: {objection}{like}")


def _found(row: Corpus, tree: Tree) -> bool:
    return all(tree.glob(pattern) for pattern in row.looks_for)


def _objection(row: Corpus, tree: Tree) -> str:
    """The reader's error about the first rows; empty if any of them can be read."""
    try:
        first = list(islice(row.read(tree), _FIRST))
    except InputError as error:
        return str(error)
    broken = [one.which for one in first if isinstance(one, Omitted) and one.broken]
    return broken[0] if broken and len(broken) == len(first) else ""


def _inventory(tree: Tree) -> str:
    """A summary of the files: `3 .tsv, 1 .md (a.tsv, b.md, c.tsv, ...), 12 audio files`."""
    kinds = Counter(PurePosixPath(path).suffix.lower() or "without suffix" for path in tree.files)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    first = ", ".join(tree.files[:3]) + (", ..." if len(tree.files) > 3 else "")
    audio = f"{tree.audio_files:,} audio files"
    return f"{counts} ({first}), {audio}" if tree.files else audio
