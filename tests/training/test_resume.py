"""Runs that are stopped: called again, they end to the bit as if nothing had been."""

import errno
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from endings import Killed, dying, outcome
from safetensors import SafetensorError
from tiny import Tiny

from plion.errors import InputError, sentence
from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.recognition import test_sets
from plion.runs.folder import RunFolder
from plion.training.step.module import SpeechRecognizer

MOMENTS = {
    "before anything is saved": (SpeechRecognizer, "training_step", 1),
    "between two steps": (SpeechRecognizer, "training_step", 4),
    "within a step": (SpeechRecognizer, "training_step", 7),
    "in the first validation": (SpeechRecognizer, "validation_step", 0),
    "in the last validation": (SpeechRecognizer, "validation_step", 3),
    "before the weights are exported": (LoadedQwen, "save", 0),
    "before a test set is decoded": (test_sets, "recognize", 0),
    "as the second test set is decoded": (test_sets, "recognize", 1),
}


# Of every family, what is decoded and what is learnt; where a run may be killed is the same.
_ALIKE = ("within a step", "in the last validation", "as the second test set is decoded")
CASES = [*(("qwen3_asr", one) for one in MOMENTS), *(("whisper", one) for one in _ALIKE)]


@pytest.mark.parametrize(("family", "moment"), CASES)
def test_killed_and_called_again_it_ends_as_if_nothing_had_been(
    family: str,
    moment: str,
    of_family: Callable[[str], tuple[Tiny, RunFolder]],
    tmp_path: Path,
    settings: tuple[str, ...],
) -> None:
    model, whole = of_family(family)
    owner, name, call = MOMENTS[moment]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, dying(getattr(owner, name), call))
        model.train(tmp_path, *settings)
    (folder,) = tmp_path.glob("tiny-*")
    assert RunFolder(folder).read().status == "running"
    assert outcome(model.train(tmp_path, *settings)) == outcome(whole)


def test_it_goes_on_at_its_last_checkpoint(
    tiny: Tiny, tmp_path: Path, settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "training_step", dying(SpeechRecognizer.training_step, 5))
        tiny.train(tmp_path, *settings, "evaluate.test=false")
    trained, step = [], SpeechRecognizer.training_step

    def watched(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        trained.append(number)
        return step(self, batch, number)

    monkeypatch.setattr(SpeechRecognizer, "training_step", watched)
    tiny.train(tmp_path, *settings, "evaluate.test=false")
    assert trained == [4, 5, 6, 7]  # the batches of steps 3 and 4


@pytest.mark.parametrize(
    ("number", "ending"), [(signal.SIGTERM, SystemExit), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_stops_the_run_to_be_resumed(
    number: signal.Signals,
    ending: type[BaseException],
    finished: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    settings: tuple[str, ...],
) -> None:
    step = SpeechRecognizer.training_step

    def signalled(self: SpeechRecognizer, batch: Any, count: int) -> Any:
        if count == 5:
            os.kill(os.getpid(), number)
        return step(self, batch, count)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ending) as end:
        patch.setattr(SpeechRecognizer, "training_step", signalled)
        tiny.train(tmp_path, *settings)
    if isinstance(end.value, SystemExit):
        assert end.value.code == 128 + number
    (folder,) = tmp_path.glob("tiny-*")
    assert RunFolder(folder).read().status == "running"
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)


def test_a_full_disk_leaves_what_was_decoded_and_the_rest_is_done_later(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    replace = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).name == "aishell1.jsonl":
            raise OSError(28, "No space left on device")
        replace(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(InputError, match="no space left on the disk while writing"):
            tiny.train(tmp_path, *settings)
    (path,) = tmp_path.glob("tiny-*")
    folder = RunFolder(path)
    whole = [p.name for p in (path / "predictions").iterdir() if not p.name.startswith(".")]
    assert whole == ["librispeech.jsonl"]
    first = folder.predictions("librispeech").stat().st_mtime_ns
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)
    assert folder.predictions("librispeech").stat().st_mtime_ns == first


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "no space left on the disk while writing .*best.ckpt"),
        (errno.EIO, "best.ckpt cannot be read or written: Input/output error; the disk"),
    ],
)
def test_a_disk_that_is_full_or_fails_leaves_the_last_checkpoint_whole(
    number: int,
    told: str,
    finished: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    settings: tuple[str, ...],
) -> None:
    save = torch.save
    saved = iter(range(10))

    def full(content: Any, file: Any) -> None:
        if next(saved) == 2:
            try:
                raise OSError(number, os.strerror(number))
            except OSError:
                raise RuntimeError("unexpected pos 576 vs 534")  # noqa: B904, as torch does
        save(content, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises((InputError, OSError)) as refused:
            tiny.train(tmp_path, *settings)
    (path,) = tmp_path.glob("tiny-*")
    assert re.search(told, sentence(refused.value) or "")
    record = RunFolder(path).read()
    assert record.status == "failed" and re.search(told, record.error)
    left = {p.name for p in (path / "checkpoints").iterdir()}
    assert left <= {"last.ckpt", "best.ckpt"} and "last.ckpt" in left
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)


def test_a_full_disk_while_exporting_is_one_sentence_too(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transformers.modeling_utils.safe_save_file", full)
        with pytest.raises(InputError, match="no space left on the disk while writing"):
            tiny.train(tmp_path, *settings)
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)
