"""How runs end in these tests, and what they end with."""

import json
from collections.abc import Callable
from typing import Any

import torch
from tiny import LANGUAGES

from plion.runs.folder import RunFolder
from plion.system.files import sha256


class Killed(BaseException):
    """Ends a process where it stands: nothing in the package catches it."""


def failing(
    method: Callable[..., Any], call: int, error: type[BaseException] = RuntimeError
) -> Callable[..., Any]:
    """A method that fails with an error when it is called for the n-th time."""
    calls = iter(range(call + 1))

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise error("the device is gone")
        return method(*args, **kwargs)

    return wrapped


def dying(method: Callable[..., Any], call: int) -> Callable[..., Any]:
    """A method that dies when it is called for the n-th time."""
    return failing(method, call, Killed)


def outcome(folder: RunFolder) -> dict[str, Any]:
    """All of a run that its seed decides, weights to the bit."""
    record = folder.read()
    kept = ("steps", "audio_hours_trained", "utterances", "supervised_tokens", "skipped_audio",
            "validation", "selected", "status")  # fmt: skip
    state = torch.load(folder.checkpoints / "last.ckpt", weights_only=True)["state_dict"]
    return {
        "weights": sha256(folder.export / "model.safetensors"),
        "float32": float(sum(weight.double().abs().sum() for weight in state.values())),
        "metrics": json.loads(folder.metrics.read_text()),
        "predictions": {key: folder.predictions(key).read_bytes() for key in LANGUAGES},
        **{name: getattr(record, name) for name in kept},
    }
