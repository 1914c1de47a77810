"""Assign each utterance of a corpus to a part: the publisher's own, or drawn as `--split` says."""

import re

import numpy as np
from numpy.typing import NDArray

from plion.data.corpora.corpus import Corpus, Part
from plion.data.corpora.published import PARTS, published
from plion.data.preparing.rows import Rows
from plion.data.preparing.splits import NONE, Amounts, assign
from plion.errors import InputError, suggest

SPLITS = ("ratio", "speaker", "paper")
PROPORTIONS: Amounts = (8, 1, 1)  # for corpora that are not in the paper
AUTHORS = "https://huggingface.co/collections/knoveleng/polyglot-lion"


def own_amounts(split: str) -> Amounts | None:
    """The amounts of a split `A:B:C`; None for a named split. Raises InputError for other names."""
    if split in SPLITS:
        return None
    match = re.fullmatch(r"([1-9]\d*):(\d+):(\d+)", split)
    if match is None:
        raise InputError(
            f"unknown split '{split}' {suggest(split, SPLITS)}; proportions of train, valid and "
            "test are given as whole numbers such as 8:1:1, with train above 0"
        )
    return int(match[1]), int(match[2]), int(match[3])


def deal(corpus: Corpus, rows: Rows, split: str) -> tuple[NDArray[np.int8], str]:
    """The part of each utterance, and a sentence about parts that are not the publisher's own.

    A part that the publisher ships is never drawn from another: if the source has none of it, it
    stays empty (`ratio`) or is an error (`speaker`). Raises InputError for a split that cannot be
    made.
    """
    given = rows.column("parts")
    lacking = [part for number, part in enumerate(PARTS) if not (given == number).any()]
    if split == "paper":
        if lacking or not corpus.hub:
            raise InputError(
                f"the paper's own split of {corpus.key} cannot be drawn, since its seed is "
                "unknown: give the authors' data set with train, valid and test as SOURCE "
                f"({AUTHORS})"
            )
        return given, ""
    withheld = [part for part in lacking if part in rows.named.union(corpus.parts)]
    if split == "speaker":
        return _by_speaker(corpus, rows, lacking, withheld)
    amounts, exact = _amounts(corpus, split)
    shares = zip(PARTS, amounts, strict=True)
    train, valid, test = (0 if part in withheld else amount for part, amount in shares)
    # Without the publisher's train there is nothing that another part could be drawn from.
    dealt = (
        assign(given, rows.column("groups"), (train, valid, test), exact=exact) if train else given
    )
    drawn = [part for part in lacking if (dealt == PARTS.index(part)).any()]
    said = [f"{' and '.join(drawn)} drawn from {_pool(lacking)}"] if drawn else []
    if withheld:
        names = " and ".join(withheld)
        said.append(f"no {names}: the source lacks the publisher's own, or all of it was left out")
    return dealt, "; ".join(said)


def _amounts(corpus: Corpus, split: str) -> tuple[Amounts, bool]:
    """The amounts of the parts, and whether they are numbers of utterances, not proportions."""
    own, paper = own_amounts(split), published(corpus.key)
    if own or paper is None:
        return own or PROPORTIONS, False
    return paper.amounts, corpus.sampled


def _pool(lacking: list[Part]) -> str:
    return "utterances that the publisher does not split" if "train" in lacking else "train"


def _by_speaker(
    corpus: Corpus, rows: Rows, lacking: list[Part], withheld: list[Part]
) -> tuple[NDArray[np.int8], str]:
    given, speakers = rows.column("parts"), rows.column("speakers")
    if withheld:
        raise InputError(
            f"--split speaker: the source lacks the publisher's own {' and '.join(withheld)} of "
            f"{corpus.key}, or all of it was left out: complete it, or use --split ratio"
        )
    if not lacking and _disjoint(given, speakers):
        return given, _unnamed(speakers)
    if not speakers.any():
        raise InputError(
            f"--split speaker: {corpus.key} names no speakers, and the publisher's split lacks "
            f"{' and '.join(lacking)}; use --split ratio"
        )
    groups = np.where(speakers > 0, speakers, rows.column("groups"))
    amounts, exact = _amounts(corpus, "speaker")
    dealt = assign(np.full_like(given, NONE), groups, amounts, exact=exact)
    why = "is not complete" if lacking else "shares speakers"
    return dealt, f"all utterances split anew by speaker, since the publisher's split {why}"


def _disjoint(parts: NDArray[np.int8], speakers: NDArray[np.uint64]) -> bool:
    """Whether every known speaker is in one part only."""
    known = (parts != NONE) & (speakers > 0)
    in_parts = [np.unique(speakers[known & (parts == part)]) for part in range(len(PARTS))]
    return len(np.unique(np.concatenate(in_parts))) == sum(map(len, in_parts))


def _unnamed(speakers: NDArray[np.uint64]) -> str:
    count = int((speakers == 0).sum())
    if not count:
        return ""
    whose = "speakers" if count == len(speakers) else f"the speakers of {count:,} utterances"
    return f"{whose} are unknown: the publisher's split is kept, and may share speakers"
