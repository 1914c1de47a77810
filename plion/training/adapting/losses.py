"""The validation loss of each language, which decides the mixture of an adaptive run."""

import math
from collections.abc import Sequence

import lightning as L
import torch

from plion.data.manifest import Manifest, Utterance
from plion.errors import Failed, InputError
from plion.loading.batches import TrainCollator
from plion.loading.clips import Clips
from plion.loading.workers import loader
from plion.models.base import Collator
from plion.planning.planned_run import PlannedRun
from plion.recognition.decode_batches import decoding_batches
from plion.training.processes.group import gather
from plion.training.step.module import SpeechRecognizer

_Sums = tuple[int, float, float]  # number of a batch, its summed loss in nats, its tokens


class LanguageLosses:
    """The mean loss per supervised token over the validation sets of each language trained on.

    A batch has one language. Batches are the same on any number of ranks, and their sums are added
    in order, so losses are equal on every rank, and to the bit however many ranks there are.
    """

    def __init__(self, planned: PlannedRun, collator: Collator, valid: Sequence[Manifest]) -> None:
        """Raises InputError for a language that is trained on and has no validation set."""
        self.exp = planned.exp
        self.collator = collator
        self.utterances: list[Utterance] = []
        self.batches: list[list[int]] = []
        self.languages: list[str] = []  # of the batches
        for language in planned.languages:
            own = [one for manifest in valid for one in manifest if one.language == language]
            if not own:
                raise InputError(
                    f"sampler 'adaptive' needs a validation set of language '{language}', which it "
                    "trains on"
                )
            cut = decoding_batches(own, self.exp.evaluate, planned.clip_cost, collator.context)
            first = len(self.utterances)
            self.batches += [[first + number for number in batch] for batch in cut]
            self.languages += [language] * len(cut)
            self.utterances += own

    def measured(self, trainer: L.Trainer, module: SpeechRecognizer) -> dict[str, float]:
        """The losses of the weights as they are, in nats, by language; without dropout.

        All ranks call it together. Raises Failed for a loss that is not finite.
        """
        numbers = list(enumerate(self.batches))
        own = numbers[trainer.global_rank :: trainer.world_size] or numbers[-1:]
        keys = [[(number, None) for number in batch] for _, batch in own]
        clips = Clips(
            self.utterances.__getitem__,
            self.collator.features,
            remembered=self.collator.settings,
        )
        collate = TrainCollator(self.collator.example)
        found = []
        module.eval()
        with torch.no_grad(), trainer.precision_plugin.forward_context():
            for batch in loader(clips, keys, collate, self.exp.trainer):
                moved = module.transfer_batch_to_device(batch, module.device, 0)
                assert moved.example is not None  # bad audio is not skipped here
                sums = module.sums(moved.example)
                found.append(torch.stack([sums.loss.float(), sums.tokens.float()]))
        module.train()
        values = torch.stack(found).tolist()
        return self._means(
            gather([(number, *both) for (number, _), both in zip(own, values, strict=True)])
        )

    def _means(self, sums: Sequence[_Sums]) -> dict[str, float]:
        losses: dict[str, list[float]] = {language: [] for language in self.languages}
        tokens = dict.fromkeys(losses, 0.0)
        for number, loss, count in sorted(set(sums)):  # an idle rank repeats another's batch
            losses[self.languages[number]].append(loss)
            tokens[self.languages[number]] += count
        means = {key: math.fsum(own) / tokens[key] for key, own in losses.items()}
        for key, mean in means.items():
            if not math.isfinite(mean):
                raise Failed(
                    f"the validation loss of '{key}' is {mean:g}, which decides no mixture; lower "
                    "optim.lr"
                )
        return means
