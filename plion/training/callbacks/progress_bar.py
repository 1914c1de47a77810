"""The progress bar of training, with the time and money left."""

from typing import Any

import lightning as L
from lightning.pytorch.callbacks.progress import TQDMProgressBar

from plion.training.callbacks.cost import Price


class ProgressBar(TQDMProgressBar):
    """A progress bar that also shows the time and money left."""

    def __init__(self, price: Price, refresh_rate: int) -> None:
        super().__init__(refresh_rate=refresh_rate)
        self.price = price

    @property
    def total_train_batches(self) -> int | float:
        """Batches of the whole run; Lightning would show the number of steps."""
        return self.trainer.num_training_batches

    def on_train_start(self, trainer: L.Trainer, *_: Any) -> None:
        """Sets the bar's length and position; Lightning ignores the position of a resumed run."""
        super().on_train_start(trainer)
        self.train_progress_bar.total = self.total_train_batches
        self.train_progress_bar.initial = trainer.fit_loop.epoch_loop.batch_progress.current.ready

    def get_metrics(
        self, trainer: L.Trainer, pl_module: L.LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """The figures shown at the end of the bar."""
        items = super().get_metrics(trainer, pl_module)
        return items | {"left": self.price.left} if self.price.left else items
