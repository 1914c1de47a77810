"""Choose the archives and shards of a folder to unpack for a corpus."""

import os
import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterable

from plion.data.audio.suffixes import AUDIO
from plion.data.corpora.corpus import MISSING, Corpus, Entry
from plion.data.corpora.hub import METADATA
from plion.data.corpora.packed import (
    finished,
    is_cache,
    is_shard,
    once,
    refuse_incomplete,
    stem,
    top,
    unpacked_to,
)
from plion.data.corpora.tree import Tree
from plion.errors import InputError


def chosen(tree: Tree, wanted: Corpus) -> list[str]:
    """The archives and shards of a source to unpack.

    `tree`: the source without anything unpacked by plion before, which may be incomplete. Archives
    with a piece of the corpus (`pieces`) are unpacked unless a folder of their name lies beside
    them. If there are none, and the files that identify the corpus or its audio are not unpacked,
    its whole archives (`whole`) are, or if there are none all archives. Parquet and Arrow shards
    are unpacked if the corpus will be read as a Hugging Face data set. Raises InputError for an
    unfinished download that would be unpacked or lies within the corpus, and for an incomplete set
    of shards.
    """
    unfinished = {name: path for path in tree.files if (name := finished(path))}
    there = set(tree.files).difference(unfinished.values()).union(unfinished)
    packed = once(path for path in there if stem(posixpath.basename(path)) and not is_cache(path))
    found = _choice(tree, wanted, packed)
    _refuse_unfinished(tree, wanted, unfinished, found)
    shards = [unpacked_to(path) for path in found if is_shard(path)]
    if shards:
        refuse_incomplete([*shards, *map(posixpath.dirname, tree.glob(METADATA))])
    return found


def _choice(tree: Tree, wanted: Corpus, packed: list[str]) -> list[str]:
    archives = [path for path in packed if not is_shard(path)]
    shards = [path for path in packed if is_shard(path)]
    if METADATA in wanted.looks_for and shards:
        return _not_open(tree, shards)
    if pieces := wanted.pieces(archives, tree.folders):
        return _not_open(tree, pieces)
    told = all(tree.glob(pattern) for pattern in wanted.looks_for)
    if told and (not archives or _has_audio(tree, wanted)):
        return []
    if whole := wanted.whole(archives, tree.folders):
        return list(whole)
    return archives if told else [*archives, *_not_open(tree, shards)]


def _not_open(tree: Tree, paths: Iterable[str]) -> list[str]:
    """The archives without a folder of their name in their own folder or below."""
    places = defaultdict(list)
    for folder in tree.folders:
        places[posixpath.basename(folder)].append(folder)
    return [
        path
        for path in paths
        if not any(place.startswith(posixpath.dirname(path) + "/") for place in places[top(path)])
    ]


def _has_audio(tree: Tree, wanted: Corpus) -> bool:
    """Whether the corpus is unpacked, with as much of its audio as preparing it requires."""
    listed = heard = 0
    try:
        for row in wanted.read(tree):
            if isinstance(row, Entry):
                listed += 1
                heard += tree.path(row.audio) is not None
    except InputError:
        return heard > 0  # the error is reported when the corpus is read
    return heard > 0 and (wanted.gaps or listed - heard <= MISSING * listed)


def _refuse_unfinished(
    tree: Tree, wanted: Corpus, unfinished: dict[str, str], found: Collection[str]
) -> None:
    told = [path for pattern in wanted.looks_for for path in tree.glob(pattern)]
    home = posixpath.commonpath(map(posixpath.dirname, told)) + "/" if told else None
    kinds = AUDIO.union(os.path.splitext(pattern)[1].lower() for pattern in wanted.looks_for)
    for name, path in unfinished.items():
        if home is None:
            within = not found
        else:
            within = name.startswith(home) and os.path.splitext(name)[1].lower() in kinds
        if name in found or within:
            raise InputError(f"{path} is an unfinished download: let it finish, or remove it")
