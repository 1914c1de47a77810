"""What a run computes in, once it is known on what."""

from plion.config.schema import Trainer
from plion.recognition.decode_sets import device


def resolved(trainer: Trainer) -> str:
    """The precision of a run on this machine, in Lightning's words: `auto` is told by the device.

    bfloat16 saves time on accelerators; on a CPU it costs time unless the CPU multiplies in it.
    """
    if trainer.precision != "auto":
        return trainer.precision
    return "32" if device(trainer.accelerator).type == "cpu" else "bf16-mixed"
