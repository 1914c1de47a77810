"""A model's folder in the other layout and back: the same tensors, whole or not at all."""

import importlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import Tiny

from plion.cli.main import main
from plion.config.model import Lora
from plion.errors import InputError
from plion.models.converting import convert
from plion.models.folders import shards
from plion.models.identity import write_base
from plion.models.qwen3_asr.files.checkpoint import load_checkpoint
from plion.models.qwen3_asr.files.saving import save_checkpoint
from plion.models.qwen3_asr.protocol.family import PARTS
from plion.models.trainable import lora
from plion.runs.folder import RunFolder

WEIGHTS = "model.safetensors"


def test_there_and_back_every_tensor_is_the_same_to_the_bit(tiny: Tiny, tmp_path: Path) -> None:
    first = convert(str(tiny.model), tmp_path / "there", "qwen-asr")
    second = convert(str(first), tmp_path / "back", "hf")
    there, back = load_file(first / WEIGHTS), load_file(second / WEIGHTS)
    origin = load_file(tiny.model / WEIGHTS)
    assert {one.dtype for one in origin.values()} == {torch.bfloat16}
    assert back.keys() == origin.keys() and not there.keys() & origin.keys()
    assert all(torch.equal(back[name], origin[name]) for name in origin)


def test_other_types_are_kept_too(copy: Path, tmp_path: Path) -> None:
    origin = {name: one.float() + 1e-7 for name, one in load_file(copy / WEIGHTS).items()}
    save_file(origin, copy / WEIGHTS)
    there = convert(str(copy), tmp_path / "there", "qwen-asr")
    back = load_file(convert(str(there), tmp_path / "back", "hf") / WEIGHTS)
    assert all(torch.equal(back[name], origin[name]) for name in origin)


def test_there_and_there_again_every_file_is_the_same(tiny: Tiny, tmp_path: Path) -> None:
    first = convert(str(tiny.model), tmp_path / "first", "qwen-asr")
    back = convert(str(first), tmp_path / "back", "hf")
    second = convert(str(back), tmp_path / "second", "qwen-asr")
    contents = [
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (first, second)
    ]
    assert contents[0] == contents[1]


def test_each_layout_has_the_files_that_its_readers_want(tiny: Tiny, tmp_path: Path) -> None:
    there = convert(str(tiny.model), tmp_path / "there", "qwen-asr")
    names = {path.name for path in there.iterdir()}
    assert names == {
        *("config.json", "generation_config.json", "preprocessor_config.json", WEIGHTS),
        *("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"),
    }
    extractor = json.loads((there / "preprocessor_config.json").read_text())
    assert extractor["feature_extractor_type"] == "WhisperFeatureExtractor"
    assert extractor["feature_size"] == 80
    tokens = json.loads((there / "tokenizer_config.json").read_text())
    assert tokens["tokenizer_class"] == "Qwen2Tokenizer" and tokens["audio_token"]
    config = json.loads((there / "config.json").read_text())
    assert {"Tamil", "Cantonese"} <= {*config["support_languages"]}
    assert config["thinker_config"]["audio_start_token_id"] == 3
    back = convert(str(there), tmp_path / "back", "hf")
    assert {path.name for path in back.iterdir()} == {path.name for path in tiny.model.iterdir()}


def test_transformers_loads_what_came_back(tiny: Tiny, tmp_path: Path) -> None:
    from transformers import Qwen3ASRForConditionalGeneration, Qwen3ASRProcessor

    there = convert(str(tiny.model), tmp_path / "there", "qwen-asr")
    back = convert(str(there), tmp_path / "back", "hf")
    processors = [Qwen3ASRProcessor.from_pretrained(folder) for folder in (tiny.model, back)]
    text = "language Tamil<asr_text>அம்மா வீடு 三"
    first, second = (one.tokenizer(text)["input_ids"] for one in processors)
    assert first == second
    loaded: Any = Qwen3ASRForConditionalGeneration.from_pretrained(back, output_loading_info=True)
    assert not any(loaded[1].values())


def test_a_folder_in_that_layout_already_is_written_anew(tiny: Tiny, tmp_path: Path) -> None:
    same = convert(str(tiny.model), tmp_path / "same", "hf")
    for path in tiny.model.iterdir():
        if path.suffix == ".json" and path.name != WEIGHTS:
            assert json.loads((same / path.name).read_text()) == json.loads(path.read_text())
    assert load_file(same / WEIGHTS).keys() == load_file(tiny.model / WEIGHTS).keys()


