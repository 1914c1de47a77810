"""mini12 as it is made: repeatable, and whole or absent."""

import errno
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plion.data.manifest import read_manifest, write_manifest
from plion.data.mini import build
from plion.data.mini.speech.corpora import MINI12, MiniCorpus
from plion.errors import InputError
from plion.loading.audio import read_audio

SMALL = ("nsc", "commonvoice_zh", "fleurs_ta", "mesolitica")


def small(*keys: str) -> list[MiniCorpus]:
    """Corpora of mini12, of nine utterances each."""
    sizes = {"train": 4, "valid": 2, "test": 3}
    rows = {corpus.key: replace(corpus, sizes=sizes) for corpus in MINI12}
    rows["nsc"] = replace(rows["nsc"], split="4:2:3")
    return [rows[key] for key in keys]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four small corpora, in four kinds of archives and of audio files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "MINI12", small(*SMALL))
        return build.make_mini(tmp_path_factory.mktemp("made") / "mini")


def content(folder: Path) -> dict[str, bytes]:
    """The files by path, without what unpacking notes in hidden places of when it was done."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            found[str(name)] = path.read_bytes()
    return found


def test_the_seed_makes_every_byte(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MINI12", small(*SMALL))
    again = build.make_mini(tmp_path / "again", processes=1)
    assert content(made) == content(again)
    assert len(list(made.glob("*/*.jsonl"))) == 3 * len(SMALL)


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 100_000])
def test_a_damaged_note_of_what_was_made_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "mini.json").write_text(content)
    with pytest.raises(InputError, match=f"mini.json is damaged: .*; remove {tmp_path}, and it is"):
        build.make_mini(tmp_path)


def test_another_seed_makes_other_manifests_and_audio(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MINI12", small("nsc"))
    other = build.make_mini(tmp_path / "other", seed=1)
    theirs, ours = (
        {path.read_bytes() for kind in ("jsonl", "WAV") for path in one.rglob(f"nsc/**/*.{kind}")}
        for one in (made, other)
    )
    assert len(theirs) == len(ours) == 3 + 9 and not theirs & ours


def test_audio_is_as_long_as_its_manifest_says_and_speech_is_heard(made: Path) -> None:
    for key in SMALL:
        for one in read_manifest(made / key / "test.jsonl"):
            samples = read_audio(one)
            assert len(samples) == pytest.approx(one.duration * 16_000, abs=16)
            assert 0.1 < np.abs(samples).max() < 1


def _pretend(jobs: Sequence[Any], processes: int) -> None:
    """A corpus of one utterance in place of the real ones."""
    folder = jobs[0].folder / "nsc"
    folder.mkdir(parents=True)
    (folder / "one.wav").write_bytes(b"sound")
    row = {"id": "1", "audio": "one.wav", "text": "", "language": "en", "dataset": "nsc"}
    write_manifest(folder / "train.jsonl", [{**row, "duration": 1.0}])


def test_the_record_has_version_seed_and_the_hash_of_the_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_make_all", _pretend)
    out = build.make_mini(tmp_path / "mini", seed=3)
    record = json.loads((out / "mini.json").read_text())
    assert (record["version"], record["seed"]) == (build.VERSION, 3)
    assert record["sha256"] == build.content_hash(out)


@pytest.mark.parametrize(("name", "counts"), [("nsc/one.wav", True), ("nsc/other.wav", False)])
def test_the_hash_is_over_manifests_and_the_audio_they_name(
    name: str, counts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_make_all", _pretend)
    out = build.make_mini(tmp_path / "mini")
    before = build.content_hash(out)
    (out / name).write_bytes(b"changed")
    assert (build.content_hash(out) != before) == counts
    (out / "nsc" / "train.jsonl").write_text("")
    assert build.content_hash(out) != before


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(jobs: Sequence[Any], processes: int) -> None:
        _pretend(jobs, processes)
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_make_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.make_mini(tmp_path / "mini")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(jobs: Sequence[Any], processes: int) -> None:
        _pretend(jobs, processes)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(build, "_make_all", full)
    with pytest.raises(InputError, match="no space left on the disk while writing .*mini"):
        build.make_mini(tmp_path / "mini")
    assert not list(tmp_path.iterdir())


def test_a_seed_below_0_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--seed must be 0 or more, not -1"):
        build.make_mini(tmp_path / "mini", seed=-1)


def test_a_folder_of_the_same_version_and_seed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_make_all", _pretend)
    out = build.make_mini(tmp_path / "mini")
    (out / "note").write_text("kept")
    monkeypatch.setattr(build, "_make_all", _never)
    assert build.make_mini(out) == out
    assert (out / "note").read_text() == "kept"


def _never(jobs: Sequence[Any], processes: int) -> None:
    raise AssertionError("it was made again")


@pytest.mark.parametrize("changed", [{"seed": 1}, {"base": True}])
def test_a_folder_of_another_seed_or_kind_is_refused(
    changed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_make_all", _pretend)
    out = build.make_mini(tmp_path / "mini", seed=0)
    before = content(out)
    with pytest.raises(InputError, match="mini holds mini12-2 of seed 0, not"):
        build.make_mini(out, **changed)
    assert content(out) == before


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="was not made by `plion data mini`"):
        build.make_mini(tmp_path)
    assert content(tmp_path) == {"thesis.txt": b"years of work"}
