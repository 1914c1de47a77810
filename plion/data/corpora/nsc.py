"""IMDA National Speech Corpus, Parts 1 and 2: English of Singapore, read from prompts.

    PART1/DATA/CHANNEL0/SCRIPT/000010.TXT
    PART1/DATA/CHANNEL0/WAVE/SPEAKER0001.zip: SPEAKER0001/SESSION0/000010001.WAV

The digits are channel 0, speaker 0001, session 0 and utterance 001. A script is UTF-8 with a BOM
and has two lines an utterance: the prompt after the id and a tab, then what was said after a tab
alone, in lower case and with marks such as `<SPK/>` and `**`. The publisher lacks some audio and
some scripts. Every utterance was recorded by three microphones at once: 0 headset or standing,
1 boundary, 2 phone. There is no split.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.lines import broken
from plion.data.corpora.tree import Tree
from plion.data.unpacking.packed import unpacked_to

SCRIPTS = "*/SCRIPT/[0-2][0-9][0-9][0-9][0-9][0-9].TXT"

_ID = re.compile(r"\d(?P<speaker>\d{4})(?P<session>\d)\d{3}")
_PART = re.compile(r"part[ _-]?(\d)", re.IGNORECASE)
_SPEAKERS = re.compile(r"(?P<part>.*?)CHANNEL(?P<channel>\d)/WAVE/SPEAKER\d{4}", re.IGNORECASE)
_MARKS = re.compile(r"<[^>]*>")
_WORDS = re.compile(r"\w+(?:'\w+)*")


def read(tree: Tree) -> Iterator[Entry]:
    """The utterances of both parts, or of the one that is there, each from one microphone.

    It is the lowest channel of the part that has audio. `text` is the prompt, `text_alt` the
    second line, None where it is missing; utterances of the same words have the same `sentence`.
    Speakers are numbered anew in each part, so they and the ids begin with the part
    (`part1-0001`), unless no folder says which one it is. Raises InputError for a line that is
    neither of the two.
    """
    scripts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in tree.glob(SCRIPTS):
        scripts[_part(tree, path)][PurePosixPath(path).name[0]].append(path)
    for part in sorted(scripts.keys() & {"part1-", "part2-", ""}):
        channels = scripts[part]
        heard = (it for it in sorted(channels) if _has_audio(tree, channels[it]))
        for path in channels[next(heard, min(channels))]:
            yield from _entries(tree, path, part)


def pieces(archives: Sequence[str], folders: Collection[str]) -> list[str]:
    """The speakers' archives of each part's lowest channel; the others hold the same again.

    A channel of which a speaker lies open counts too.
    """
    found = {path: match for path in archives if (match := _SPEAKERS.fullmatch(unpacked_to(path)))}
    lowest: dict[str, str] = {}
    for match in (*found.values(), *filter(None, map(_SPEAKERS.fullmatch, folders))):
        lowest[match["part"]] = min(match["channel"], lowest.get(match["part"], "9"))
    return [path for path, match in found.items() if match["channel"] == lowest[match["part"]]]


def _part(tree: Tree, path: str) -> str:
    """How ids begin: by the nearest folder named for a part, that of the source's own included."""
    folders = (*tree.roots[0].resolve().parts, *PurePosixPath(path).parts)
    named = [match[1] for folder in folders if (match := _PART.fullmatch(folder))]
    return f"part{named[-1]}-" if named else ""


def _has_audio(tree: Tree, scripts: list[str]) -> bool:
    entries = (entry for path in scripts for entry in _entries(tree, path, part=""))
    return any(tree.path(entry.audio) for entry in entries)


def _entries(tree: Tree, path: str, part: str) -> Iterator[Entry]:
    waves = PurePosixPath(path).parent.parent / "WAVE"
    for id, text, said in _utterances(tree, path):
        speaker, session = id["speaker"], id["session"]
        yield Entry(
            id=f"{part}{id[0]}",
            audio=_wave(tree, f"{waves}/SPEAKER{speaker}/SESSION{session}/{id[0]}"),
            text=text,
            speaker=f"{part}{speaker}",
            sentence=_words(said or text) or None,
            text_alt=said,
        )


def _utterances(tree: Tree, path: str) -> Iterator[tuple[re.Match[str], str, str | None]]:
    """The id, the prompt and what was said of each utterance of a script."""
    prompt: tuple[re.Match[str], str] | None = None
    for number, line in tree.lines(path):
        if not line.strip():
            continue
        name, tab, text = line.partition("\t")
        if prompt and tab and not name:
            yield *prompt, text.strip()
            prompt = None
        elif tab and (id := _ID.fullmatch(name.strip())):
            if prompt:
                yield *prompt, None
            prompt = id, text.strip()
        else:
            what = f"expected nine digits, a tab and a prompt, or a tab and words, found '{line}'"
            raise broken(path, number, what)
    if prompt:
        yield *prompt, None


def _wave(tree: Tree, stem: str) -> str:
    """The recording, by the publisher's name where it is not there in either case."""
    there = (name for name in (f"{stem}.WAV", f"{stem}.wav") if tree.path(name))
    return next(there, f"{stem}.WAV")


def _words(text: str) -> str:
    return " ".join(_WORDS.findall(_MARKS.sub(" ", text).lower()))


CORPUS = Corpus(
    key="nsc",
    language="en",
    looks_for=(SCRIPTS,),
    read=read,
    pieces=pieces,
    takes_all=False,
    gaps=True,
    sampled=True,
)
