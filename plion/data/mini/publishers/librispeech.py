"""LibriSpeech (OpenSLR 12): an archive per subset, FLAC, and a transcript file per chapter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from plion.data.mini.publishers.archives import tar_gz
from plion.data.mini.publishers.encoding import flac
from plion.data.mini.publishers.publication import File, text_file
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.espeak import SAMPLE_RATE
from plion.data.mini.speech.spoken import Spoken, counted, speakers

_SUBSETS = {"train": "train-clean-100", "valid": "dev-clean", "test": "test-clean"}
_CHAPTERS = 2  # per speaker


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`train-clean-100.tar.gz`, `dev-clean.tar.gz` and `test-clean.tar.gz`."""
    utterances = list(spoken)
    notes = {
        "LibriSpeech/README.TXT": b"A synthetic likeness of LibriSpeech.\n",
        "LibriSpeech/SPEAKERS.TXT": text_file(_speakers(utterances)),
    }
    for split in corpus.sizes:
        subset = _subset([one for one in utterances if one.split == split])
        below = f"LibriSpeech/{_SUBSETS[split]}"
        files = {f"{below}/{path}": content for path, content in subset.items()}
        yield f"{_SUBSETS[split]}.tar.gz", tar_gz(notes | files)


def _subset(spoken: Iterable[Spoken]) -> Mapping[str, bytes]:
    files = {}
    transcripts = defaultdict(list)
    for number, one in counted(spoken, lambda one: one.speaker):
        speaker = _identity(one)
        chapter = f"{120_000 + 10 * speaker + number % _CHAPTERS}"
        stem = f"{speaker}/{chapter}/{speaker}-{chapter}"
        utterance = f"{number // _CHAPTERS:04d}"
        files[f"{stem}-{utterance}.flac"] = flac(one.wave)
        transcripts[stem].append(f"{speaker}-{chapter}-{utterance} {one.text}")
    return files | {f"{stem}.trans.txt": text_file(own) for stem, own in transcripts.items()}


def _speakers(spoken: Sequence[Spoken]) -> Iterator[str]:
    yield ";ID  |SEX| SUBSET           |MINUTES| NAME"
    for speaker in speakers(spoken):
        own = [one for one in spoken if one.speaker == speaker]
        minutes = sum(len(one.wave) for one in own) / SAMPLE_RATE / 60
        sex = "F" if speaker.female else "M"
        yield (
            f"{_identity(own[0]):<5}| {sex} | {_SUBSETS[own[0].split]:<17}| {minutes:5.2f} |"
            f" {speaker.name}"
        )


def _identity(one: Spoken) -> int:
    return 61 + 17 * one.speaker.number
