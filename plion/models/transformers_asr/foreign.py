"""Speech recognisers of `transformers` that are not trained here, to compare with.

Models that turn a clip's features into text and need no prompt for it: encoders
with a decoder (`SEQUENCES`), and encoders whose frames are classified (CTC).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCTC, AutoModelForSpeechSeq2Seq, AutoProcessor
from transformers.models.auto.modeling_auto import MODEL_FOR_CTC_MAPPING_NAMES
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from plion.errors import InputError, first_line
from plion.loading.audio import SAMPLE_RATE
from plion.models.folders import weights
from plion.models.folders.documents import model_type
from plion.models.folders.safetensors import stored
from plion.models.folders.weights import UNLOADABLE
from plion.models.locate import supplied
from plion.models.transformers_asr.kinds import SEQUENCES

# Model types whose weights are also used without a recognition head.
_NOT_NEEDED = ("masked_spec_embed",)


@dataclass(frozen=True)
class Foreign:
    """A recogniser with its processor, as loaded by the library."""

    kind: str
    model: Any
    processor: Any

    @property
    def ctc(self) -> bool:
        """Whether it classifies frames (CTC) instead of generating tokens."""
        return self.kind not in SEQUENCES

    @property
    def attention(self) -> str:
        """The attention implementation chosen by the library."""
        return str(self.model.config._attn_implementation)


@dataclass(frozen=True)
class Sounds:
    """Clips to decode: their samples at 16 kHz."""

    samples: tuple[np.ndarray, ...]

    def to(self, device: torch.device, non_blocking: bool = False) -> "Sounds":
        """Returns itself: features are made, and moved, by the processor."""
        return self

    def pin_memory(self) -> "Sounds":
        """The same."""
        return self


def load_foreign(folder: Path, like: str | None = None) -> Foreign:
    """Loads the recogniser of a folder in float32 on the CPU, without the network.

    `like`: a model that supplies the processor if the folder has none. Raises InputError for an
    unsupported kind of model, for a folder that cannot be loaded, and for weights that are not
    finite.
    """
    found = str(model_type(folder))
    if found not in SEQUENCES and found not in MODEL_FOR_CTC_MAPPING_NAMES:
        raise InputError(
            f"{folder} is a model of kind '{found}', which is not supported; transcribe with its "
            "own tool, and score its transcripts with `plion score`"
        )
    weights.check_finite(folder, stored(folder))
    processor_of = supplied(folder, like).other or folder
    auto: Any = AutoModelForSpeechSeq2Seq if found in SEQUENCES else AutoModelForCTC
    disable_progress_bar()
    set_verbosity_error()  # hides advice on settings of the published models
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
        raise InputError(
            f"model {folder} takes audio at {rate} Hz; only {SAMPLE_RATE} is supported"
        )
    return Foreign(found, model.eval(), processor)


@torch.inference_mode()
def frames_said(recognizer: Foreign, samples: np.ndarray) -> str:
    """The transcript of one clip by a CTC model: the likeliest label of each frame, repeats merged.

    Takes one clip at a time, since the padding of a batch affects many such models.
    """
    model = recognizer.model
    inputs = recognizer.processor.feature_extractor(
        samples, sampling_rate=SAMPLE_RATE, return_tensors="pt"
    ).to(model.device)
    labels = model(**inputs).logits[0].argmax(-1)
    return str(recognizer.processor.tokenizer.decode(labels, skip_special_tokens=True))
