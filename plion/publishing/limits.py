"""What a model cannot do or is not known to, from the facts of its run."""

from collections.abc import Iterator

from plion.publishing.finished import Finished
from plion.text.languages import LANGUAGES

# Their official splits have speakers of the test set in train.
_SHARED_SPEAKERS = ("aishell3", "slr65", "slr127")
_TAGS = {
    "none": "It was trained to answer `language None<asr_text>words`: it does not name the "
    "language, and `None` says nothing of what was spoken.",
    "predict": "It names the language itself, `language Malay<asr_text>words`, out of those it was "
    "trained on.",
    "condition": "It was trained with the language given, `language Malay<asr_text>` before its "
    "answer: without that it is used as it was not trained.",
    "absent": "It was trained to answer with the words alone, without a language and without "
    "`<asr_text>`.",
    "mixed": "It was trained with the language given in some utterances and to be named in others, "
    "so it takes either.",
}
_WINDOWS = {
    "8s": "Its audio tower attends within windows of 8 s, as transformers computes it. The "
    "qwen-asr package does so with FlashAttention alone, so that there clips over 8 s may be read "
    "otherwise.",
    "full": "Its audio tower attended over whole clips, as the qwen-asr package does without "
    "FlashAttention. transformers attends within windows of 8 s, so that there clips over 8 s may "
    "be read otherwise.",
}


def limits_section(run: Finished) -> str:
    """The limits as a list."""
    return "\n\n".join(["## Limits", "\n".join(f"- {one}" for one in _limits(run))])


def _limits(run: Finished) -> Iterator[str]:
    exp, known = run.exp, run.record
    if run.synthetic:
        yield (
            "It has heard synthetic speech of a small vocabulary only. It is a measuring "
            "instrument for experiments, and of no use on recordings of people."
        )
    names = ", ".join(LANGUAGES[key].name for key in run.languages)
    yield f"Trained on {names}. Other languages, and languages mixed in a sentence, are not tested."
    yield _TAGS[exp.tag.train]
    if exp.data.context:
        yield (
            f"It was trained with the system turn {exp.data.context!r} before every utterance: "
            "without that it is used as it was not trained."
        )
    if "ta" in run.languages:
        yield (
            "Tamil is not among the languages that transformers and the qwen-asr package let one "
            "ask for: there it cannot be forced, and must be recognised."
        )
    yield (
        f"Clips of more than {exp.data.max_seconds:g} s were left out of its training: cut longer "
        "recordings at pauses first, as `plion transcribe` does."
    )
    yield _WINDOWS[exp.model.encoder_window]
    if exp.data.target_text == "plain":
        yield "It writes without punctuation and capitals."
    yield from _tests(run)
    yield "One run of one seed: what another seed would give is not in the intervals."
    if skipped := known.get("skipped_audio"):
        yield f"{len(skipped):,} utterances were passed over, as their audio could not be read."
    if short := known.get("short_of_hold"):
        yield f"It ended {short:.4g} {exp.hold.quantity.replace('_', ' ')} short of what was held."


def _tests(run: Finished) -> Iterator[str]:
    """What the test sets do and do not tell."""
    trained, tested = [one.key for one in run.corpora], list(run.run.scores)
    inside = [key for key in tested if key in trained]
    if inside:
        which = "All" if inside == tested else f"{len(inside)} of {len(tested)}"
        yield (
            f"{which} of its test sets are of corpora it was trained on: nothing is known of other "
            "rooms, devices and speakers."
        )
    shared = [key for key in inside if key in _SHARED_SPEAKERS]
    if shared and not run.synthetic:
        yield f"Speakers of the test set are also in the training set of {', '.join(shared)}."
