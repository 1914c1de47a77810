"""Supervised tokens of a manifest, counted once and kept beside it; free of torch."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from plion.config.schema import Experiment
from plion.data.manifest import Manifest
from plion.errors import InputError, first_line
from plion.models import tokenizer
from plion.models.qwen3_asr.prompt import PLAIN, TAGS, Prompter, Target, spelled
from plion.system.files import replacing, sha256
from plion.text.language_file import as_rows
from plion.text.shipped import to_record

_COUNTED = "special tokens as text"  # what kept counts are of: earlier ones are counted anew
_REMEDY = "remove it, and the tokens are counted anew"


def supervised_tokens(manifest: Manifest, exp: Experiment, folder: Path) -> np.ndarray:
    """Tokens that the loss sees of each row under the experiment's tag policy, shape (rows,).

    That is the words, the end token, and the language tag where it is supervised; under `mixed`,
    the tag counts with its probability. `folder` is the model's, for its tokenizer.
    """
    words = word_tokens(manifest, exp.data.target_text, folder)
    prompter = Prompter(folder)
    chance = 1 - exp.tag.mixed.p if exp.tag.train == "mixed" else 1.0
    policy = TAGS["predict" if exp.tag.train == "mixed" else exp.tag.train]
    # Of the text a tag depends on nothing but whether there is any, once it is spelled.
    prefixes = [
        policy(manifest.languages[language], "words" if count else "").prefix
        for language, count in zip(_languages(manifest), words, strict=True)
    ]
    distinct = list(dict.fromkeys(prefixes))
    length = {prefix: prompter.sequence(1, Target("", prefix, "")).prefix for prefix in distinct}
    tags = np.array([length[prefix] for prefix in prefixes], dtype=np.int64)
    counts: np.ndarray = words + 1 + (tags if chance == 1.0 else chance * tags)
    return counts


def context_tokens(exp: Experiment, folder: Path) -> int:
    """Tokens of the context that stands before every utterance."""
    return Prompter(folder).context_tokens(exp.data.context) if exp.data.context else 0


def word_tokens(manifest: Manifest, style: str, folder: Path) -> np.ndarray:
    """Tokens of each row's words in a style of `data.target_text`, shape (rows,).

    They are read from the file beside the manifest if it is there.
    """
    own = "+".join(map(sha256, tokenizer.files(folder)))
    key = f"{manifest.sha256} {style} {PLAIN} {_COUNTED} {own}"
    if rows := as_rows(to_record(manifest.languages.values())):
        key += f" {rows}"
    name = f"{manifest.path.stem}.tokens-{hashlib.sha256(key.encode()).hexdigest()[:8]}.npy"
    cache = manifest.path.with_name(name)
    if cache.is_file():
        return _cached(cache, len(manifest))
    spoken = (spelled(one.text, manifest.languages[one.language], style) for one in manifest)
    counts: np.ndarray = np.fromiter(_counted(spoken, Prompter(folder)), np.int64, len(manifest))
    if os.access(cache.parent, os.W_OK):  # a shared corpus may be read-only: then count each time
        with replacing(cache) as draft, draft.open("wb") as file:
            np.save(file, counts, allow_pickle=False)
    return counts


def _cached(path: Path, rows: int) -> np.ndarray:
    """The counts in a file beside a manifest; InputError where they are not of its rows."""
    try:
        counts: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{path} is damaged ({first_line(error)}); {_REMEDY}") from error
    if not isinstance(counts, np.ndarray) or counts.dtype != np.int64 or counts.shape != (rows,):
        raise InputError(f"{path} is damaged: not {rows} whole numbers; {_REMEDY}")
    return counts


def _counted(texts: Iterator[str], prompter: Prompter) -> Iterator[int]:
    """Tokens of each text; some thousands at a time, since the tokenizer keeps what it encodes."""
    while batch := list(islice(texts, 10_000)):
        yield from prompter.count(batch)


def _languages(manifest: Manifest) -> Iterable[str]:
    """The language of each row, without reading the file where there is but one."""
    known = {language for _, language in manifest.kinds}
    return manifest.column("language") if len(known) > 1 else [*known] * len(manifest)
