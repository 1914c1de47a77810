"""mini12 as it is made: repeatable, whole or absent, and with nothing shared that must not be."""

import errno
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from plion.data.audio import read_audio
from plion.data.manifest import Utterance, read_manifest
from plion.data.mini import build
from plion.data.mini.corpora import BASE, MINI12
from plion.data.speech import Voice
from plion.errors import InputError
from plion.evaluation.normalize import normalize

SHARED = {"aishell3", "slr65", "slr127"}
Texts = dict[str, dict[str, list[Utterance]]]  # by corpus and split


class Silent:
    """mini12 and a part of the base corpora as `make` writes them, with everything but sound."""

    def __init__(self, folder: Path) -> None:
        self.voices: dict[str, set[str]] = defaultdict(set)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "_speak_all", self._speak_here)
            patch.setattr(build, "speak", self._speak)
            patch.setattr(build, "_through", lambda wave, channel, rng: wave)
            patch.setattr(soundfile, "write", lambda *args, **kwargs: None)
            few = [replace(c, sizes={"train": 200, "valid": 40}) for c in BASE]
            patch.setattr(build, "BASE", few)
            self.mini = self._read(build.make(folder / "mini", seed=0))
            self.mini_voices, self.voices = self.voices, defaultdict(set)
            self.base = self._read(build.make(folder / "base", seed=0, base=True))
            self.base_voices = self.voices

    def _speak_here(self, jobs: Sequence[Any], processes: int) -> None:
        for job in jobs:
            build._speak_corpus(job)

    def _speak(self, text: str, language: str, voice: Voice) -> np.ndarray:
        self.voices[language].add(voice.variant)
        return np.zeros(1600, np.float32)

    @staticmethod
    def _read(folder: Path) -> Texts:
        texts: Texts = defaultdict(dict)
        for path in sorted(folder.glob("*/*.jsonl")):
            texts[path.parent.name][path.stem] = list(read_manifest(path))
        return texts


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Silent:
    return Silent(tmp_path_factory.mktemp("silent"))


def sentences(texts: Texts, *splits: str) -> set[tuple[str, str]]:
    return {
        (one.language, normalize(one.text, one.language, "strict"))
        for corpus in texts.values()
        for split in splits
        for one in corpus.get(split, [])
        if one.text
    }


def test_splits_have_the_sizes_and_languages_of_the_table(silent: Silent) -> None:
    for corpus in MINI12:
        splits = silent.mini[corpus.key]
        assert {split: len(rows) for split, rows in splits.items()} == corpus.sizes
        rows = [one for split in splits.values() for one in split]
        assert {(one.language, one.dataset) for one in rows} == {(corpus.language, corpus.key)}


def test_no_sentence_is_in_two_splits_of_any_corpora(silent: Silent) -> None:
    train, valid, test = (sentences(silent.mini, split) for split in ("train", "valid", "test"))
    assert len(test) > 500
    assert not train & test and not train & valid and not valid & test


def test_no_sentence_of_the_base_corpora_is_in_mini12(silent: Silent) -> None:
    base = sentences(silent.base, "train", "valid")
    assert len(base) > 500
    assert not base & sentences(silent.mini, "train", "valid", "test")


def test_the_base_model_has_not_heard_the_voices_of_mini12(silent: Silent) -> None:
    mini, base = (
        {voice for own in voices.values() for voice in own}
        for voices in (silent.mini_voices, silent.base_voices)
    )
    assert mini and base and not mini & base


def test_every_language_is_spoken_by_the_same_voices(silent: Silent) -> None:
    voices = list(silent.mini_voices.values())
    assert len(voices) == 4 and all(own == voices[0] for own in voices)


@pytest.mark.parametrize("key", [c.key for c in MINI12 if c.names_speakers])
def test_speakers_of_train_and_test_are_disjoint_where_the_real_ones_are(
    key: str, silent: Silent
) -> None:
    train, test = ({one.speaker for one in silent.mini[key][split]} for split in ("train", "test"))
    assert None not in train | test
    assert bool(test & train) == (key in SHARED)


