"""What may go up and what may not."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from plion.errors import InputError
from plion.exchange.contents import contents, listing, objection

TOKEN = "hf_" + "a" * 34  # nobody's


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with the files of a model."""
    save_file({"model.exp": np.zeros(4, dtype=np.float32)}, tmp_path / "model.safetensors")
    for name in ("config.json", "tokenizer.json", "special_tokens_map.json"):
        (tmp_path / name).write_text("{}")
    for name in ("README.md", "chat_template.jinja", "merges.txt"):
        (tmp_path / name).write_text("சொல்")
    return tmp_path


def test_the_files_of_a_model_may_go_up(model: Path):
    assert [file.name for file in contents(model)] == [
        "README.md",
        "chat_template.jinja",
        "config.json",
        "merges.txt",
        "model.safetensors",
        "special_tokens_map.json",
        "tokenizer.json",
    ]


def test_files_are_listed_with_size_and_hash_and_their_sum(model: Path):
    (model / "config.json").write_text("{ }")
    shown = listing(contents(model))
    assert hashlib.sha256(b"{ }").hexdigest()[:12] in shown
    total = sum(path.stat().st_size for path in model.iterdir())
    assert f"{total:,}" in shown.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("last.ckpt", "the state of a training"),
        ("optimizer.pt", "the state of a training"),
        ("optimizer.safetensors", "the state of a training"),
        ("trainer_state.json", "the state of a training"),
        ("pytorch_model.bin", "a pickle"),
        ("features.npy", "a pickle"),
        ("clip.wav", "audio"),
        ("clip.FLAC", "audio"),
        ("clip.mp3", "audio"),
        ("token", "a token or a key"),
        ("hf_token.txt", "a token or a key"),
        (".env", "a token or a key"),
        (".netrc", "a token or a key"),
        ("id_ed25519", "a token or a key"),
        ("server.pem", "a token or a key"),
        ("train.jsonl", "no file of a model"),
        ("run.sh", "no file of a model"),
    ],
)
def test_what_is_no_part_of_a_model_is_refused_by_name(model: Path, name: str, why: str):
    (model / "sub").mkdir()
    (model / "sub" / name).write_text("{}")
    with pytest.raises(InputError, match=rf"sub/{name} \(.*{why}"):
        contents(model)


def test_all_that_is_wrong_is_named_at_once(model: Path):
    for name in ("a.wav", "b.ckpt"):
        (model / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.wav \(audio\), b\.ckpt"):
        contents(model)


@pytest.mark.parametrize("secret", [TOKEN, "-----BEGIN RSA PRIVATE KEY-----", "AKIA" + "A" * 16])
def test_a_token_within_a_file_is_refused_and_not_repeated(model: Path, secret: str):
    (model / "config.json").write_text(f'{{"note": "use {secret} here"}}')
    with pytest.raises(InputError, match=r"config\.json \(a token or a key is in it\)") as told:
        contents(model)
    assert secret not in str(told.value)


def test_a_pickle_under_another_name_is_refused(tmp_path: Path):
    content = pickle.dumps({"weights": b"\xff\xfe"})
    for name in ("model.safetensors", "config.json", "merges.txt"):
        (tmp_path / name).write_bytes(content)
        assert objection(tmp_path / name)


def test_an_optimisers_state_among_weights_is_refused(tmp_path: Path):
    save_file({"layer.exp_avg": np.zeros(2, dtype=np.float32)}, tmp_path / "model.safetensors")
    assert objection(tmp_path / "model.safetensors") == "the state of an optimiser"


def test_half_a_file_of_weights_is_refused(model: Path):
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    assert objection(weights)
