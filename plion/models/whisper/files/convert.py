"""`plion convert` of a Whisper: rewrites a folder, or a pickle, with safetensors."""

from pathlib import Path

from plion.models.folders.drafts import new_folder
from plion.models.folders.pickles import pickled
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import write_weights
from plion.models.locate import supplied
from plion.models.whisper.files.checkpoint import accounted, configuration, fitting
from plion.models.whisper.files.saving import write_config
from plion.models.whisper.files.sidecars import copy_sidecars
from plion.system.files import disk_full


def convert_whisper(folder: Path, target: Path, *, pickle: bool, like: str | None) -> None:
    """Writes a folder's tensors bit by bit, with all files that their readers need.

    `pickle`: reads the weights from pytorch_model*.bin, without running code in it. `like`: a model
    that supplies files missing beside the weights.
    """
    sources = supplied(folder, like)
    config = configuration(folder)
    found = accounted(folder, config, pickled(folder) if pickle else stored(folder))
    fitting(sources.tokenizer, config)
    with new_folder(target) as draft, disk_full(target):
        write_weights(found, draft)
        copy_sidecars(sources, draft)
        write_config(sources, draft)  # last: it makes it a model's
