"""Crowdsourced Tamil (OpenSLR 65): a zip and an index per sex, at 48 kHz, without a split."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from plion.data.mini.publishers.archives import zipped
from plion.data.mini.publishers.encoding import wav
from plion.data.mini.publishers.publication import File, table
from plion.data.mini.speech.corpora import MiniCorpus
from plion.data.mini.speech.spoken import Spoken

_RATE = 48_000
_ODD = 20  # every 20th line has one more field
_SEXES = {"female": "taf", "male": "tam"}


def publish(corpus: MiniCorpus, spoken: Iterable[Spoken]) -> Iterator[File]:
    """`ta_in_{female,male}.zip`, each with its `line_index.tsv`, and `line_index_*.tsv` beside."""
    utterances = list(spoken)
    for sex, prefix in _SEXES.items():
        own = [one for one in utterances if one.speaker.female == (sex == "female")]
        named = {_name(prefix, one): one for one in own}
        index = table(
            (name, "", one.text) if number % _ODD == 0 else (name, one.text)
            for number, (name, one) in enumerate(sorted(named.items()))
        )
        files = {f"{name}.wav": wav(one.wave, _RATE) for name, one in named.items()}
        yield f"ta_in_{sex}.zip", zipped({**files, "line_index.tsv": index})
        yield f"line_index_{sex}.tsv", index


def _name(prefix: str, one: Spoken) -> str:
    speaker = 2_879 + 137 * one.speaker.number
    drawn = sha256(f"{one.split} {one.number}".encode()).digest()[:4]
    return f"{prefix}_{speaker:05d}_{int.from_bytes(drawn):011d}"
