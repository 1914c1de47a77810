"""The other layout of a run that has ended: it is still to be had."""

from pathlib import Path

from tiny import Tiny


def test_a_finished_run_is_exported_in_both_layouts_once_that_is_asked_for(
    tiny: Tiny, tmp_path: Path
) -> None:
    asked = ("hold.amount=1", "evaluate.test=false")
    run = tiny.train(tmp_path, *asked)
    before = run.record.read_bytes()
    other = run.checkpoints / "export-qwen-asr"
    assert not other.exists()
    assert tiny.train(tmp_path, *asked, "trainer.export=both").path == run.path
    assert (other / "config.json").is_file()
    assert run.record.read_bytes() == before
