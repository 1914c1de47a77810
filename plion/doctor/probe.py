"""Tries imports in a process of its own, which may die of one; a line of JSON each.

    python -m plion.doctor.probe torch torchaudio ...

The last line has the facts that only torch knows, where it can be imported.
"""

import importlib
import json
import sys
from typing import Any


def main(modules: list[str]) -> None:
    """Prints how the import of each module went, then the facts."""
    errors = {}
    for name in modules:
        errors[name] = _error(name)
        _say("tried", {"name": name, "error": errors[name]})
    if errors.get("torch", "not tried") is None:
        _say("facts", _facts())


def _say(kind: str, content: Any) -> None:
    # On a line of its own, whatever a module printed before without ending its own.
    print("\n" + json.dumps({kind: content}), flush=True)


def _error(name: str) -> str | None:
    try:
        importlib.import_module(name)
    except Exception as error:  # whatever it is: it is what was asked for
        return f"{type(error).__name__}: {error}"
    return None


def _facts() -> dict[str, Any]:
    """Devices, and what `auto` means on them."""
    import torch

    devices = [
        {
            "name": torch.cuda.get_device_name(number),
            "gb": torch.cuda.get_device_properties(number).total_memory / 1e9,
            "capability": ".".join(map(str, torch.cuda.get_device_capability(number))),
        }
        for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    ]
    return {
        "built_for_cuda": torch.version.cuda,
        "cuda": devices,
        "bf16": bool(devices) and torch.cuda.is_bf16_supported(),
        "mps": torch.backends.mps.is_available(),
        **_chosen(),
    }


def _chosen() -> dict[str, str]:
    """The attention and the precision that `auto` is here; the error where they cannot be told."""
    try:
        from plion.config.schema import Experiment
        from plion.models import device
        from plion.models.qwen3_asr import attention

        exp = Experiment()
        return {
            "attention": attention.training(exp),
            "precision": device.precision(exp.trainer),
        }
    except Exception as error:  # what it rests on is broken, and told of elsewhere
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(sys.argv[1:])
