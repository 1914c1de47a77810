"""The table of families: known by config.json, torch-free, and whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plion.cli.publishing import LAYOUTS
from plion.models.base import Family
from plion.models.card import Card
from plion.models.families import default_family, family

MEMBERS = [name for name in vars(Family) if not name.startswith("_")]


def folder(path: Path, kind: str | None) -> Path:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps({} if kind is None else {"model_type": kind}))
    return path


def test_a_folder_that_does_not_say_what_it_is_is_of_the_usual_family(tmp_path: Path) -> None:
    assert family(folder(tmp_path, None)) is default_family()


KINDS = ["qwen3_asr", "whisper", "wav2vec2"]


def test_the_command_line_knows_the_layouts_of_all_families(tmp_path: Path) -> None:
    layouts = [one for kind in KINDS for one in family(folder(tmp_path, kind)).layouts]
    assert tuple(dict.fromkeys(layouts)) == LAYOUTS


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_has_all_that_is_asked_of_one(kind: str, tmp_path: Path) -> None:
    own = type(family(folder(tmp_path, kind)))
    assert not [name for name in MEMBERS if not hasattr(own, name)]


def test_a_card_has_all_that_is_asked_of_one() -> None:
    names = [name for name in vars(Card) if not name.startswith("_")]
    assert not [name for name in names if not hasattr(default_family().card, name)]


def test_a_family_is_asked_without_torch() -> None:
    program = (
        "import sys; from plion.models.families import default_family as own; "
        "from plion.models.locate import MINI; own().mel_bins(MINI), own().clip_cost(MINI); "
        "own().companions(MINI), own().card.files; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
