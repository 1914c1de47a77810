"""Counts the supervised tokens of a manifest under a tag policy; without torch."""

from pathlib import Path

import numpy as np

from plion.data.manifest import Manifest
from plion.models.qwen3_asr.prompt import TAGS, Prompter, Target
from plion.models.values import Targets, TokenCounts
from plion.models.word_tokens import languages, word_tokens


def token_counts(manifest: Manifest, tokenizer: Path, targets: Targets) -> TokenCounts:
    """Tokens of each row. Supervised are the words, the end token, and the tag where it is; under
    `mixed`, the tag counts with its probability. `tokenizer`: the folder that has it."""
    prompter = Prompter(tokenizer)
    words = word_tokens(manifest, targets, tokenizer, prompter.count)
    tag = targets.tag
    chance = 1 - tag.mixed.p if tag.train == "mixed" else 1.0
    policy = TAGS["predict" if tag.train == "mixed" else tag.train]
    # A tag depends on the target text only by whether it is empty.
    prefixes = [
        policy(targets.languages[language], "words" if count else "").prefix
        for language, count in zip(languages(manifest), words, strict=True)
    ]
    distinct = list(dict.fromkeys(prefixes))
    length = {prefix: prompter.sequence(1, Target("", prefix, "")).prefix for prefix in distinct}
    tags = np.array([length[prefix] for prefix in prefixes], dtype=np.int64)
    supervised: np.ndarray = words + 1 + (tags if chance == 1.0 else chance * tags)
    context = prompter.context_tokens(targets.context) if targets.context else 0
    return TokenCounts(words + context, supervised)
