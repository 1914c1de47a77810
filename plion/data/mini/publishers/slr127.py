"""IISc-MILE Tamil (OpenSLR 127): a text file per recording, speakers in three series."""

from collections.abc import Iterable, Iterator

from plion.data.mini.publishers.archives import tar_gz
from plion.data.mini.publishers.encoding import wav
from plion.data.mini.publishers.publication import File, text_file
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Spoken

_SERIES = ("MILE", "ISTL", "MICI")  # the same number in two series is two speakers


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`mile_tamil_asr_corpus.tar.gz`: `{train,test}/{audio_files,trans_files}`."""
    files = {}
    for number, one in enumerate(spoken):
        person, series = divmod(one.speaker.number, len(_SERIES))
        name = f"{_SERIES[series]}_{person + 1:07d}_{number + 1:07d}"
        part = "test" if one.split == "test" else "train"
        below = f"mile_tamil_asr_corpus/{part}"
        files[f"{below}/audio_files/{name}.wav"] = wav(one.wave)
        files[f"{below}/trans_files/{name}.txt"] = text_file([one.text])
    yield "mile_tamil_asr_corpus.tar.gz", tar_gz(files)
