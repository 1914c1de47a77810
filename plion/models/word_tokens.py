"""Token counts of a manifest's texts, cached beside it; without torch."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from plion.data.manifest import Manifest
from plion.errors import InputError, first_line
from plion.models import tokenizer
from plion.models.values import Targets
from plion.system.files import replacing, sha256
from plion.text.language_file import as_rows
from plion.text.normalize import PLAIN
from plion.text.shipped import to_record

_COUNTED = "special tokens as text"  # version of cached counts; others are counted again
_REMEDY = "remove it, and the tokens are counted anew"


Count = Callable[[list[str]], Sequence[int]]


def word_tokens(manifest: Manifest, targets: Targets, folder: Path, count: Count) -> np.ndarray:
    """Tokens of each row's target text, shape (rows,), from the cache beside the manifest if any.

    `folder`: that of the tokenizer. `count`: counts its tokens per text, without start and end
    tokens.
    """
    own = "+".join(map(sha256, tokenizer.files(folder)))
    key = f"{manifest.sha256} {targets.style} {PLAIN} {_COUNTED} {own}"
    if rows := as_rows(to_record(manifest.languages.values())):
        key += f" {rows}"
    name = f"{manifest.path.stem}.tokens-{hashlib.sha256(key.encode()).hexdigest()[:8]}.npy"
    cache = manifest.path.with_name(name)
    if cache.is_file():
        return _cached(cache, len(manifest))
    counts: np.ndarray = np.fromiter(
        _counted(map(targets.words, manifest), count), np.int64, len(manifest)
    )
    if os.access(cache.parent, os.W_OK):  # a read-only shared corpus is counted each time
        with replacing(cache) as draft, draft.open("wb") as file:
            np.save(file, counts, allow_pickle=False)
    return counts


def _cached(path: Path, rows: int) -> np.ndarray:
    """Reads cached counts; raises InputError if their number is not that of the rows."""
    try:
        counts: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{path} is damaged ({first_line(error)}); {_REMEDY}") from error
    if not isinstance(counts, np.ndarray) or counts.dtype != np.int64 or counts.shape != (rows,):
        raise InputError(f"{path} is damaged: not {rows} whole numbers; {_REMEDY}")
    return counts


def _counted(texts: Iterator[str], count: Count) -> Iterator[int]:
    """Tokens of each text, counted in chunks because the tokenizer keeps what it encodes."""
    while batch := list(islice(texts, 10_000)):
        yield from count(batch)


def languages(manifest: Manifest) -> Iterable[str]:
    """The language of each row; does not read the file if there is only one."""
    known = {language for _, language in manifest.kinds}
    return manifest.column("language") if len(known) > 1 else [*known] * len(manifest)
