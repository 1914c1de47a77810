"""The base model's corpora: WAV files and manifests, since they imitate no published corpus."""

import json
from collections.abc import Iterable, Iterator

from plion.data.mini.publishers.encoding import wav
from plion.data.mini.publishers.publication import File, text_file
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.espeak import SAMPLE_RATE
from plion.data.mini.speech.spoken import Spoken


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`{split}.jsonl` and `audio/{split}/*.wav`, as `plion data prepare` would write them."""
    rows: dict[str, list[str]] = {split: [] for split in corpus.sizes}
    for one in spoken:
        identity = f"{corpus.key}-{one.split}-{one.number:05d}"
        audio = f"audio/{one.split}/{identity}.wav"
        yield audio, wav(one.wave)
        row = {
            "id": identity,
            "audio": audio,
            "text": one.text,
            "language": corpus.language,
            "dataset": corpus.key,
            "duration": round(len(one.wave) / SAMPLE_RATE, 6),
            "speaker": one.speaker.name,
            "block": one.speaker.name,
        }
        rows[one.split].append(json.dumps(row, ensure_ascii=False))
    for split, lines in rows.items():
        yield f"{split}.jsonl", text_file(lines)
