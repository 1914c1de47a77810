"""What a Whisper hears and writes at most."""

import json
from pathlib import Path

import pytest

from plion.errors import InputError
from plion.models.whisper.window import PUBLISHED, Window, window


def test_the_published_models_hear_thirty_seconds() -> None:
    assert (PUBLISHED.seconds, PUBLISHED.samples, PUBLISHED.words) == (30, 480_000, 444)


def test_it_is_that_of_the_configuration(folder: Path) -> None:
    assert window(folder) == Window(frames=300, positions=120, mels=80)


@pytest.mark.parametrize("value", ["1500", 0, 2.5, None, True])
def test_numbers_that_are_none_are_one_sentence(value: object, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"max_source_positions": value}))
    with pytest.raises(InputError, match="config.json is not of Whisper: max_source_positions is"):
        window(tmp_path)