def test_blocks_are_speakers_and_sentences_where_no_speaker_is_named(silent: Silent) -> None:
    for corpus in MINI12:
        for one in silent.mini[corpus.key]["test"]:
            named = one.speaker if corpus.names_speakers else one.sentence
            assert one.block == named is not None


def test_silence_of_the_base_has_an_empty_text(silent: Silent) -> None:
    rows = [one for corpus in silent.base.values() for one in corpus["train"]]
    assert 0 < sum(not one.text for one in rows) < 0.1 * len(rows)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """mini12 with two corpora of nine utterances."""
    sizes = {"train": 4, "valid": 2, "test": 3}
    two = [replace(c, sizes=sizes) for c in MINI12 if c.key in ("nsc", "fleurs_ta")]
    monkeypatch.setattr(build, "MINI12", two)
    yield


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_seed_makes_every_byte(small: None, tmp_path: Path) -> None:
    first = content(build.make(tmp_path / "a", seed=0, processes=2))
    again = content(build.make(tmp_path / "b", seed=0, processes=1))
    other = content(build.make(tmp_path / "c", seed=1, processes=2))
    assert len(first) == 2 * (9 + 3) + 1 and first == again
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first)


def test_audio_is_as_long_as_its_manifest_says_and_speech_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(MINI12[1], sizes={"test": 3})
    monkeypatch.setattr(build, "MINI12", [few])
    out = build.make(tmp_path / "mini", processes=1)
    for one in read_manifest(out / "nsc" / "test.jsonl"):
        samples = read_audio(one)
        assert len(samples) == round(one.duration * 16_000)
        assert 0.1 < np.abs(samples).max() < 1


def test_the_record_has_version_seed_and_the_hash_of_the_content(
    silent: Silent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_speak_all", lambda jobs, processes: _write(jobs[0].folder))
    out = build.make(tmp_path / "mini", seed=3)
    record = json.loads((out / "mini.json").read_text())
    assert (record["version"], record["seed"]) == (build.VERSION, 3)
    assert record["sha256"] == build.content_hash(out)
    next(out.glob("*/*.jsonl")).write_text("changed")
    assert record["sha256"] != build.content_hash(out)


def _write(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text("{}")


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(jobs: Sequence[Any], processes: int) -> None:
        _write(jobs[0].folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_speak_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.make(tmp_path / "mini")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(jobs: Sequence[Any], processes: int) -> None:
        _write(jobs[0].folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(build, "_speak_all", full)
    with pytest.raises(InputError, match="no space left on the disk while writing .*mini"):
        build.make(tmp_path / "mini")
    assert not list(tmp_path.iterdir())


def test_a_seed_below_0_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--seed must be 0 or more, not -1"):
        build.make(tmp_path / "mini", seed=-1)


def test_a_folder_of_the_same_version_and_seed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_speak_all", lambda jobs, processes: _write(jobs[0].folder))
    out = build.make(tmp_path / "mini")
    (out / "note").write_text("kept")
    monkeypatch.setattr(build, "_speak_all", _never)
    assert build.make(out) == out
    assert (out / "note").read_text() == "kept"


def _never(jobs: Sequence[Any], processes: int) -> None:
    raise AssertionError("it was made again")


@pytest.mark.parametrize("changed", [{"seed": 1}, {"base": True}])
def test_a_folder_of_another_seed_or_kind_is_refused(
    changed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_speak_all", lambda jobs, processes: _write(jobs[0].folder))
    out = build.make(tmp_path / "mini", seed=0)
    before = content(out)
    with pytest.raises(InputError, match="mini holds mini12-1 of seed 0, not"):
        build.make(out, **changed)
    assert content(out) == before


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="was not made by `plion data mini`"):
        build.make(tmp_path)
    assert content(tmp_path) == {"thesis.txt": b"years of work"}
