"""A tokenizer of vocab.json and merges.txt is the one that transformers makes of them."""

import json
from pathlib import Path

import pytest
from tiny import Tiny
from tokenizers import Tokenizer

from plion.errors import InputError
from plion.models.locate import MINI
from plion.models.qwen3_asr.prompt import PATTERN
from plion.models.tokenizer import Plain, files, load_tokenizer

TEXTS = [
    "<|im_start|>system\n<|im_end|>\n<|im_start|>user\n<|audio_start|><|audio_pad|><|audio_end|>",
    "language Tamil<asr_text>வணக்கம் உலகம், it's 12:30 — we'll   go\n\n now ",
    "今天 看见苹果。 Ibu membeli",
    "e\u0301 cafe\u0301 \u1100\u1161",  # what NFC puts together
    "",
]


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The packaged tokenizer in the older files, special tokens after all others as Qwen's are."""
    content = json.loads((MINI / "tokenizer.json").read_text())
    added = content["added_tokens"]
    plain = {
        token: number - len(added)
        for token, number in content["model"]["vocab"].items()
        if number >= len(added)
    }
    merges = [" ".join(pair) for pair in content["model"]["merges"]]
    (tmp_path / "vocab.json").write_text(json.dumps(plain))
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    decoder = {
        str(len(plain) + token["id"]): {key: value for key, value in token.items() if key != "id"}
        for token in added
    }
    config = {"added_tokens_decoder": decoder, "tokenizer_class": "Qwen2Tokenizer"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    return tmp_path


def test_its_ids_are_those_of_transformers(older: Path) -> None:
    from transformers import Qwen2Tokenizer

    reference = Qwen2Tokenizer.from_pretrained(older)
    own = load_tokenizer(older, PATTERN)
    for text in TEXTS:
        ids = own.encode(text, add_special_tokens=False).ids
        assert ids == reference(text, add_special_tokens=False)["input_ids"]
        assert own.decode(ids, skip_special_tokens=False) == reference.decode(ids)
    assert own.get_vocab_size() == len(reference)


def test_written_as_one_file_it_is_the_same(older: Path, tmp_path: Path) -> None:
    own = load_tokenizer(older, PATTERN)
    own.save(str(tmp_path / "tokenizer.json"))
    assert files(older) == [tmp_path / "tokenizer.json"]  # which now wins
    assert [load_tokenizer(older, PATTERN).encode(text).ids for text in TEXTS] == [
        own.encode(text).ids for text in TEXTS
    ]


def test_a_missing_part_is_named(older: Path) -> None:
    (older / "merges.txt").unlink()
    with pytest.raises(InputError, match="has no tokenizer.json, nor merges.txt"):
        load_tokenizer(older, PATTERN)


def test_special_tokens_that_do_not_follow_on_are_refused(older: Path) -> None:
    config = json.loads((older / "tokenizer_config.json").read_text())
    added = config["added_tokens_decoder"]
    added[str(int(max(added, key=int)) + 2)] = {"content": "<gap>", "special": True}
    (older / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="says that <gap> is token"):
        load_tokenizer(older, PATTERN)


def test_a_damaged_tokenizer_is_one_sentence(tiny: Tiny, tmp_path: Path) -> None:
    whole = (tiny.model / "tokenizer.json").read_text()
    Tokenizer.from_str(whole)
    (tmp_path / "tokenizer.json").write_text(whole[:1000])
    with pytest.raises(InputError, match="the tokenizer of .* cannot be read"):
        load_tokenizer(tmp_path)


def test_plain_text_is_encoded_as_ever_and_special_tokens_as_their_characters(
    older: Path, tiny: Tiny
) -> None:
    for tokenizer in (load_tokenizer(older, PATTERN), load_tokenizer(tiny.model)):
        plain, texts = Plain(tokenizer), ["வணக்கம், it's 12:30", "\u212b<|x|> < |", ""]
        whole = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        assert [plain.ids(text) for text in texts] == whole
        assert plain.count(texts) == [len(ids) for ids in whole]
        added = tokenizer.get_added_tokens_decoder()
        for token in map(str, (one.content for one in added.values())):
            ids = plain.ids(f"a{token}b")
            assert not set(ids) & set(added)
            assert tokenizer.decode(ids, skip_special_tokens=True) == f"a{token}b"
            assert plain.count([token, "a"]) == [len(plain.ids(token)), 1]