def test_shards_become_shards(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards.write_weights, "__defaults__", (500_000,))
    there = convert(str(tiny.model), tmp_path / "there", "qwen-asr")
    assert len([*there.glob("model-*-of-*.safetensors")]) > 2
    monkeypatch.undo()
    back = convert(str(there), tmp_path / "back", "hf")
    assert (back / WEIGHTS).read_bytes() == (tiny.model / WEIGHTS).read_bytes()


def test_a_run_is_converted_by_its_folder(tiny: Tiny, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    shutil.copytree(tiny.model, run.export)
    run.write(status="done")
    convert(str(run.path), tmp_path / "there", "qwen-asr")
    assert load_checkpoint(str(tmp_path / "there"))


def test_an_adapter_is_merged(tiny: Tiny, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(str(tiny.model))
    lora.add_lora(checkpoint.model, Lora(parts=["language_model"], rank=2), PARTS)
    for name, one in checkpoint.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.constant_(one, 0.05)
    save_checkpoint(checkpoint, tmp_path / "adapter", adapter_of=str(tiny.model))
    save_checkpoint(checkpoint, tmp_path / "merged")
    there = convert(str(tmp_path / "adapter"), tmp_path / "there", "qwen-asr")
    back = load_file(convert(str(there), tmp_path / "back", "hf") / WEIGHTS)
    merged, before = load_file(tmp_path / "merged" / WEIGHTS), load_file(tiny.model / WEIGHTS)
    assert all(torch.equal(back[name], merged[name]) for name in merged)
    assert not all(torch.equal(back[name], before[name]) for name in before)


def test_target_is_tried_before_weights_are_read(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("weights were read first")

    monkeypatch.setattr("plion.models.qwen3_asr.files.checkpoint.load_checkpoint", never)
    monkeypatch.setattr("plion.models.qwen3_asr.files.convert.stored", never)
    adapter = tmp_path / "adapter"
    shutil.copytree(tiny.model, adapter)
    write_base(adapter, str(tiny.model))
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "there"
    for source in (adapter, tiny.model):
        with pytest.raises(InputError, match=f"folder {target} cannot be created.*Not a directory"):
            convert(str(source), target, "qwen-asr")


def test_interrupted_it_leaves_no_folder(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plion.models.qwen3_asr.files.convert.sidecars.write_sidecars", stop)
    with pytest.raises(KeyboardInterrupt):
        convert(str(tiny.model), tmp_path / "out", "qwen-asr")
    assert not [*tmp_path.iterdir()]


def test_killed_it_leaves_none_that_looks_like_a_model(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a kill leaves is what lies there before the configuration is written, the last."""
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "plion.models.qwen3_asr.files.convert.sidecars.write_config",
        lambda _, draft, *__: seen.extend((draft.name, path.name) for path in draft.iterdir()),
    )
    convert(str(tiny.model), tmp_path / "out", "qwen-asr")
    assert {folder for folder, _ in seen} == {".out.part"}
    assert "config.json" not in {name for _, name in seen} and len(seen) == 6


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("gone")])
def test_a_target_that_is_there_is_left_alone(
    make: Callable[[Path], None], tiny: Tiny, tmp_path: Path
) -> None:
    make(tmp_path / "out")
    with pytest.raises(InputError, match="out exists already; name a new folder"):
        convert(str(tiny.model), tmp_path / "out", "hf")
    assert (tmp_path / "out").is_symlink() or not [*(tmp_path / "out").glob("*")]


def test_a_target_that_cannot_be_made_is_named(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be created or written to: Not a directory"):
        convert(str(tiny.model), tmp_path / "file" / "out", "hf")


def test_on_the_command_line_it_names_the_folder_or_what_is_wrong(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert main(["convert", str(tiny.model), out, "--layout", "qwen-asr"]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert main(["convert", str(tiny.model), out, "--layout", "qwen-asr"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("layout", ["hf", "qwen-asr"])
@pytest.mark.parametrize("spoilt", ["weights", "size", "tokenizer"])
def test_bad_sources_are_exit_2_and_one_line(
    spoilt: str, layout: str, copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if spoilt == "weights":
        (copy / WEIGHTS).write_bytes((copy / WEIGHTS).read_bytes()[:-1])
    else:
        config = json.loads((copy / "config.json").read_text())
        if spoilt == "size":
            config["text_config"]["num_hidden_layers"] = 3
            del config["text_config"]["layer_types"]
        else:
            config["audio_token_id"] = 6
        (copy / "config.json").write_text(json.dumps(config))
    assert main(["convert", str(copy), str(tmp_path / "out"), "--layout", layout]) == 2
    error = capsys.readouterr().err
    told = {
        "weights": "truncated",
        "size": "missing keys: model.language",
        "tokenizer": "another m",
    }
    assert error.count("\n") == 1 and told[spoilt] in error
    assert {path.name for path in tmp_path.iterdir()} == {"copy"}


@pytest.mark.parametrize("layout", ["hf", "qwen-asr"])
@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("processor_config.json", None, "has no preprocessor_config.json"),
        ("chat_template.jinja", None, "has no chat template"),
        ("processor_config.json", {"feature_extractor": "x"}, "an invalid feature_extractor"),
        ("processor_config.json", {"feature_extractor": {"chunk_length": "x"}}, "chunk_length 'x'"),
        ("processor_config.json", {"feature_extractor": {"hop_length": 0}}, "hop_length 0"),
        ("model.safetensors.index.json", {"weight_map": ["a"]}, "has no weight_map"),
        ("model.safetensors.index.json", {"weight_map": {"a": 5}}, "has no weight_map"),
        ("model.safetensors.index.json", {"weight_map": {"a": "../x"}}, "not a file beside it"),
    ],
)
def test_what_could_not_be_loaded_is_refused_in_either_layout(
    file: str, content: object, said: str, layout: str, copy: Path, tmp_path: Path
) -> None:
    (copy / file).unlink(missing_ok=True)
    if content is not None:
        (copy / file).write_text(json.dumps(content))
    with pytest.raises(InputError, match=said):
        convert(str(copy), tmp_path / "out", layout)
    assert {path.name for path in tmp_path.iterdir()} == {"copy"}


@pytest.mark.parametrize("layout", ["hf", "qwen-asr"])
@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("generation_config.json", b"[]", "not a JSON object"),
        (
            "generation_config.json",
            b'{"eos_token_id": ' + b"9" * 400 + b"}",
            "more than 308 digits",
        ),
        ("special_tokens_map.json", b"[" * 5000 + b"]" * 5000, "more than 100 deep"),
        ("preprocessor_config.json", b"\xff", "not UTF-8"),
        ("chat_template.jinja", b"\xff", "not UTF-8"),
        ("merges.txt", b"\xff", "not UTF-8"),
    ],
)
def test_nothing_is_copied_that_could_not_be_read(
    file: str, content: bytes, said: str, layout: str, copy: Path, tmp_path: Path
) -> None:
    (copy / file).write_bytes(content)
    with pytest.raises(InputError, match=f"{file}.*{said}"):
        convert(str(copy), tmp_path / "out", layout)
    assert {path.name for path in tmp_path.iterdir()} == {"copy"}


def test_a_special_token_that_is_none_is_named(copy: Path, tmp_path: Path) -> None:
    (copy / "tokenizer_config.json").write_text('{"eos_token": {"x": 1}}')
    with pytest.raises(InputError, match="tokenizer_config.json has a special token that is none"):
        convert(str(copy), tmp_path / "out", "qwen-asr")


def test_weights_of_an_unknown_type_are_named(copy: Path, tmp_path: Path) -> None:
    weights = {name: one.to(torch.float8_e4m3fn) for name, one in load_file(copy / WEIGHTS).items()}
    save_file(weights, copy / WEIGHTS)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "dtype": None}))
    with pytest.raises(InputError, match="type F8_E4M3 are not supported"):
        convert(str(copy), tmp_path / "out", "qwen-asr")


def test_torches_that_do_not_fit_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.import_module

    def broken(name: str, *rest: str) -> Any:
        if name == "plion.models.converting":
            raise OSError("libc10_cuda.so: cannot open shared object file")
        return there(name, *rest)

    monkeypatch.setattr("plion.cli.shared.importlib.import_module", broken)
    for argv in (["convert", "mini"], ["push", "run"]):
        assert main([*argv, str(tmp_path / "out"), "--layout", "qwen-asr"]) == 2
        assert "torch and torchaudio do not match" in capsys.readouterr().err
