"""Token counts of a manifest in Whisper's prompts. Free of torch."""

from pathlib import Path

from plion.data.manifest import Manifest
from plion.models.values import Targets, TokenCounts
from plion.models.whisper.prompt import Prompter
from plion.models.word_tokens import word_tokens


def token_counts(manifest: Manifest, folder: Path, targets: Targets) -> TokenCounts:
    """The tokens of a manifest's rows; `folder`: that of the tokenizer.

    Supervised tokens are the words, the end token and, under `predict`, the language's token if
    there are words. Raises InputError for a language without a token.
    """
    prompter = Prompter(folder)
    for key in {language for _, language in manifest.kinds}:
        prompter.token(targets.languages[key])
    words = word_tokens(manifest, targets, folder, prompter.count)
    named = (words > 0) if targets.tag.train == "predict" else 0
    return TokenCounts(words, words + 1 + named)
