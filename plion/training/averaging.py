"""The moving average of a run's weights: what is validated, selected and exported."""

import lightning as L
from lightning.pytorch.callbacks import EMAWeightAveraging

from plion.evaluation.recognize import device
from plion.settings import Trainer


class Averaging(EMAWeightAveraging):
    """Lightning's exponential moving average, from the weights of the first step on."""

    def __init__(self, decay: float, settings: Trainer) -> None:
        # Lightning would have it where the weights are before they are moved to the device.
        super().__init__(device(settings.accelerator), decay=decay)

    def on_fit_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Leaves the averaged weights in the module also where no step was left to do."""
        self.on_train_end(trainer, pl_module)
