"""Whisper's prompts against its own tokenizer, and text back from output."""

import json
import shutil
from pathlib import Path

import pytest
from transformers import WhisperProcessor

from plion.errors import InputError
from plion.models.whisper.prompt import Prompter, check_tag, parse
from plion.text.shipped import SHIPPED

TAMIL = "அம்மா வீடு"


@pytest.mark.parametrize("key", ["en", "ta"])
def test_ids_are_those_of_the_librarys_tokenizer(
    key: str, folder: Path, prompter: Prompter
) -> None:
    tokenizer = WhisperProcessor.from_pretrained(folder).tokenizer
    given = ["<|startoftranscript|>", f"<|{key}|>", "<|transcribe|>", "<|notimestamps|>"]
    text = tokenizer(TAMIL, add_special_tokens=False).input_ids
    found = prompter.target(SHIPPED[key], TAMIL, supervised=True)
    assert found.ids == [*tokenizer.convert_tokens_to_ids(given), *text, tokenizer.eos_token_id]
    assert (found.prefix, found.text) == (1, len(found.ids) - 4)


def test_a_given_language_is_not_supervised_and_neither_is_that_of_silence(
    prompter: Prompter,
) -> None:
    assert prompter.target(SHIPPED["ta"], TAMIL, supervised=False).prefix == 0
    silent = prompter.target(SHIPPED["ta"], "", supervised=True)
    assert (silent.prefix, silent.text, len(silent.ids)) == (0, 1, 5)


def test_special_tokens_in_a_text_are_characters(prompter: Prompter) -> None:
    written = prompter.written("<|en|> a <|endoftext|>")
    assert not set(written) & set(prompter.added)
    assert prompter.count(["<|en|>", ""]) == [6, 0]


@pytest.mark.parametrize(
    ("raw", "language", "text"),
    [
        ("<|ta|> two rivers ", "ta", " two rivers "),
        ("two rivers", None, "two rivers"),
        ("<|en|>", "en", ""),
        ("<|haw|>aloha", "haw", "aloha"),
    ],
)
def test_output_is_parted_in_language_and_text(raw: str, language: str | None, text: str) -> None:
    assert parse(raw) == (language, text)


def test_what_is_decoded_ends_at_the_end_token(prompter: Prompter) -> None:
    ids = [prompter.languages["en"], *prompter.written("abc"), prompter.end, 5]
    assert prompter.decode(ids) == "<|en|>abc"


def test_a_language_without_a_token_is_one_sentence(tmp_path: Path, folder: Path) -> None:
    spoilt = Path(shutil.copytree(folder, tmp_path / "few"))
    text = (spoilt / "tokenizer.json").read_text().replace("<|ta|>", "<|xyzw|>")
    (spoilt / "tokenizer.json").write_text(text)
    with pytest.raises(InputError, match=r"few has no token <\|ta\|> for language 'ta' \(Tamil\);"):
        Prompter(spoilt).token(SHIPPED["ta"])


@pytest.mark.parametrize("policy", ["none", "absent", "mixed"])
def test_other_tags_are_refused_with_what_it_can_do(policy: str) -> None:
    with pytest.raises(
        InputError, match=f"tag.train={policy} .* tag.train=condition, .* tag.train=predict"
    ):
        check_tag(policy)


@pytest.mark.parametrize("policy", ["condition", "predict"])
def test_its_own_tags_are_not(policy: str) -> None:
    check_tag(policy)


def test_a_model_of_english_alone_has_no_language(tmp_path: Path, folder: Path) -> None:
    alone = Path(shutil.copytree(folder, tmp_path / "english"))
    settings = json.loads((alone / "generation_config.json").read_text())
    (alone / "generation_config.json").write_text(json.dumps(settings | {"is_multilingual": False}))
    prompter = Prompter(alone)
    assert not prompter.languages and len(prompter.task) == 1


def test_a_tokenizer_of_another_model_is_told(tmp_path: Path, folder: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    text = (other / "tokenizer.json").read_text().replace("<|notimestamps|>", "<|another|>")
    (other / "tokenizer.json").write_text(text)
    with pytest.raises(InputError, match=r"other has no token <\|notimestamps\|>"):
        Prompter(other)
