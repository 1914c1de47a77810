"""AISHELL-1 (OpenSLR 33), with nested archives per speaker, and AISHELL-3 (OpenSLR 93), without."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from plion.data.mini.publishers.archives import tar_gz
from plion.data.mini.publishers.encoding import wav
from plion.data.mini.publishers.pinyin import pinyin
from plion.data.mini.publishers.publication import File, table, text_file
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Speaker, Spoken, counted, speakers

_FOLDERS = {"train": "train", "valid": "dev", "test": "test"}
_RATE_3 = 44_100
Labelled = tuple[str, Spoken]  # an utterance with its id


def publish_1(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`data_aishell.tgz`: `S*.tar.gz` for every speaker, and one file of transcripts.

    Words are separated by spaces. One recording of the first speaker has no transcript.
    """
    archives: dict[str, dict[str, bytes]] = defaultdict(dict)
    transcripts = []
    for count, one in counted(spoken, lambda one: one.speaker):
        speaker = f"S{one.speaker.number + 2:04d}"
        identity = f"BAC009{speaker}W{122 + count:04d}"
        archives[speaker][f"{_FOLDERS[one.split]}/{speaker}/{identity}.wav"] = wav(one.wave)
        transcripts.append(f"{identity} {' '.join(one.words)}")
    files = archives[min(archives)]
    path, recording = next(iter(files.items()))
    files[path.replace("W0122", "W0999")] = recording
    packed = {f"data_aishell/wav/{name}.tar.gz": tar_gz(own) for name, own in archives.items()}
    packed["data_aishell/transcript/aishell_transcript_v0.8.txt"] = text_file(sorted(transcripts))
    yield "data_aishell.tgz", tar_gz(packed)


def publish_3(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`data_aishell3.tgz`: `train` and `test` at 44.1 kHz, without a valid part."""
    utterances = [
        (f"{_speaker(one.speaker)}{count + 1:04d}", one)
        for count, one in counted(spoken, lambda one: one.speaker)
    ]
    parts = {
        "train": [(name, one) for name, one in utterances if one.split != "test"],
        "test": [(name, one) for name, one in utterances if one.split == "test"],
    }
    files = {
        f"{part}/wav/{_speaker(one.speaker)}/{name}.wav": wav(one.wave, _RATE_3)
        for part, own in parts.items()
        for name, one in own
    }
    files |= {f"{part}/content.txt": table(sorted(_content(own))) for part, own in parts.items()}
    files["train/label_train-set.txt"] = text_file(_labels(parts["train"]))
    files["phone_set.txt"] = text_file(
        sorted({sound for _, one in utterances for sound in pinyin("".join(one.words))})
    )
    files["spk-info.txt"] = table(
        (_speaker(speaker), "B", "female" if speaker.female else "male", "north")
        for speaker in speakers(one for _, one in utterances)
    )
    files["ReadMe.txt"] = b"A synthetic likeness of AISHELL-3.\n"
    yield "data_aishell3.tgz", tar_gz(files)


def _content(utterances: Sequence[Labelled]) -> Iterator[tuple[str, str]]:
    """Characters and syllables, alternating."""
    for name, one in utterances:
        hanzi = "".join(one.words)
        pairs = (
            f"{character} {sound}" for character, sound in zip(hanzi, pinyin(hanzi), strict=True)
        )
        yield f"{name}.wav", " ".join(pairs)


def _labels(utterances: Sequence[Labelled]) -> Iterator[str]:
    yield "# utterance|pinyin|hanzi, % after a word and $ at the end"
    for name, one in utterances:
        yield f"{name}|{' '.join(pinyin(''.join(one.words)))}|{'%'.join(one.words)}$"


def _speaker(speaker: Speaker) -> str:
    return f"SSB{5 + 6 * speaker.number:04d}"
