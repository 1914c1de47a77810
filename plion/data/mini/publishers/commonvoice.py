"""Common Voice 23: an archive per language, MP3, and tab-separated tables with a header."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256, sha512

from plion.data.mini.publishers.archives import tar_gz
from plion.data.mini.publishers.encoding import mp3
from plion.data.mini.publishers.publication import File, table
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.espeak import SAMPLE_RATE
from plion.data.mini.speech.spoken import Spoken

_RELEASE = "cv-corpus-23.0-2025-09-05"
_LOCALES = {"commonvoice_zh": "zh-CN", "commonvoice_ta": "ta"}
_TABLES = {"train": "train", "valid": "dev", "test": "test"}
_RATE = 32_000
_CLIPS = (
    *("client_id", "path", "sentence_id", "sentence", "sentence_domain", "up_votes"),
    *("down_votes", "age", "gender", "accents", "variant", "locale", "segment"),
)
_REPORTED = ("sentence_id", "sentence", "locale", "reason")
_UNVALIDATED = ("sentence_id", "sentence", "sentence_domain", "source")
_VALIDATED = (*_UNVALIDATED, "is_used", "clips_count")
Row = tuple[object, ...]


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`cv-corpus-23.0-2025-09-05-LOCALE.tar.gz`."""
    locale = _LOCALES[corpus.key]
    files: dict[str, bytes] = {}
    durations: list[Row] = [("clip", "duration[ms]")]
    rows: dict[str, list[Row]] = {name: [] for name in _TABLES.values()}
    for number, one in enumerate(spoken):
        clip = f"common_voice_{locale}_{18_500_000 + 7 * number}.mp3"
        files[f"clips/{clip}"] = mp3(one.wave, _RATE)
        durations.append((clip, round(1000 * len(one.wave) / SAMPLE_RATE)))
        rows[_TABLES[one.split]].append(_row(one, clip, locale))
    files["clip_durations.tsv"] = table(durations)
    files |= {f"{name}.tsv": content for name, content in _tables(rows)}
    below = f"{_RELEASE}/{locale}"
    packed = tar_gz({f"{below}/{path}": content for path, content in files.items()})
    yield f"{_RELEASE}-{locale}.tar.gz", packed


def _tables(rows: dict[str, list[Row]]) -> Iterator[File]:
    """All tables except the durations; those of rejected clips have a header only."""
    validated = sorted(row for own in rows.values() for row in own)
    for name, own in {**rows, "validated": validated, "invalidated": [], "other": []}.items():
        yield name, table([_CLIPS, *sorted(own)])
    yield "validated_sentences", table([_VALIDATED, *_sentences(validated)])
    yield "unvalidated_sentences", table([_UNVALIDATED])
    yield "reported", table([_REPORTED])


def _row(one: Spoken, clip: str, locale: str) -> Row:
    client = sha512(one.speaker.name.encode()).hexdigest()
    identity = sha256(one.text.encode()).hexdigest()
    gender = "female_feminine" if one.speaker.female else "male_masculine"
    told = gender if one.speaker.number % 3 == 0 else ""  # most contributors do not say
    return client, clip, identity, one.text, "", 2, 0, "", told, "", "", locale, ""


def _sentences(rows: Sequence[Row]) -> list[Row]:
    read = [(row[2], row[3]) for row in rows]
    return [(*one, "", "synthetic", 1, read.count(one)) for one in sorted(set(read))]
