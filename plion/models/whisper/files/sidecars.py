"""Files beside a Whisper's weights: their names, and copying them. Free of torch."""

import shutil
from pathlib import Path

from plion.models.sources import GENERATION, Sources

TOKENIZER = (
    *("vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"),
    *("special_tokens_map.json", "normalizer.json"),
)
"""Files of a tokenizer beside tokenizer.json."""
FEATURES = ("processor_config.json", "preprocessor_config.json")


def copy_sidecars(sources: Sources, target: Path) -> None:
    """Copies the files of tokenizer, features and generation, each from its source."""
    for source, names in (
        (sources.tokenizer, ("tokenizer.json", *TOKENIZER)),
        (sources.features, FEATURES),
        (sources.generation, (GENERATION,)),
    ):
        for name in names:
            if (source / name).is_file():
                shutil.copyfile(source / name, target / name)
