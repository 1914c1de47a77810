"""The moving average of a run's weights: what is validated, selected and exported."""

from typing import Any

import lightning as L
from lightning.pytorch.callbacks import EMAWeightAveraging

from plion.config.schema import Experiment, Trainer
from plion.models.device import device
from plion.training.step.module import SpeechRecognizer


def averaging(exp: Experiment) -> list["Averaging"]:
    """What averages the weights of an experiment, if it has them averaged."""
    return [] if exp.optim.ema is None else [Averaging(exp.optim.ema, exp.trainer)]


class Averaging(EMAWeightAveraging):
    """Lightning's exponential moving average, from the weights of the first step on.

    A step that has changed no weight, as one that is not finite, does not move it.
    """

    def __init__(self, decay: float, settings: Trainer) -> None:
        # Lightning would have it where the weights are before they are moved to the device.
        super().__init__(device(settings.accelerator), decay=decay)

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, *rest: Any
    ) -> None:
        assert isinstance(pl_module, SpeechRecognizer)
        if pl_module.updating:
            super().on_train_batch_end(trainer, pl_module, *rest)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Leaves the averaged weights in the module also where no step was left to do."""
        self.on_train_end(trainer, pl_module)
