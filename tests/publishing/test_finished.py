"""Runs of which no card can be made: what is wrong is named."""

from pathlib import Path

import pytest
from trained import train

from plion.errors import InputError
from plion.publishing.card import card


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "running"}, "is running; only a finished run has a card"),
        ({"status": "failed", "error": "no space"}, r"is failed \(no space\)"),
        ({"status": "done"}, "has no weights"),
    ],
)
def test_a_run_that_is_not_finished_has_no_card(runs, fields: dict, said: str):
    with pytest.raises(InputError, match=said):
        card(runs.record("lion", **fields))


def test_a_folder_that_is_no_run_has_no_card(tmp_path: Path):
    with pytest.raises(InputError, match=r"no run\.json"):
        card(tmp_path)


def test_a_damaged_export_is_named(runs):
    folder = train(runs)
    weights = folder / "checkpoints" / "export" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"model\.safetensors is not an intact safetensors file"):
        card(folder)


@pytest.mark.parametrize("key", ["train_seconds", "selected", "supervised_tokens", "versions"])
def test_a_record_that_lacks_what_a_card_says_is_named(runs, key: str):
    with pytest.raises(InputError, match=f"run.json lacks '{key}': an earlier version"):
        card(train(runs, **{key: None}))


def test_a_record_with_a_wrong_value_is_named(runs):
    with pytest.raises(InputError, match=r"'selected\.step' must be a whole number"):
        card(train(runs, selected={"kind": "last", "step": "nine"}))
