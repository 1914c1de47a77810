"""Checkpoints saved without what goes with their weights take it from another model."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file
from tiny import Tiny

from plion.cli.main import main
from plion.errors import InputError
from plion.models.converting import convert
from plion.models.identity import identity
from plion.models.locate import supplied
from plion.models.qwen3_asr.files.checkpoint import load_checkpoint
from plion.planning.inputs import evaluation_hash8, hash8

# What the official recipe's trainer saves.
SAVED = ("config.json", "generation_config.json", "model.safetensors")


@pytest.fixture(params=["hf", "qwen-asr"])
def bare(request: pytest.FixtureRequest, tiny: Tiny, tmp_path: Path) -> Path:
    """The tiny model in a layout, with its weights and configuration alone."""
    whole = convert(str(tiny.model), tmp_path / "whole", request.param)
    (tmp_path / "bare").mkdir()
    for name in SAVED:
        shutil.copy(whole / name, tmp_path / "bare")
    return tmp_path / "bare"


def without(tiny: Tiny, folder: Path, *names: str) -> Path:
    """The tiny model without some of its files."""
    shutil.copytree(tiny.model, folder)
    for name in names:
        (folder / name).unlink()
    return folder


@pytest.mark.parametrize(
    ("names", "lacking"),
    [
        (("tokenizer.json",), "no tokenizer.json, nor vocab.json, merges.txt to make it of"),
        (("processor_config.json",), "no preprocessor_config.json"),
        (("chat_template.jinja",), "no chat template (chat_template.jinja or chat_template.json)"),
    ],
)
def test_what_is_lacking_is_named_with_the_option_that_supplies_it(
    names: tuple[str, ...], lacking: str, tiny: Tiny, tmp_path: Path
) -> None:
    folder = without(tiny, tmp_path / "saved", *names)
    with pytest.raises(InputError) as error:
        convert(str(folder), tmp_path / "out", "qwen-asr")
    assert str(error.value) == (
        f"{folder} has {lacking}; take it from the model that this one was trained from, with "
        "`--like BASE`, or model.like=BASE in an experiment"
    )
    assert convert(str(folder), tmp_path / "out", "qwen-asr", like=str(tiny.model))


def test_a_bare_checkpoint_is_loaded_as_the_whole_one(bare: Path, tiny: Tiny) -> None:
    with pytest.raises(InputError, match=r"bare has no tokenizer.json.* `--like BASE`"):
        load_checkpoint(str(bare))
    loaded, whole = (
        load_checkpoint(str(bare), like=str(tiny.model)),
        load_checkpoint(str(tiny.model)),
    )
    assert loaded.model.config.to_dict() == whole.model.config.to_dict()
    assert loaded.extractor.to_dict() == whole.extractor.to_dict()
    assert loaded.prompter.count(["Seven மூன்று 三"]) == whole.prompter.count(["Seven மூன்று 三"])
    assert loaded.folder == bare


@pytest.mark.parametrize("layout", ["hf", "qwen-asr"])
def test_it_is_converted_to_all_that_the_whole_one_is(
    layout: str, bare: Path, tiny: Tiny, tmp_path: Path
) -> None:
    made = convert(str(bare), tmp_path / "made", layout, like=str(tiny.model))
    whole = convert(str(tiny.model), tmp_path / "of-the-whole", layout)
    assert {path.name for path in made.iterdir()} == {path.name for path in whole.iterdir()}
    assert (
        load_checkpoint(str(made)).extractor.to_dict()
        == load_checkpoint(str(whole)).extractor.to_dict()
    )
    first, second = (load_file(one / "model.safetensors") for one in (made, whole))
    assert all((first[name] == second[name]).all() for name in second)


def test_its_own_files_come_first_and_a_base_that_is_not_needed_is_not_looked_for(
    tiny: Tiny, tmp_path: Path
) -> None:
    assert supplied(tiny.model, "gone").own
    folder = without(tiny, tmp_path / "saved", "generation_config.json")
    found = supplied(folder, str(tiny.model))
    assert (found.generation, found.tokenizer, found.features) == (tiny.model, folder, folder)


def test_a_base_of_another_tokenizer_is_refused_by_its_own_name(tiny: Tiny, tmp_path: Path) -> None:
    folder = without(tiny, tmp_path / "saved", "tokenizer.json")
    with pytest.raises(InputError, match=r"the tokenizer of .*qwen3_asr/mini is another model's"):
        load_checkpoint(str(folder), like="mini")


def test_what_is_supplied_is_part_of_what_a_model_is(tiny: Tiny, tmp_path: Path) -> None:
    folder = without(tiny, tmp_path / "saved", "processor_config.json")
    other = without(tiny, tmp_path / "other")
    first = identity(str(folder), str(tiny.model))
    assert first == identity(str(folder), str(other)) != identity(str(folder))
    content = json.loads((other / "processor_config.json").read_text())
    content["feature_extractor"]["dither"] = 0.5
    (other / "processor_config.json").write_text(json.dumps(content))
    assert identity(str(folder), str(other)) != first
    assert identity(str(tiny.model), "gone") == identity(str(tiny.model))


def test_a_base_that_supplies_nothing_changes_no_run(tiny: Tiny) -> None:
    plain, other = (
        tiny.experiment(Path("runs"), *like) for like in ((), (f"model.like={tiny.model}",))
    )
    assert hash8(plain) == hash8(other)
    assert evaluation_hash8(plain) == evaluation_hash8(other)


def test_a_bare_checkpoint_is_trained_on_and_evaluated_on_the_command_line(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = without(tiny, tmp_path / "saved", "tokenizer.json", "processor_config.json")
    own = (f"model.name={folder}", f"model.like={tiny.model}", "hold.amount=1")
    run = tiny.train(tmp_path / "runs", *own, "evaluate.test=false", "trainer.validations=0")
    assert load_checkpoint(str(run.path))
    monkeypatch.chdir(tmp_path)
    asked = ["evaluate", str(folder), "--suite", str(tiny.suite), "--data", str(tiny.root)]
    short = ["evaluate.tokens_per_second=1", "trainer.accelerator=cpu"]
    assert main([*asked, *short]) == 2
    assert "`--like BASE`" in capsys.readouterr().err
    assert main([*asked, "--like", str(tiny.model), *short]) == 0
    wave = next(tiny.root.rglob("*.wav"))
    heard = ["transcribe", str(folder), str(wave), "trainer.accelerator=cpu"]
    assert main([*heard, "--like", str(tiny.model)]) == 0
