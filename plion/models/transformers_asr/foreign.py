"""Speech recognisers of `transformers` other than Qwen3-ASR, to compare with.

Whisper, and other models that turn a clip's features into text and need no prompt for it: encoders
with a decoder (`SEQUENCES`), and encoders whose frames are classified (CTC).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from transformers import AutoModelForCTC, AutoModelForSpeechSeq2Seq, AutoProcessor
from transformers.models.auto.modeling_auto import MODEL_FOR_CTC_MAPPING_NAMES
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.errors import InputError, first_line
from plion.loading.audio import SAMPLE_RATE, read_audio
from plion.loading.workers import loader
from plion.models.locate import kind, supplied
from plion.models.qwen3_asr.decode_batches import limit
from plion.models.qwen3_asr.files import weights
from plion.models.qwen3_asr.files.weights import UNLOADABLE

WHISPER = "whisper"
SEQUENCES = (WHISPER, "moonshine", "speech_to_text")
# Trained with and without: what the weights are for, but not what recognises.
_NOT_NEEDED = ("masked_spec_embed",)


@dataclass(frozen=True)
class Foreign:
    """A recogniser with what makes its inputs and reads its outputs, as the library has them."""

    kind: str
    model: Any
    processor: Any

    @property
    def ctc(self) -> bool:
        """Whether frames are classified, and nothing is said token by token."""
        return self.kind not in SEQUENCES

    @property
    def attention(self) -> str:
        """What the library computes its attention with, of those that the model has."""
        return str(self.model.config._attn_implementation)


@dataclass(frozen=True)
class SoundBatch:
    """Utterances to decode, their samples at 16 kHz, and tokens that each may take."""

    utterances: tuple[Utterance, ...]
    samples: tuple[np.ndarray, ...]
    limits: tuple[int, ...]


def load_foreign(folder: Path, like: str | None = None) -> Foreign:
    """The recogniser of a folder, in float32, on the CPU; never touches the network.

    `like`: a model to take the processor from where the folder has none. Raises InputError for a
    kind that is not known here, for a folder that cannot be loaded, and for weights that are not
    finite.
    """
    found = kind(folder)
    if found not in SEQUENCES and found not in MODEL_FOR_CTC_MAPPING_NAMES:
        raise InputError(
            f"{folder} is a model of kind '{found}', which is not known here; transcribe with its "
            "own tool, and score what that writes with `plion score`"
        )
    weights.check_finite(folder, weights.stored(folder))
    processor_of = supplied(folder, like).other or folder
    auto: Any = AutoModelForSpeechSeq2Seq if found in SEQUENCES else AutoModelForCTC
    disable_progress_bar()
    set_verbosity_error()  # advice on settings that are the published models' own
    try:
        model, report = auto.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
        processor: Any = AutoProcessor.from_pretrained(processor_of, local_files_only=True)
        rate, _ = processor.feature_extractor.sampling_rate, processor.tokenizer.decode
    except UNLOADABLE as error:
        raise InputError(f"model {folder} cannot be loaded: {first_line(error)}") from error
    lacking = [*report["missing_keys"], *map(str, report["mismatched_keys"])]
    lacking = sorted(name for name in lacking if not name.endswith(_NOT_NEEDED))
    if lacking:
        raise InputError(f"model {folder} lacks weights: {', '.join(lacking[:3])}")
    if rate != SAMPLE_RATE:
        raise InputError(f"model {folder} listens at {rate} Hz; only {SAMPLE_RATE} is known here")
    return Foreign(found, model.eval(), processor)


class _Sounds(Dataset[tuple[Utterance, np.ndarray]]):
    """Utterances with their samples, decoded on demand."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self.utterances = utterances

    def __getitem__(self, number: int) -> tuple[Utterance, np.ndarray]:
        return self.utterances[number], read_audio(self.utterances[number])


class _Collator:
    def __init__(self, exp: Experiment) -> None:
        self.exp = exp

    def __call__(self, sounds: Sequence[tuple[Utterance, np.ndarray]]) -> SoundBatch:
        return SoundBatch(
            tuple(utterance for utterance, _ in sounds),
            tuple(samples for _, samples in sounds),
            tuple(limit(len(samples), self.exp) for _, samples in sounds),
        )


def sound_loader(
    utterances: Sequence[Utterance], batches: Sequence[Sequence[int]], exp: Experiment
) -> DataLoader[SoundBatch]:
    """Utterances in the given batches."""
    return loader(_Sounds(utterances), [list(batch) for batch in batches], _Collator(exp), exp)


@torch.inference_mode()
def frames_said(recognizer: Foreign, samples: np.ndarray) -> str:
    """What a CTC model says to one clip: the likeliest label of each frame, repeats merged.

    One clip at a time, since many such models hear the padding that a batch would bring.
    """
    model = recognizer.model
    inputs = recognizer.processor.feature_extractor(
        samples, sampling_rate=SAMPLE_RATE, return_tensors="pt"
    ).to(model.device)
    labels = model(**inputs).logits[0].argmax(-1)
    return str(recognizer.processor.tokenizer.decode(labels, skip_special_tokens=True))
