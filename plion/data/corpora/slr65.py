"""SLR65, crowdsourced high-quality Tamil (OpenSLR 65): two archives with an index each, no split.

    ta_in_female/{line_index.tsv,taf_02879_01795762363.wav}     ta_in_male/{line_index.tsv,...}
    line_index_female.tsv   line_index_male.tsv                 the same, offered for themselves

A line is `taf_02879_01795762363<TAB>sentence`; some have another field between the two.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.lines import broken, fields
from plion.data.corpora.tree import Tree
from plion.data.unpacking.packed import named
from plion.errors import InputError

FOLDERS = {"taf": "ta_in_female", "tam": "ta_in_male"}

_UTTERANCE = re.compile(r"ta[fm]_\d+_\d+")


def read(tree: Tree) -> Iterator[Entry]:
    """The utterances of all index files, each once; InputError if a whole voice is missing."""
    indexes = tree.glob("line_index*.tsv")
    sentences: dict[str, str] = {}
    for path in indexes:
        for name, sentence in _lines(tree, path):
            sentences.setdefault(name, sentence)
    _both_voices(sentences)
    folders = _folders(indexes)
    for name, sentence in sorted(sentences.items()):
        speaker, _, _ = name.rpartition("_")
        waves = [f"{folder}/{name}.wav" for folder in folders[name[:3]]]
        audio = next((wave for wave in waves if tree.path(wave)), waves[0])
        yield Entry(id=name, audio=audio, text=sentence, speaker=speaker)


def _lines(tree: Tree, path: str) -> Iterator[tuple[str, str]]:
    for number, cut in fields(tree, path):
        name, *rest = [field.strip() for field in cut if field.strip()]
        if not _UTTERANCE.fullmatch(name):
            raise broken(path, number, f"'{name}' is no id such as taf_02879_01795762363")
        if not rest:
            raise broken(path, number, f"no sentence after {name}")
        yield name, rest[-1]


def _both_voices(names: dict[str, str]) -> None:
    """Unpacked into one folder, the second archive's line_index.tsv overwrites the first's."""
    for prefix, folder in FOLDERS.items():
        if names and not any(name.startswith(prefix) for name in names):
            raise InputError(
                f"SLR65: no index names an utterance of {folder} ({prefix}_...): both archives hold"
                f" a line_index.tsv, so unpack {folder}.zip into a folder of its own"
            )


def _folders(indexes: list[str]) -> dict[str, list[str]]:
    """Where the waves of a prefix may lie: beside an index, or in their archive's folder there."""
    beside = list(dict.fromkeys(str(PurePosixPath(path).parent) for path in indexes))
    return {
        prefix: [*beside, *(f"{place}/{folder}" for place in beside)]
        for prefix, folder in FOLDERS.items()
    }


CORPUS = Corpus("slr65", "ta", ("line_index*.tsv",), read, pieces=named("ta_in_(fe)?male"))
