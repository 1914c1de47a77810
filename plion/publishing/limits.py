"""The section "Limits" of a model card, from the facts of its run."""

from collections.abc import Iterator

from plion.publishing.finished import Finished

# Corpora whose official splits share speakers between train and test.
_SHARED_SPEAKERS = ("aishell3", "slr65", "slr127")
_TAGS = {
    "none": "It was trained to output `language None<asr_text>words`: it does not name the "
    "language, and `None` says nothing about the language spoken.",
    "predict": "It names the language itself, `language {name}<asr_text>words`, out of those it "
    "was trained on.",
    "condition": "It was trained with the language given, `language {name}<asr_text>` before its "
    "output: always give the language.",
    "absent": "It was trained to output the words only, without a language and without "
    "`<asr_text>`.",
    "mixed": "It was trained with the language given in some utterances and predicted in others: "
    "give it or leave it out.",
}
_WINDOWS = {
    "8s": "Its audio tower attends within windows of 8 s, as in transformers. The qwen-asr package "
    "does so only with FlashAttention, and may give other results for clips over 8 s without it.",
    "full": "Its audio tower attends over whole clips, as in the qwen-asr package without "
    "FlashAttention. transformers attends within windows of 8 s, and may give other results for "
    "clips over 8 s.",
}


def limits_section(run: Finished) -> str:
    """The limits as a list."""
    return "\n\n".join(["## Limits", "\n".join(f"- {one}" for one in _limits(run))])


def _limits(run: Finished) -> Iterator[str]:
    exp, known = run.exp, run.record
    if run.synthetic:
        yield (
            "It was trained only on synthetic speech with a small vocabulary. It serves to test "
            "experiments and cannot transcribe recordings of people."
        )
    names = ", ".join(run.known[key].name for key in run.languages)
    yield f"Trained on {names}. Other languages, and languages mixed in a sentence, are not tested."
    yield _TAGS[exp.tag.train].format(name=run.known[run.languages[-1]].tag)
    if exp.data.context:
        yield (
            f"It was trained with the system turn {exp.data.context!r} before every utterance: "
            "always give it."
        )
    for key in run.unnamed:
        yield (
            f"transformers and the qwen-asr package do not accept {run.known[key].name} as a given "
            "language: there the model must recognise it."
        )
    yield (
        f"It was trained on clips of up to {exp.data.max_seconds:g} s: cut longer recordings at "
        "pauses first, as `plion transcribe` does."
    )
    yield _WINDOWS[exp.model.encoder_window]
    if exp.data.target_text == "plain":
        yield "It writes without punctuation and capitals."
    yield from _tests(run)
    yield "It is one run of one seed: the intervals do not cover the variation between seeds."
    if skipped := known.skipped_audio:
        yield f"{len(skipped):,} training utterances were skipped because of unreadable audio."
    if short := known.short_of_hold:
        quantity = exp.hold.quantity.replace("_", " ")
        yield f"It ended {short:.4g} {quantity} short of the held amount."


def _tests(run: Finished) -> Iterator[str]:
    """Limits of the test sets."""
    trained, tested = [one.key for one in run.corpora], list(run.run.scores)
    inside = [key for key in tested if key in trained]
    if inside:
        which = "All" if inside == tested else f"{len(inside)} of {len(tested)}"
        yield (
            f"{which} of its test sets belong to corpora it was trained on: other rooms, devices "
            "and speakers were not tested."
        )
    shared = [key for key in inside if key in _SHARED_SPEAKERS]
    if shared and not run.synthetic:
        yield f"Speakers of the test set are also in the training set of {', '.join(shared)}."
