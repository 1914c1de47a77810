"""What may go up and what may not."""

import hashlib
import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from plion.errors import InputError
from plion.models.families import default_family
from plion.publishing.contents import contents, listing, objection

CARD = default_family().card

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


def test_the_files_of_a_model_may_go_up_and_a_card_is_to_take_the_place_of_what_it_has(model: Path):
    assert [file.name for file in contents(model, CARD)] == [
        "chat_template.jinja",
        "config.json",
        "merges.txt",
        "model.safetensors",
        "special_tokens_map.json",
        "tokenizer.json",
    ]


def test_files_are_listed_with_size_and_hash_and_their_sum(model: Path):
    (model / "config.json").write_text("{ }")
    shown = listing(contents(model, CARD))
    assert hashlib.sha256(b"{ }").hexdigest()[:12] in shown
    total = sum(path.stat().st_size for path in model.iterdir() if path.name != "README.md")
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
        ("train.jsonl", "not a file of a model"),
        ("run.sh", "not a file of a model"),
        ("train.txt", "not a file of a model"),
        ("manifest.json", "not a file of a model"),
        ("clips.safetensors", "not a file of a model"),
        ("modeling.py", "not a file of a model"),
    ],
)
def test_what_is_no_part_of_a_model_is_refused_by_name(model: Path, name: str, why: str):
    (model / name).write_text("{}")
    with pytest.raises(InputError, match=rf"{re.escape(name)} \(.*{why}"):
        contents(model, CARD)


def test_a_folder_within_is_refused_whatever_it_is_called(model: Path):
    (model / "vocab.json").mkdir()
    (model / "checkpoint").mkdir()
    with pytest.raises(InputError, match=r"checkpoint \(not a file.*vocab\.json \(not a file"):
        contents(model, CARD)


def test_a_link_to_what_lies_elsewhere_is_not_followed(model: Path):
    elsewhere = model / ".." / "notes.txt"
    elsewhere.write_text("mine")
    (model / "vocab.json").symlink_to("tokenizer.json")
    assert "vocab.json" in [file.name for file in contents(model, CARD)]
    (model / "added_tokens.json").symlink_to(elsewhere)
    with pytest.raises(InputError, match=r"added_tokens\.json \(a link"):
        contents(model, CARD)


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize("home", ["home", "Users", "root"])
def test_where_something_lay_on_a_machine_is_not_told(model: Path, home: str, scheme: str):
    (model / "tokenizer.json").write_text(json.dumps({"vocab": {"/home/a": 1}}))
    contents(model, CARD)
    (model / "config.json").write_text(json.dumps({"_name_or_path": f"{scheme}/{home}/m"}))
    with pytest.raises(InputError, match=r"config\.json \(it names a folder of this machine"):
        contents(model, CARD)


def test_audio_among_weights_is_refused(model: Path):
    save_file({"waveform": np.zeros(9, dtype=np.float32)}, model / "model.safetensors")
    with pytest.raises(InputError, match="its tensor 'waveform' is not a weight of a model"):
        contents(model, CARD)


def test_all_that_is_wrong_is_named_at_once(model: Path):
    for name in ("a.wav", "b.ckpt"):
        (model / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.wav \(audio\), b\.ckpt"):
        contents(model, CARD)


@pytest.mark.parametrize("secret", [TOKEN, "-----BEGIN RSA PRIVATE KEY-----", "AKIA" + "A" * 16])
def test_a_token_within_a_file_is_refused_and_not_repeated(model: Path, secret: str):
    (model / "config.json").write_text(f'{{"note": "use {secret} here"}}')
    with pytest.raises(InputError, match=r"config\.json \(it contains a token or a key\)") as told:
        contents(model, CARD)
    assert secret not in str(told.value)


def test_a_pickle_under_another_name_is_refused(tmp_path: Path):
    content = pickle.dumps({"weights": b"\xff\xfe"})
    for name in ("model.safetensors", "config.json", "merges.txt"):
        (tmp_path / name).write_bytes(content)
        assert objection(tmp_path / name, CARD)


def test_an_optimisers_state_among_weights_is_refused(tmp_path: Path):
    save_file(
        {"model.layer.exp_avg": np.zeros(2, dtype=np.float32)}, tmp_path / "model.safetensors"
    )
    assert objection(tmp_path / "model.safetensors", CARD) == "the state of an optimiser"


def test_half_a_file_of_weights_is_refused(model: Path):
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    assert objection(weights, CARD)
