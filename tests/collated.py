"""Batches of a checkpoint under an experiment, as its loaders make them, and its recogniser."""

from collections.abc import Sequence

from plion.config.schema import Experiment
from plion.data.utterance import Utterance
from plion.loading.batches import DecodeBatch, DecodeCollator, TrainBatch, TrainCollator
from plion.loading.clips import Clips
from plion.models.base import Loaded
from plion.models.qwen3_asr.collator import Collator
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.protocol.family import CLIP_COST
from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.planning.base_model import targets_of
from plion.recognition.decode_batches import batch_loader, decoding_batches


def loaded_model(name: str) -> Loaded:
    return LoadedQwen(load_checkpoint(name), "sdpa", "8s")


def collator(checkpoint: Checkpoint, exp: Experiment) -> Collator:
    window = exp.model.encoder_window
    return Collator(checkpoint.extractor, checkpoint.prompter, targets_of(exp), window)


def train_collator(checkpoint: Checkpoint, exp: Experiment) -> TrainCollator:
    return TrainCollator(collator(checkpoint, exp).example)


def decode_collator(checkpoint: Checkpoint, exp: Experiment, *, loss: bool) -> DecodeCollator:
    own = collator(checkpoint, exp)
    per_second = exp.evaluate.tokens_per_second
    return DecodeCollator(own.request, per_second, own.example if loss else None)


def train_batch(
    utterances: Sequence[Utterance], checkpoint: Checkpoint, exp: Experiment, *, skip: bool = False
) -> TrainBatch:
    own = collator(checkpoint, exp)
    clips = Clips(utterances.__getitem__, own.features, skip_bad=skip)
    return TrainCollator(own.example)([clips[n, n] for n in range(len(utterances))])


def decode_batch(
    utterances: Sequence[Utterance], checkpoint: Checkpoint, exp: Experiment, *, loss: bool = False
) -> DecodeBatch:
    clips = Clips(utterances.__getitem__, collator(checkpoint, exp).features)
    collate = decode_collator(checkpoint, exp, loss=loss)
    return collate([clips[n, None] for n in range(len(utterances))])


def decode_batches(
    utterances: Sequence[Utterance], checkpoint: Checkpoint, exp: Experiment, *, loss: bool = False
) -> list[DecodeBatch]:
    """All utterances in the batches that a test set or a validation is decoded in."""
    own = collator(checkpoint, exp)
    places = decoding_batches(utterances, exp.evaluate, CLIP_COST, own.context)
    collate = decode_collator(checkpoint, exp, loss=loss)
    clips = Clips(utterances.__getitem__, own.features)
    return list(batch_loader(clips, places, collate, exp.trainer))
