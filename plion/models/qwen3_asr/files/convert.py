"""Converts a model's folder to another layout, tensor by tensor, without building the model."""

from pathlib import Path

from plion.models.folders.drafts import new_folder
from plion.models.folders.pickles import pickled
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import write_weights
from plion.models.folders.tensors import stored_type
from plion.models.locate import supplied
from plion.models.qwen3_asr.files import checkpoint, sidecars
from plion.models.qwen3_asr.files.fitting import fitting
from plion.models.qwen3_asr.files.layouts import stored_name
from plion.system.files import disk_full


def convert_folder(
    folder: Path, target: Path, layout: str, *, pickle: bool = False, like: str | None = None
) -> None:
    """Writes a folder of whole weights in a layout, with all the files that its readers want.

    `pickle`: read the weights from pytorch_model*.bin, of which nothing is run. `like`: a model to
    take from what the folder lacks beside its weights. The target appears whole or not at all, and
    its tensors are those of the folder to the bit. Raises InputError for weights that are not
    finite, and where weights, configuration and tokenizer do not go together.
    """
    sources = supplied(folder, like)
    config = checkpoint.configuration(folder, sources.generation)
    own = pickled(folder) if pickle else stored(folder)
    found = checkpoint.accounted(folder, config, own)
    fitting(sources.tokenizer, config)
    config.dtype = config.dtype or stored_type(found.values())
    complete = config.to_dict()
    sidecars.check_sidecars(sources, complete)
    with new_folder(target) as draft, disk_full(target):
        write_weights({stored_name(name, layout): one for name, one in found.items()}, draft)
        sidecars.write_sidecars(sources, draft, layout, complete)
        sidecars.write_config(sources, draft, layout, complete)  # last: it makes it a model's
