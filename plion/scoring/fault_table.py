"""Table columns and notes for faults of transcripts, of one test set or several."""

from collections.abc import Sequence
from statistics import fmean

from plion.scoring.confusion import Confusion
from plion.scoring.faults import LOOP, Faults

FAULTS = ("length ratio", "empty", "loops", "wrong script", "wrong language")
_KINDS = (
    f"loops: {LOOP}. wrong script: most words are in neither the language's script nor the "
    "reference's. capped: error rate with at most as many errors per utterance as its reference "
    "has tokens, since only the decoding limit bounds the errors of a loop."
)


def faults_note(sets: int) -> str:
    """The note that explains the columns; `sets`: the most test sets in a row."""
    mean, all_ = (", mean over test sets", " of all test sets together") if sets > 1 else ("", "")
    return (
        f"length ratio: tokens of the transcripts divided by tokens of the references{mean}; then "
        f"utterances in percent{all_}. {_KINDS}"
    )


def fault_cells(found: Sequence[Faults], taken: Confusion) -> list[str]:
    """Table cells of the faults summed over test sets; `taken`: their language confusion."""
    first, *others = found
    pooled = sum(others, start=first)
    ratios = [one.length_ratio for one in found if one.length_ratio is not None]
    odd = (pooled.empty, pooled.loops, pooled.wrong_script, taken.confused)
    return [
        f"{fmean(ratios):.3f}" if ratios else "",
        *(f"{100 * utterances / pooled.utterances:.2f}" for utterances in odd),
    ]
