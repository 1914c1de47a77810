"""`plion data mini`: mini12, or the corpora of its base model, synthesised from a seed.

Same seed, same bytes: every corpus is spoken by one fresh process in a fixed order, since
espeak-ng's history changes what it says. A finished folder carries `mini.json`; it is made under
another name and renamed at the end, so one that is there is whole.
"""

import hashlib
import io
import json
import multiprocessing
import os
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfilt
from tqdm import tqdm

from plion.data.manifest import write_manifest
from plion.data.mini.corpora import BASE, MINI12, Channel, MiniCorpus
from plion.data.mini.words import BASE_BUCKETS, sentence, split_buckets, wording
from plion.data.speech import SAMPLE_RATE, Voice, speak
from plion.errors import InputError
from plion.runs import alone, disk_full

VERSION = "mini12-1"
BASE_VERSION = "mini-base-1"
_ESPEAK_LANGUAGE = {"en": "en", "zh": "cmn", "ta": "ta", "ms": "ms"}
# espeak-ng's voice variants: the base model has not heard mini12's.
_VARIANTS = ("m1", "m3", "m5", "m7", "f1", "f2", "f4")
_BASE_VARIANTS = ("m2", "m4", "m6", "m8", "f3", "f5", "adam", "linda", "steph", "victor")


@dataclass(frozen=True)
class _Job:
    """One corpus: what a single process speaks, split after split."""

    corpus: MiniCorpus
    seed: int
    base: bool
    folder: Path

    def rng(self, *purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, zlib.crc32("/".join(purpose).encode())])


def make(out: Path, seed: int = 0, base: bool = False, processes: int = 2) -> Path:
    """Synthesises the corpora into `out/KEY/{train,valid,test}.jsonl` with audio beside them.

    A folder that already holds the same version and seed is kept as it is. Raises InputError
    where `out` exists and is something else, and when the disk is full.
    """
    if seed < 0:
        raise InputError(f"--seed must be 0 or more, not {seed}")
    version = BASE_VERSION if base else VERSION
    making = out.with_name(f".{out.name}.making")
    if not out.exists():
        with disk_full(out), alone(making):
            try:
                if not out.exists():  # another process may have made it meanwhile
                    _make(out, making / "corpora", version, seed, base, processes)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return _existing(out, version, seed)


