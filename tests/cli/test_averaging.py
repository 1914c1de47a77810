"""`plion average`: from the base's transcripts to the run's, as cells of a study."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import LANGUAGES, Tiny

from plion.cli.main import main
from plion.config.experiment import evaluation
from plion.errors import InputError
from plion.models.averaging.average import averages
from plion.runs.folder import RunFolder
from plion.training import run


def predictions(folder: RunFolder) -> dict[str, bytes]:
    return {key: folder.predictions(key).read_bytes() for key in LANGUAGES}


def test_weights_lead_from_the_base_to_the_run(
    tiny: Tiny, finished: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["average", str(tiny.model), str(finished.path), f"trainer.runs={tmp_path}"]
    assert main([*command, "--weight", "1,0,0.25"]) == 0
    study = Path(capsys.readouterr().out.splitlines()[-1])
    cells = json.loads((study / "ablation.json").read_text())["cells"]
    found = {cell["labels"]["weight"]: RunFolder(tmp_path / cell["folder"]) for cell in cells}
    assert list(found) == ["0", "0.25", "1"]
    assert all(folder.done(tested=True) for folder in found.values())

    assert predictions(found["1"]) == predictions(finished)
    exp = evaluation(str(finished.path), None, None, [f"trainer.runs={tmp_path / 'base'}"])
    exp.model.name, exp.name = str(tiny.model), "base"
    assert predictions(found["0"]) == predictions(RunFolder(run.evaluate(exp)))

    first, made, second = (
        load_file(folder / "model.safetensors")
        for folder in (tiny.model, study / "models" / "0.25", finished.export)
    )
    assert first.keys() == made.keys() == second.keys()
    for name, own in made.items():
        between = 0.75 * first[name].float() + 0.25 * second[name].float()
        assert torch.equal(own, between.to(own.dtype))

    assert main(["results", str(study), "--format", "csv"]) == 0
    assert "weight" in capsys.readouterr().out

    # Another call adds to the study: what it had stays, and is not decoded again.
    records = {label: folder.record.read_bytes() for label, folder in found.items()}
    assert main([*command, "--weight", "0.5"]) == 0
    assert Path(capsys.readouterr().out.splitlines()[-1]) == study
    axes = json.loads((study / "ablation.json").read_text())["axes"]
    assert axes == {"weight": ["0", "0.25", "0.5", "1"]}
    assert {label: folder.record.read_bytes() for label, folder in found.items()} == records


@pytest.mark.parametrize("weight", ["1.5", "-0.1", "half", "nan", "0,,1"])
def test_weights_outside_0_to_1_are_refused(
    weight: str, tiny: Tiny, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["average", str(tiny.model), str(tiny.model), f"--weight={weight}"]) == 2
    told = capsys.readouterr().err
    assert "give numbers from 0 (BASE) to 1 (RUN)" in told and told.count("\n") == 1


def spoilt(tiny: Tiny, folder: Path, name: str, old: str, new: str) -> str:
    """A copy of the model with other words in one of its files."""
    shutil.copytree(tiny.model, folder)
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return str(folder)


def test_models_that_do_not_fit_are_refused_with_what_differs(
    tiny: Tiny, whisper: Tiny, tmp_path: Path
) -> None:
    own = str(tiny.model)
    with pytest.raises(InputError, match="is a model of Whisper and .* of Qwen3-ASR; only weights"):
        averages(str(whisper.model), own, [0.5], tmp_path / "a")
    other = spoilt(
        tiny, tmp_path / "eps", "config.json", '"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05'
    )
    with pytest.raises(InputError, match=r"config.json: .*rms_norm_eps is 1e-05 in the base and"):
        averages(other, own, [0, 1], tmp_path / "b")
    assert not [path for path in tmp_path.glob("[ab]/*") if path.name != "models"]


def test_a_run_that_is_not_finished_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "lion-00000000"
    shutil.copytree(tiny.model, folder / "checkpoints" / "export")
    (folder / "run.json").write_text(json.dumps({"name": "lion", "status": "running"}))
    for name in (folder, folder / "checkpoints" / "export"):
        with pytest.raises(
            InputError, match=r"is not finished \(status running\); finish it first"
        ):
            averages(str(tiny.model), str(name), [0.5], tmp_path / "a")


def test_tokens_that_mean_something_else_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(tiny.model, other)
    content = json.loads((other / "tokenizer.json").read_text())
    vocabulary = content["model"]["vocab"]
    first, second = list(vocabulary)[:2]
    vocabulary[first], vocabulary[second] = vocabulary[second], vocabulary[first]
    (other / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="the two models have different tokenizers"):
        averages(str(other), str(tiny.model), [0.5], tmp_path / "a")


def test_weights_of_other_names_are_named(tiny: Tiny, tmp_path: Path) -> None:
    from plion.models.averaging.average import Pair

    other = tmp_path / "other"
    shutil.copytree(tiny.model, other)
    weights = load_file(other / "model.safetensors")
    name = min(weights)
    save_file(
        {key: one for key, one in weights.items() if key != name}, other / "model.safetensors"
    )
    with pytest.raises(InputError, match=f"the run has {name}, which the base lacks"):
        Pair(other, tiny.model)
