"""Finding a model's folder and telling weights apart, offline and without torch."""

import json
from pathlib import Path
from typing import Any

import pytest

from plion.errors import InputError
from plion.models.families import default_family, family, resolve
from plion.models.folders.documents import model_type
from plion.models.identity import identity
from plion.models.locate import find_model
from plion.runs.folder import RunFolder

FIRST, SECOND = "c0ffee" + "0" * 34, "decaf" + "0" * 35


def model_folder(path: Path, weights: bytes = b"w", **config: Any) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({"model_type": "qwen3_asr", **config}))
    (path / "tokenizer.json").write_text("{}")
    (path / "model.safetensors").write_bytes(weights)
    return path


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub cache that holds `someone/model` at one revision."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    repository = tmp_path / "hub" / "models--someone--model"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(FIRST)
    return model_folder(repository / "snapshots" / FIRST)


def test_a_model_folder_is_itself(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    assert resolve(str(folder)) == folder


def test_a_run_folder_stands_for_its_exported_weights(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    export = model_folder(run.export)
    run.write(status="done")
    assert resolve(str(run.path)) == export


def test_a_run_folder_without_weights_is_refused_with_its_status(tmp_path: Path) -> None:
    RunFolder(tmp_path).write(status="running")
    with pytest.raises(InputError, match="has no weights yet .status running."):
        resolve(str(tmp_path))


def test_a_cached_hub_id_is_its_snapshot_and_its_identity_the_revision(hub: Path) -> None:
    assert resolve("someone/model") == hub
    assert identity("someone/model") == FIRST


def test_an_existing_path_wins_over_a_cached_hub_id(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model_folder(tmp_path / "someone" / "model")
    assert resolve("someone/model") == Path("someone/model")


@pytest.mark.parametrize("name", ["someone/other", "gone", "a/b/c", "no such: thing"])
def test_a_model_found_nowhere_is_one_sentence(hub: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a folder and not in the local hub cache"):
        resolve(name)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (model_folder(tmp_path / "m") / "model.safetensors").unlink()
    with pytest.raises(InputError, match="m has no weights"):
        resolve(str(tmp_path / "m"))


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    (model_folder(tmp_path / "m") / "tokenizer.json").unlink()
    with pytest.raises(InputError, match="m has no tokenizer.json"):
        resolve(str(tmp_path / "m"))


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has no config.json"):
        resolve(str(tmp_path))


def test_the_qwen_asr_layout_is_a_model_like_any_other(tmp_path: Path) -> None:
    audio = {"num_mel_bins": 80}
    folder = model_folder(tmp_path / "m", thinker_config={"audio_config": audio})
    assert resolve(str(folder)) == folder and family(folder) is default_family()
    assert family(folder).mel_bins(folder) == 80


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt", "tokenizer_config.json"])
def test_the_parts_of_an_older_tokenizer_belong_to_the_identity(name: str, tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", thinker_config={})
    (folder / "tokenizer.json").unlink()
    for part in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        (folder / part).write_text("{}")
    before = identity(str(folder))
    (folder / name).write_text('{"a": 1}')
    assert identity(str(folder)) != before


def test_beside_a_tokenizer_json_its_older_parts_change_nothing(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    before = identity(str(folder))
    (folder / "vocab.json").write_text("{}")
    assert identity(str(folder)) == before


def test_a_hub_id_may_name_a_revision(hub: Path) -> None:
    model_folder(hub.parent / SECOND)
    assert identity(f"someone/model@{SECOND}") == SECOND and identity("someone/model") == FIRST
    (hub.parents[1] / "refs" / "v2").write_text(SECOND)
    assert identity("someone/model@v2") == SECOND


def test_a_revision_that_is_not_cached_is_one_sentence(hub: Path) -> None:
    with pytest.raises(InputError, match="hf download someone/model --revision v9"):
        resolve("someone/model@v9")


def test_a_pickle_is_refused_where_safetensors_are_expected(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="in pytorch_model.bin, a pickle, .* --pickle"):
        find_model(str(folder))


def test_a_shard_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(InputError, match="m lacks model-2.safetensors, which .*index.json names"):
        find_model(str(folder))


def test_the_identity_of_a_folder_is_that_of_its_content(tmp_path: Path) -> None:
    first = identity(str(model_folder(tmp_path / "a")))
    assert identity(str(model_folder(tmp_path / "b"))) == first
    assert identity(str(model_folder(tmp_path / "c", weights=b"x"))) != first
    assert identity(str(model_folder(tmp_path / "d", vocab_size=7))) != first


def test_weights_that_changed_in_place_are_other_weights(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    first = identity(str(folder))
    (folder / "model.safetensors").write_bytes(b"other")
    assert identity(str(folder)) != first


@pytest.mark.parametrize(
    "name", ["generation_config.json", "processor_config.json", "preprocessor_config.json"]
)
def test_what_changes_its_output_changes_a_folders_identity(name: str, tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    before = identity(str(folder))
    (folder / name).write_text('{"repetition_penalty": 1.2}')
    assert identity(str(folder)) != before


def test_the_bins_of_a_spectrogram_are_128_where_a_model_does_not_say(tmp_path: Path) -> None:
    own = model_folder(tmp_path / "own", audio_config={"num_mel_bins": 80})
    other = model_folder(tmp_path / "other")
    assert [family(one).mel_bins(one) for one in (own, other)] == [80, 128]


def test_a_model_of_another_kind_is_found_and_not_trained(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", model_type="moonshine")
    (folder / "tokenizer.json").unlink()  # not every kind has one
    assert find_model(str(folder)) == folder and model_type(folder) == "moonshine"
    with pytest.raises(InputError, match="m is a model of kind 'moonshine', and only Qwen3-ASR"):
        resolve(str(folder))


def test_the_vocabulary_belongs_to_the_identity_of_another_kind(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", model_type="wav2vec2")
    before = identity(str(folder))
    (folder / "vocab.json").write_text("{}")
    assert identity(str(folder)) != before


@pytest.mark.parametrize("place", ["snapshots/v1", f"snapshots/{FIRST}", f"models--x/y/{FIRST}"])
def test_a_folder_that_only_looks_like_the_hubs_cache_is_known_by_its_content(
    tmp_path: Path, place: str
) -> None:
    elsewhere = identity(str(model_folder(tmp_path / "m")))
    assert identity(str(model_folder(tmp_path / place))) == elsewhere


def test_weights_beside_an_index_of_others_are_not_guessed_at(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "other.safetensors").write_bytes(b"w")
    index = {"weight_map": {"a": "other.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(InputError, match="has model.safetensors and an index of other files"):
        find_model(str(folder))
