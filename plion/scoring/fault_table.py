"""What is wrong with transcripts as the tables have it, of one test set or of many."""

from collections.abc import Sequence
from statistics import fmean

from plion.scoring.confusion import Confusion
from plion.scoring.faults import LOOP, Faults

FAULTS = ("length ratio", "empty", "loops", "wrong script", "wrong language")
_KINDS = (
    f"loops: {LOOP}. wrong script: most words in neither the language's own nor the reference's. "
    "capped: errors of an utterance count up to its reference's length, since a decoding limit "
    "alone decides how many more there are."
)


def faults_note(sets: int) -> str:
    """What the columns are, where a row is of one set or of several."""
    mean, all_ = (", of several sets the mean", ", of all sets together") if sets > 1 else ("", "")
    return (
        f"length ratio: tokens of the transcripts to one of the references{mean}; then utterances "
        f"in percent{all_}. {_KINDS}"
    )


def fault_cells(found: Sequence[Faults], taken: Confusion) -> list[str]:
    """The cells below FAULTS of so many test sets together; `taken`: for which languages."""
    first, *others = found
    pooled = sum(others, start=first)
    ratios = [one.length_ratio for one in found if one.length_ratio is not None]
    odd = (pooled.empty, pooled.loops, pooled.wrong_script, taken.confused)
    return [
        f"{fmean(ratios):.3f}" if ratios else "",
        *(f"{100 * utterances / pooled.utterances:.2f}" for utterances in odd),
    ]
