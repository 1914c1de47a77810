"""Imports modules in a separate process, which may crash; prints a line of JSON for each.

    python -m plion.doctor.probe torch torchaudio ...

If torch can be imported, the last line has its devices and the values of `auto` settings.
"""

import importlib
import json
import sys
from typing import Any


def main(modules: list[str]) -> None:
    """Prints the result of each import, then the facts."""
    errors = {}
    for name in modules:
        errors[name] = _error(name)
        _say("tried", {"name": name, "error": errors[name]})
    if errors.get("torch", "not tried") is None:
        _say("facts", _facts())


def _say(kind: str, content: Any) -> None:
    # Starts a new line in case a module printed an unfinished one.
    print("\n" + json.dumps({kind: content}), flush=True)


def _error(name: str) -> str | None:
    try:
        importlib.import_module(name)
    except Exception as error:  # any error is a result here
        return f"{type(error).__name__}: {error}"
    return None


def _facts() -> dict[str, Any]:
    """Devices, and the values of `auto` settings on them."""
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
    """The attention and precision that `auto` chooses here, or the error."""
    try:
        from plion.config.schema import Experiment
        from plion.models import device
        from plion.models.families import default_family

        exp = Experiment()
        return {
            "attention": default_family().attention(exp.model, exp.trainer),
            "precision": device.precision(exp.trainer),
        }
    except Exception as error:  # a broken dependency, which has its own finding
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(sys.argv[1:])