def _make(out: Path, draft: Path, version: str, seed: int, base: bool, processes: int) -> None:
    shutil.rmtree(draft, ignore_errors=True)  # left by a process that was killed
    jobs = [_Job(row, seed, base, draft / row.key) for row in (BASE if base else MINI12)]
    _speak_all(jobs, processes)
    record = {"version": version, "seed": seed, "sha256": content_hash(draft)}
    (draft / "mini.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, out)


def content_hash(folder: Path) -> str:
    """SHA-256 over the names and bytes of every manifest and audio file below `folder`."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*/**/*")):
        if path.suffix in (".jsonl", ".wav"):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _existing(out: Path, version: str, seed: int) -> Path:
    record = out / "mini.json"
    if not record.is_file():
        raise InputError(f"{out} exists and was not made by `plion data mini`: name another --out")
    found = json.loads(record.read_text(encoding="utf-8"))
    if (found["version"], found["seed"]) != (version, seed):
        raise InputError(
            f"{out} holds {found['version']} of seed {found['seed']}, not {version} of seed {seed}:"
            " remove it or name another --out"
        )
    return out


def _speak_all(jobs: Sequence[_Job], processes: int) -> None:
    total = sum(sum(job.corpus.sizes.values()) for job in jobs)
    largest_first = sorted(jobs, key=lambda job: -sum(job.corpus.sizes.values()))
    context = multiprocessing.get_context("spawn")
    with (
        tqdm(total=total, unit="utt", desc="synthesis") as bar,
        context.Pool(processes, maxtasksperchild=1) as pool,
    ):
        for spoken in pool.imap_unordered(_speak_corpus, largest_first, chunksize=1):
            bar.update(spoken)


def _speak_corpus(job: _Job) -> int:
    """Speaks a corpus, writes its audio and manifests, and returns its number of utterances."""
    return sum(_speak_split(job, split) for split in job.corpus.sizes)


def _speak_split(job: _Job, split: str) -> int:
    corpus = job.corpus
    words = wording(corpus.language, corpus.length, corpus.keep, job.rng(corpus.key, "words"))
    buckets = BASE_BUCKETS if job.base else split_buckets(split)
    speakers = list(_speakers(job, split).items())
    rng = job.rng(corpus.key, split)
    audio = job.folder / "audio" / split
    audio.mkdir(parents=True)
    rows = []
    for number in range(corpus.sizes[split]):
        name, voice = speakers[rng.integers(len(speakers))]
        spoken = () if rng.random() < corpus.silence else sentence(words, buckets, rng)
        text = corpus.spelling(spoken, number) if spoken else ""
        clean = (
            speak(" ".join(spoken), _ESPEAK_LANGUAGE[corpus.language], voice)
            if spoken
            else np.zeros(int(rng.uniform(0.5, 3.0) * SAMPLE_RATE), np.float32)
        )
        wave = _through(clean, corpus.channel, rng)
        identity = f"{corpus.key}-{split}-{number:05d}"
        _write_wav(audio / f"{identity}.wav", wave)
        blocks = (
            {"speaker": name, "block": name}
            if corpus.names_speakers
            else {"sentence": identity, "block": identity}
        )
        rows.append(
            {
                "id": identity,
                "audio": f"audio/{split}/{identity}.wav",
                "text": text,
                "language": corpus.language,
                "dataset": corpus.key,
                "duration": round(len(wave) / SAMPLE_RATE, 6),
                **blocks,
            }
        )
    write_manifest(job.folder / f"{split}.jsonl", rows)
    return len(rows)


def _write_wav(path: Path, wave: np.ndarray) -> None:
    """By way of memory: libsndfile does not tell a full disk from any other trouble."""
    encoded = io.BytesIO()
    soundfile.write(encoded, wave, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    path.write_bytes(encoded.getvalue())


def _speakers(job: _Job, split: str) -> dict[str, Voice]:
    """The speakers of a split by name; test's are train's first ones where the corpus shares."""
    corpus = job.corpus
    training = split == "train"
    pool = "train" if training or corpus.shared_speakers else split
    rng = job.rng(corpus.key, pool, "speakers")
    variants = _BASE_VARIANTS if job.base else _VARIANTS
    return {
        f"{corpus.key}-{pool}-{number:03d}": Voice(
            variant=str(rng.choice(variants)),
            pitch=int(rng.integers(25, 75)),
            intonation=int(rng.integers(30, 70)),
            rate=int(rng.integers(*corpus.rate, endpoint=True)),
        )
        for number in range(corpus.speakers[0 if training else 1])
    }


def _through(wave: np.ndarray, channel: Channel, rng: np.random.Generator) -> np.ndarray:
    """The waveform through a recording: band-limit, level, and noise at a drawn SNR."""
    cutoff = rng.uniform(*channel.cutoff)
    sections = butter(4, cutoff, fs=SAMPLE_RATE, output="sos")
    limited = sosfilt(sections, wave)
    peak = float(np.abs(limited).max()) or 1.0
    level = 10 ** (rng.uniform(*channel.gain) / 20)
    noise = sosfilt(sections, rng.standard_normal(len(wave)))
    spoken = limited / peak * level
    power = float(np.mean(spoken**2)) or (0.1 * level) ** 2  # silence: as if speech were there
    noise *= np.sqrt(power / np.mean(noise**2)) * 10 ** (-rng.uniform(*channel.snr) / 20)
    heard: np.ndarray = np.clip(spoken + noise, -0.999, 0.999).astype(np.float32)
    return heard
