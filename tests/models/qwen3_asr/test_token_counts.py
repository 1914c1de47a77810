"""Supervised tokens as plans count them: those of the real batches, kept beside the data."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from collated import train_batch
from tiny import LANGUAGES, Tiny

from plion.config.schema import Experiment
from plion.data.manifest import Manifest, read_manifest, write_manifest
from plion.errors import InputError
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.prompt import Prompter
from plion.models.qwen3_asr.tensors import Example
from plion.models.qwen3_asr.token_counts import token_counts
from plion.planning.base_model import targets_of
from plion.text.normalize import spelled
from plion.text.shipped import SHIPPED


def supervised_tokens(manifest: Manifest, exp: Experiment, folder: Path) -> np.ndarray:
    return token_counts(manifest, folder, targets_of(exp)).supervised


@pytest.fixture(scope="module")
def checkpoint(tiny: Tiny) -> Checkpoint:
    return load_checkpoint(str(tiny.model))


@pytest.fixture
def manifest(tiny: Tiny, tmp_path: Path) -> Manifest:
    """A manifest in a folder of its own, to keep counts beside."""
    (tmp_path / "slr65").mkdir()
    shutil.copyfile(tiny.root / "slr65" / "train.jsonl", tmp_path / "slr65" / "train.jsonl")
    (tmp_path / "slr65" / "audio").symlink_to(tiny.root / "slr65" / "audio")
    return read_manifest(tmp_path / "slr65" / "train.jsonl")


@pytest.fixture
def bytewise(tiny: Tiny, tmp_path: Path) -> Path:
    """A folder with a tokenizer that has no merges: every byte is a token."""
    tokenizer = json.loads((tiny.model / "tokenizer.json").read_text())
    tokenizer["model"]["merges"] = []
    (tmp_path / "bytewise").mkdir()
    (tmp_path / "bytewise" / "tokenizer.json").write_text(json.dumps(tokenizer))
    return tmp_path / "bytewise"


def supervised(manifest: Manifest, exp: Experiment, checkpoint: Checkpoint) -> int:
    """How many tokens the loss sees of a manifest, from its batch."""
    batch = train_batch(manifest, checkpoint, exp)
    assert isinstance(batch.example, Example)
    return len(batch.example.labels)


@pytest.mark.parametrize("key", LANGUAGES)
@pytest.mark.parametrize("style", ["plain", "verbatim"])
@pytest.mark.parametrize("policy", ["none", "predict", "condition", "absent"])
def test_the_count_is_that_of_the_batch(
    policy: str, style: str, key: str, tiny: Tiny, checkpoint: Checkpoint
) -> None:
    exp = tiny.experiment(Path("runs"), f"tag.train={policy}", f"data.target_text={style}")
    manifest = read_manifest(tiny.root / key / "train.jsonl")
    counted = supervised_tokens(manifest, exp, tiny.model)
    assert counted.sum() == supervised(manifest, exp, checkpoint)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_mixed_at_its_ends_is_predict_or_condition(
    p: float, tiny: Tiny, manifest: Manifest, checkpoint: Checkpoint
) -> None:
    exp = tiny.experiment(Path("runs"), "tag.train=mixed", f"tag.mixed.p={p}")
    counted = supervised_tokens(manifest, exp, tiny.model)
    assert counted.sum() == supervised(manifest, exp, checkpoint)


def test_mixed_counts_the_tag_with_its_probability(tiny: Tiny, manifest: Manifest) -> None:
    counted = {
        words[0]: supervised_tokens(
            manifest, tiny.experiment(Path("runs"), *words[1:]), tiny.model
        ).sum()
        for words in (
            ("mixed", "tag.train=mixed", "tag.mixed.p=0.25"),
            ("condition", "tag.train=condition"),
            ("predict", "tag.train=predict"),
        )
    }
    expected = 0.25 * counted["condition"] + 0.75 * counted["predict"]
    assert counted["mixed"] == pytest.approx(expected)


def test_text_of_punctuation_alone_counts_as_silence(
    tiny: Tiny, manifest: Manifest, checkpoint: Checkpoint, bytewise: Path
) -> None:
    row = manifest[0]
    line: dict[str, Any] = {
        "id": "a", "audio": row.audio, "text": " ... ", "language": "ta", "dataset": "slr65",
        "duration": row.duration,
    }  # fmt: skip
    write_manifest(manifest.path, [line])
    silent, exp = read_manifest(manifest.path), tiny.experiment(Path("runs"))
    counted = supervised_tokens(silent, exp, bytewise)
    checkpoint = replace(checkpoint, prompter=Prompter(bytewise))
    assert counted.tolist() == [supervised(silent, exp, checkpoint)]


def test_special_tokens_in_a_text_count_as_the_text_that_is_trained_on(
    tiny: Tiny, manifest: Manifest, checkpoint: Checkpoint
) -> None:
    rows = [json.loads(line) for line in manifest.path.read_text().splitlines()]
    for row, token in zip(rows, ["<|audio_pad|>", "<|im_end|>", "<asr_text>"], strict=False):
        row["text"] = f"{token}{row['text']} {token}"
    write_manifest(manifest.path, rows)
    written = read_manifest(manifest.path)
    exp = tiny.experiment(Path("runs"), "data.target_text=verbatim")
    counted = supervised_tokens(written, exp, tiny.model)
    assert counted.sum() == supervised(written, exp, checkpoint)


def kept(manifest: Manifest) -> Path:
    """The one file of counts beside a manifest."""
    (path,) = manifest.path.parent.glob("train.tokens-*.npy")
    return path


@pytest.fixture
def counted(tiny: Tiny, manifest: Manifest) -> np.ndarray:
    """The counts of the manifest, whose file holds hundreds more: to tell where counts are from."""
    counts = supervised_tokens(manifest, tiny.experiment(Path("runs")), tiny.model)
    np.save(kept(manifest), np.load(kept(manifest)) + 100)
    return counts


def test_counts_are_kept_beside_the_manifest_and_used(
    tiny: Tiny, manifest: Manifest, counted: np.ndarray
) -> None:
    again = supervised_tokens(manifest, tiny.experiment(Path("runs")), tiny.model)
    assert (again == counted + 100).all()


def test_another_style_is_counted_apart(
    tiny: Tiny, manifest: Manifest, counted: np.ndarray
) -> None:
    exp = tiny.experiment(Path("runs"), "data.target_text=verbatim")
    assert supervised_tokens(manifest, exp, tiny.model).max() < 100


def test_a_changed_manifest_is_counted_anew(
    tiny: Tiny, manifest: Manifest, counted: np.ndarray
) -> None:
    lines = manifest.path.read_text().splitlines(keepends=True)
    manifest.path.write_text("".join(lines[1:]))
    changed = read_manifest(manifest.path)
    again = supervised_tokens(changed, tiny.experiment(Path("runs")), tiny.model)
    assert (again == counted[1:]).all()


def test_another_tokenizer_counts_anew(
    tiny: Tiny, manifest: Manifest, counted: np.ndarray, bytewise: Path
) -> None:
    again = supervised_tokens(manifest, tiny.experiment(Path("runs"), "tag.train=absent"), bytewise)
    texts = [spelled(one.text, SHIPPED["ta"], "plain") for one in manifest]
    assert again.tolist() == [len(text.encode()) + 1 for text in texts]


def test_a_file_of_counts_is_never_unpickled(
    tiny: Tiny, manifest: Manifest, counted: np.ndarray
) -> None:
    np.save(kept(manifest), np.array([object()] * len(manifest)), allow_pickle=True)
    with pytest.raises(InputError, match=r"\.npy is damaged .*allow_pickle=False"):
        supervised_tokens(manifest, tiny.experiment(Path("runs")), tiny.model)


def test_a_damaged_file_of_counts_is_named(
    tiny: Tiny, manifest: Manifest, counted: np.ndarray
) -> None:
    path = kept(manifest)
    whole = path.read_bytes()
    for content in (b"", whole[:-1], whole[:20], b"x" * 200):
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"{path.name} is damaged .*remove it"):
            supervised_tokens(manifest, tiny.experiment(Path("runs")), tiny.model)
    for other in (counted[1:], counted.astype(float)):
        np.save(path, other)
        with pytest.raises(InputError, match=f"not {len(manifest)} whole numbers; remove it"):
            supervised_tokens(manifest, tiny.experiment(Path("runs")), tiny.model)
