"""What a run exports beside the layout of transformers, where it is asked for."""

from pathlib import Path

import torch
from tiny import Tiny

from plion.config.identity import identity
from plion.models.qwen3_asr.files.checkpoint import load_checkpoint


def test_both_layouts_are_exported_and_hold_the_same_model(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path, "hold.amount=1", "trainer.export=both", "evaluate.test=false")
    other = run.checkpoints / "export-qwen-asr"
    first, second = load_checkpoint(str(run.export)).model, load_checkpoint(str(other)).model
    assert all(map(torch.equal, first.state_dict().values(), second.state_dict().values()))
    assert (other / "preprocessor_config.json").is_file()


def test_the_layouts_of_an_export_are_not_part_of_what_a_run_is(tiny: Tiny) -> None:
    runs = Path("runs")
    one, both = tiny.experiment(runs), tiny.experiment(runs, "trainer.export=both")
    assert identity(one) == identity(both)
