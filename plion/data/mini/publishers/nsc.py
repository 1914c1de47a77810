"""NSC Part 2 (IMDA): a zip per speaker, a script per session, some audio or text missing.

Channel 0 is complete; channel 1 has scripts only, as after a partial download.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from plion.data.mini.publishers.archives import zipped
from plion.data.mini.publishers.encoding import wav
from plion.data.mini.publishers.publication import File, text_file
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Spoken, counted

_DATA = "IMDA - National Speech Corpus/PART2/DATA"
_SESSIONS = 2
Recordings = dict[int, dict[str, bytes]]  # by speaker, then by path
Scripts = dict[str, list[tuple[str, str, str]]]  # by session: number, prompt, what was said


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`PART2/DATA/CHANNEL*/SCRIPT/*.TXT` and `PART2/DATA/CHANNEL0/WAVE/SPEAKER*.zip`."""
    recordings: Recordings = defaultdict(dict)
    scripts: Scripts = defaultdict(list)
    for count, one in counted(spoken, lambda one: one.speaker):
        speaker, session = one.speaker.number + 1, count % _SESSIONS
        number = f"{count // _SESSIONS + 1:03d}"
        recordings[speaker][_path(speaker, session, number)] = wav(one.wave)
        scripts[f"{speaker:04d}{session}"].append((number, one.text, " ".join(one.words)))
    _part_pairs(recordings, scripts)
    for speaker, files in recordings.items():
        yield f"{_DATA}/CHANNEL0/WAVE/SPEAKER{speaker:04d}.zip", zipped(files)
    for channel in (0, 1):
        for name, pairs in scripts.items():
            lines = (
                line
                for number, prompt, said in pairs
                for line in (f"{channel}{name}{number}\t{prompt}", f"\t{said}")
            )
            script = text_file(lines).decode().encode("utf-8-sig")
            yield f"{_DATA}/CHANNEL{channel}/SCRIPT/{channel}{name}.TXT", script


def _part_pairs(recordings: Recordings, scripts: Scripts) -> None:
    """Add to the first session a recording without a text and a text without a recording."""
    speaker = min(recordings)
    recording = next(iter(recordings[speaker].values()))
    recordings[speaker][_path(speaker, 0, "998")] = recording
    scripts[f"{speaker:04d}0"].append(("999", "Nobody says that.", "nobody says that"))


def _path(speaker: int, session: int, number: str) -> str:
    return f"SPEAKER{speaker:04d}/SESSION{session}/0{speaker:04d}{session}{number}.WAV"
