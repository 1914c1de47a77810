"""IMDA National Speech Corpus, Parts 1 and 2: read English of Singapore.

    PART1/DATA/CHANNEL0/SCRIPT/000010.TXT
    PART1/DATA/CHANNEL0/WAVE/SPEAKER0001.zip: SPEAKER0001/SESSION0/000010001.WAV

The digits are channel 0, speaker 0001, session 0 and utterance 001. A script is UTF-8 with a BOM
and has two lines per utterance: the id, a tab and the prompt; then a tab and what was said, in
lower case with marks such as `<SPK/>` and `**`. The publisher lacks some audio and some scripts.
Every utterance was recorded by three microphones at once: 0 headset or standing, 1 boundary,
2 phone. There is no split.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted
from plion.data.corpora.lines import broken, each, records
from plion.data.corpora.packed import unpacked_to
from plion.data.corpora.tree import Tree

SCRIPTS = "*/SCRIPT/[0-2][0-9][0-9][0-9][0-9][0-9].TXT"

_ID = re.compile(r"\d(?P<speaker>\d{4})(?P<session>\d)\d{3}")
_BEGIN = re.compile(r"\s*\d{9}\s*(\t|$)")
_PARTS = ("part1-", "part2-", "")
_PART = re.compile(r"part[ _-]?(\d)", re.IGNORECASE)
_SPEAKERS = re.compile(r"(?P<part>.*?)CHANNEL(?P<channel>\d)/WAVE/SPEAKER\d{4}", re.IGNORECASE)
_MARKS = re.compile(r"<[^>]*>")
_WORDS = re.compile(r"\w+(?:'\w+)*")


def read_nsc(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of both parts, or of the one that exists, each from one microphone.

    Takes the lowest channel of each part that has audio, and leaves out the other channels and
    other parts. `text` is the prompt, `text_alt` the second line, None if it is missing; utterances
    with the same words have the same `sentence`. Speaker numbers are not unique across parts, so
    they and the ids begin with the part (`part1-0001`) if a folder names it. A line of any other
    form breaks its utterance.
    """
    scripts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in tree.glob(SCRIPTS):
        scripts[_part(tree, path)][PurePosixPath(path).name[0]].append(path)
    for part in sorted(scripts):
        channels = scripts[part]
        heard = (it for it in sorted(channels) if _has_audio(tree, channels[it]))
        own = next(heard, min(channels)) if part in _PARTS else None
        for channel, paths in sorted(channels.items(), key=lambda item: item[0] != own):
            if channel == own:
                for path in paths:
                    yield from _entries(tree, path, part)
            else:
                reason = "of other microphones" if own else "of other parts"
                yield Omitted(reason, f"{part}channel{channel}", _count(tree, paths))


def _count(tree: Tree, scripts: list[str]) -> int:
    """The number of prompts in scripts."""
    return sum(bool(_BEGIN.match(line)) for path in scripts for _, line in tree.lines(path))


def pieces(archives: Sequence[str], folders: Collection[str]) -> list[str]:
    """The speakers' archives of each part's lowest channel; the others have the same utterances.

    Channels with a speaker that is unpacked already count too.
    """
    found = {path: match for path in archives if (match := _SPEAKERS.fullmatch(unpacked_to(path)))}
    lowest: dict[str, str] = {}
    for match in (*found.values(), *filter(None, map(_SPEAKERS.fullmatch, folders))):
        lowest[match["part"]] = min(match["channel"], lowest.get(match["part"], "9"))
    return [path for path, match in found.items() if match["channel"] == lowest[match["part"]]]


def _part(tree: Tree, path: str) -> str:
    """The prefix of ids, by the nearest folder that names a part, the source's path included."""
    folders = (*tree.roots[0].resolve().parts, *PurePosixPath(path).parts)
    named = [match[1] for folder in folders if (match := _PART.fullmatch(folder))]
    return f"part{named[-1]}-" if named else ""


def _has_audio(tree: Tree, scripts: list[str]) -> bool:
    found = (row for path in scripts for row in _entries(tree, path, part=""))
    return any(tree.path(row.audio) for row in found if isinstance(row, Entry))


def _entries(tree: Tree, path: str, part: str) -> Iterator[Entry | Omitted]:
    found = ((lines,) for lines in records(tree, path, _BEGIN.match))
    return each(found, partial(_entry, tree, path, part))


def _entry(tree: Tree, path: str, part: str, lines: list[tuple[int, str]]) -> Entry:
    """The utterance of a line with an id and of the line after it, which begins with a tab."""
    (_, first), *others = lines
    name, tab, text = first.partition("\t")
    id = _ID.fullmatch(name.strip())
    seconds = [line.strip() for _, line in others if line.startswith("\t")]
    if not tab or id is None or len(others) > 1 or len(seconds) < len(others):
        number, odd = lines[-1]
        what = f"expected nine digits, a tab and a prompt, or a tab and words, found '{odd}'"
        raise broken(path, number, what)
    text, said = text.strip(), next(iter(seconds), None)
    speaker, session = id["speaker"], id["session"]
    waves = PurePosixPath(path).parent.parent / "WAVE"
    return Entry(
        id=f"{part}{id[0]}",
        audio=_wave(tree, f"{waves}/SPEAKER{speaker}/SESSION{session}/{id[0]}"),
        text=text,
        speaker=f"{part}{speaker}",
        sentence=_words(said or text) or None,
        text_alt=said,
    )


def _wave(tree: Tree, stem: str) -> str:
    """The recording's path, `.WAV` or `.wav`; the publisher's `.WAV` if neither exists."""
    there = (name for name in (f"{stem}.WAV", f"{stem}.wav") if tree.path(name))
    return next(there, f"{stem}.WAV")


def _words(text: str) -> str:
    return " ".join(_WORDS.findall(_MARKS.sub(" ", text).lower()))


CORPUS = Corpus(
    key="nsc",
    language="en",
    looks_for=(SCRIPTS,),
    read=read_nsc,
    pieces=pieces,
    takes_all=False,
    gaps=True,
    sampled=True,
)
