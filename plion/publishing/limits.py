"""The section "Limits" of a model card, from the facts of its run."""

from collections.abc import Iterator

from plion.publishing.finished import Finished

# Corpora whose official splits share speakers between train and test.
_SHARED_SPEAKERS = ("aishell3", "slr65", "slr127")


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
    card, languages = run.family.card, [run.known[key] for key in run.languages]
    names = ", ".join(row.name for row in languages)
    yield f"Trained on {names}. Other languages, and languages mixed in a sentence, are not tested."
    yield card.tag_policy(exp.tag.train, languages[-1])
    if exp.data.context:
        yield (
            f"It was trained with the system turn {exp.data.context!r} before every utterance: "
            "always give it."
        )
    yield from card.languages(languages)
    yield (
        f"It was trained on clips of up to {exp.data.max_seconds:g} s: cut longer recordings at "
        "pauses first, as `plion transcribe` does."
    )
    if window := card.window(exp.model.encoder_window):
        yield window
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
