"""The experiment that the ablation files of these tests vary."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def base(tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "small.yaml").write_text("optim: {lr: 0.5}\nhold: {amount: 9}\n")
