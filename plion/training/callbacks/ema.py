"""Moving average of the weights (`optim.ema`), used for validation, selection and export."""

from typing import Any

import lightning as L
from lightning.pytorch.callbacks import EMAWeightAveraging

from plion.config.schema import Experiment
from plion.config.training import Trainer
from plion.models.device import device
from plion.training.step.module import SpeechRecognizer


def averaging(exp: Experiment) -> list["Averaging"]:
    """The averaging callback of an experiment with `optim.ema`, else an empty list."""
    return [] if exp.optim.ema is None else [Averaging(exp.optim.ema, exp.trainer)]


class Averaging(EMAWeightAveraging):
    """Lightning's exponential moving average, started at the weights of the first step.

    A step that changes no weight (skipped because it is not finite) does not update the average.
    """

    def __init__(self, decay: float, settings: Trainer) -> None:
        # Lightning would create the average before the weights are moved to the device.
        super().__init__(device(settings.accelerator), decay=decay)

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, *rest: Any
    ) -> None:
        assert isinstance(pl_module, SpeechRecognizer)
        if pl_module.updating:
            super().on_train_batch_end(trainer, pl_module, *rest)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Puts the averaged weights into the module even if no step was left to train."""
        self.on_train_end(trainer, pl_module)
