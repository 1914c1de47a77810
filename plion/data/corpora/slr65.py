"""SLR65, crowdsourced Tamil (OpenSLR 65): two archives with an index each, no split.

    ta_in_female/{line_index.tsv,taf_02879_01795762363.wav}     ta_in_male/{line_index.tsv,...}
    line_index_female.tsv   line_index_male.tsv                 the same as separate downloads

A line is `taf_02879_01795762363<TAB>sentence`; some have another field between the two.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted
from plion.data.corpora.lines import AGAIN, Broken, broken, omitted, rows
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree
from plion.errors import InputError

FOLDERS = {"taf": "ta_in_female", "tam": "ta_in_male"}

_UTTERANCE = re.compile(r"ta[fm]_\d+_\d+")


def read_slr65(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of all index files, each once.

    For an id with different sentences the first counts, and the others are left out. Raises
    InputError if one of the two archives is missing altogether.
    """
    indexes = tree.glob("line_index*.tsv")
    sentences: dict[str, str] = {}
    left_out: list[Omitted] = []
    for path in indexes:
        for row in _lines(tree, path):
            if isinstance(row, Omitted):
                left_out.append(row)
                continue
            place, name, sentence = row
            if sentences.setdefault(name, sentence) != sentence:
                left_out.append(Omitted(AGAIN, f"{name} ({place}: '{sentence}')"))
    _both_voices(sentences)
    folders = _folders(indexes)
    for name, sentence in sorted(sentences.items()):
        speaker, _, _ = name.rpartition("_")
        waves = [f"{folder}/{name}.wav" for folder in folders[name[:3]]]
        audio = next((wave for wave in waves if tree.path(wave)), waves[0])
        yield Entry(id=name, audio=audio, text=sentence, speaker=speaker)
    yield from left_out


def _lines(tree: Tree, path: str) -> Iterator[tuple[str, str, str] | Omitted]:
    """The place, id and sentence of each row."""
    for row in rows(tree, path, _begins):
        try:
            yield row if isinstance(row, Omitted) else _line(path, *row)
        except Broken as error:
            yield omitted(error)


def _begins(line: str) -> bool:
    return "\t" in line or _UTTERANCE.match(line) is not None


def _line(path: str, number: int, line: str) -> tuple[str, str, str]:
    name, *rest = [field.strip() for field in line.split("\t") if field.strip()]
    if not _UTTERANCE.fullmatch(name):
        raise broken(path, number, f"'{name}' is not an id such as taf_02879_01795762363")
    if not rest:
        raise broken(path, number, f"no sentence after {name}")
    return f"{path}:{number}", name, rest[-1]


def _both_voices(names: dict[str, str]) -> None:
    """Raise InputError if one archive's index is missing.

    Unpacked into one folder, the second archive's line_index.tsv overwrites the first's.
    """
    for prefix, folder in FOLDERS.items():
        if names and not any(name.startswith(prefix) for name in names):
            raise InputError(
                f"SLR65: no index names an utterance of {folder} ({prefix}_...): both archives have"
                f" a line_index.tsv, so unpack {folder}.zip into a folder of its own"
            )


def _folders(indexes: list[str]) -> dict[str, list[str]]:
    """Folders that may have the WAVs of a prefix: beside an index, or the archive's own folder."""
    beside = list(dict.fromkeys(str(PurePosixPath(path).parent) for path in indexes))
    return {
        prefix: [*beside, *(f"{place}/{folder}" for place in beside)]
        for prefix, folder in FOLDERS.items()
    }


CORPUS = Corpus("slr65", "ta", ("line_index*.tsv",), read_slr65, pieces=named("ta_in_(fe)?male"))
