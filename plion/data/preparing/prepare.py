"""An official corpus, as downloaded, to manifests: `plion data prepare`.

DIR/KEY/{train,valid,test}.jsonl   the manifests
DIR/KEY/prepared.json              what they hold; written last, so it speaks of all of them
DIR/KEY/audio                      what archives and shards were unpacked to
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plion.data.corpora import hub
from plion.data.corpora.catalogue import corpus as known_corpus
from plion.data.corpora.catalogue import reader
from plion.data.corpora.corpus import Corpus, Part
from plion.data.corpora.published import PARTS, Split, published
from plion.data.corpora.tree import Tree
from plion.data.preparing.measure import NO_AUDIO, NOT_OPENED, Rows, measure
from plion.data.preparing.prepared import Report
from plion.data.preparing.splits import NONE, Amounts, assign
from plion.data.unpacking.unpack import open_source
from plion.errors import InputError, suggest
from plion.runs import alone, disk_full

RECORD = "prepared.json"
SPLITS = ("ratio", "speaker", "paper")
AUTHORS = "https://huggingface.co/collections/knoveleng/polyglot-lion"

_MISSING = 0.01  # of the utterances may lack audio where the publisher's are complete


def prepare(
    key: str, source: Path, out: Path, split: str = "ratio", max_seconds: float | None = None
) -> Report:
    """Reads the corpus `key` in `source`, a folder or an archive, and writes `out`/`key`.

    `split`: `ratio` keeps the publisher's parts and draws those it lacks in the paper's
    proportions (of NSC as many utterances as the paper, by sentence); an own `A:B:C` does so in
    these proportions. `speaker` keeps the publisher's only where it is complete and no speaker is
    in two parts, and else deals everything anew by speaker. `paper` takes the authors' own sets.
    Utterances longer than `max_seconds` are left out.

    A reader finds each manifest whole; the same source gives the same bytes. Raises InputError
    for an unknown key or split, a source that is not this corpus or is not whole, and a split that
    cannot be made of it.
    """
    source, out = Path(source), Path(out)
    wanted = known_corpus(key)
    _own_amounts(split)
    if not source.exists():
        raise InputError(f"there is no {source}: name what was downloaded of {key}")
    with alone(out / key):
        tree = open_source(source, out / key / "audio", wanted.pieces, wanted.looks_for)
        return prepare_tree(reader(key, tree), tree, out, split, max_seconds)


def prepare_tree(
    corpus: Corpus, tree: Tree, out: Path, split: str = "ratio", max_seconds: float | None = None
) -> Report:
    """`prepare` of files that lie open, with the reader at hand."""
    folder = out / corpus.key
    with _drafting(folder) as draft:
        rows = measure(corpus, tree, folder, draft / "rows", max_seconds)
        _refuse_incomplete(corpus, rows)
        parts, drawn = _deal(corpus, rows, split)
        sha256 = _write_manifests(draft, rows, parts)
        seconds = rows.column("seconds")
        report = Report(
            key=corpus.key,
            split=split,
            max_seconds=max_seconds,
            splits={part: _size(seconds[parts == PARTS.index(part)]) for part in sha256},
            sha256=sha256,
            left_out=rows.left_out,
            unnamed=max(0, tree.audio_files - rows.heard),
            drawn=drawn,
        )
        record = json.dumps(report.record(), indent=2, ensure_ascii=False) + "\n"
        (draft / RECORD).write_text(record, encoding="utf-8")
        _publish(draft, folder)
    return report


def _own_amounts(split: str) -> Amounts | None:
    """Of `A:B:C`; None for a split that has a name."""
    if split in SPLITS:
        return None
    match = re.fullmatch(r"([1-9]\d*):(\d+):(\d+)", split)
    if match is None:
        raise InputError(
            f"unknown split '{split}' {suggest(split, SPLITS)}; own proportions of train, valid "
            "and test are whole numbers such as 8:1:1, train's above 0"
        )
    return int(match[1]), int(match[2]), int(match[3])


def _refuse_incomplete(corpus: Corpus, rows: Rows) -> None:
    reasons = [NOT_OPENED] if corpus.gaps else [NO_AUDIO, NOT_OPENED]
    found = [(reason, rows.left_out[reason]) for reason in reasons if reason in rows.left_out]
    if sum(one.count for _, one in found) > _MISSING * rows.listed:
        trouble = " and ".join(f"{one.count:,} {reason}" for reason, one in found)
        raise InputError(
            f"{corpus.key}: of {rows.listed:,} utterances {trouble}, the first "
            f"{found[0][1].first}; an unfinished download or extraction?"
        )
    if not len(rows):
        why = [f"{one.count:,} {reason}" for reason, one in rows.left_out.items()]
        raise InputError(
            f"{corpus.key}: no utterance is left ({', '.join(why) or 'none is listed'})"
        )


def _deal(corpus: Corpus, rows: Rows, split: str) -> tuple[NDArray[np.int8], str]:
    """The part of each utterance, and a sentence on what is not the publisher's own."""
    given = rows.column("parts")
    lacking = [part for number, part in enumerate(PARTS) if not (given == number).any()]
    from_hub = corpus.read is hub.read
    if split == "paper":
        if lacking or not from_hub:
            raise InputError(
                f"the paper's own split of {corpus.key} cannot be drawn, its seed is unknown: give "
                f"the authors' set with train, valid and test as SOURCE ({AUTHORS})"
            )
        return given, ""
    amounts = _own_amounts(split) or published(corpus.key).amounts
    if split == "speaker":
        return _by_speaker(corpus, rows, complete=not lacking, amounts=amounts)
    # A part of an official release that was not downloaded is not made of another one.
    withheld = "test" in lacking and len(lacking) < len(PARTS) and not from_hub
    if withheld:
        amounts = (*amounts[:2], 0)
    exact = corpus.sampled and split == "ratio"
    dealt = assign(given, rows.column("groups"), amounts, exact)
    drawn = [part for part in lacking if (dealt == PARTS.index(part)).any()]
    said = [f"{' and '.join(drawn)} drawn from {_pool(lacking)}"] if drawn else []
    said += ["no test drawn, as the publisher has one that is not in the source"] * withheld
    return dealt, "; ".join(said)


def _pool(lacking: list[Part]) -> str:
    return "what the publisher does not split" if "train" in lacking else "train"


def _by_speaker(
    corpus: Corpus, rows: Rows, complete: bool, amounts: Amounts
) -> tuple[NDArray[np.int8], str]:
    given, speakers = rows.column("parts"), rows.column("speakers")
    if complete and _disjoint(given, speakers):
        return given, ""
    if not speakers.any():
        raise InputError(
            f"--split speaker: {corpus.key} names no speakers and has no split of its own for all "
            "of train, valid and test; use --split ratio"
        )
    groups = np.where(speakers > 0, speakers, rows.column("groups"))
    dealt = assign(np.full_like(given, NONE), groups, amounts, corpus.sampled)
    why = "shares speakers" if complete else "is not complete"
    return dealt, f"all dealt anew by speaker, as the publisher's split {why}"


def _disjoint(parts: NDArray[np.int8], speakers: NDArray[np.uint64]) -> bool:
    """Whether no known speaker is in two parts."""
    known = (parts != NONE) & (speakers > 0)
    in_parts = [np.unique(speakers[known & (parts == part)]) for part in range(len(PARTS))]
    return len(np.unique(np.concatenate(in_parts))) == sum(map(len, in_parts))


@contextmanager
def _drafting(folder: Path) -> Iterator[Path]:
    """A place beside the manifests that nobody reads; what a killed call left there goes first."""
    draft = folder / ".draft"
    with disk_full(folder):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            yield draft
        finally:
            shutil.rmtree(draft)


def _write_manifests(draft: Path, rows: Rows, parts: NDArray[np.int8]) -> dict[Part, str]:
    """The manifests of all parts that have utterances, with their SHA-256."""
    filled = [part for number, part in enumerate(PARTS) if (parts == number).any()]
    digests = {part: hashlib.sha256() for part in filled}
    with ExitStack() as stack:
        files = {part: stack.enter_context((draft / _manifest(part)).open("wb")) for part in filled}
        for line, number in zip(rows.lines(), parts.tolist(), strict=True):
            if number == NONE:
                rows.leave_out(_outside(rows), json.loads(line)["id"])
            else:
                files[PARTS[number]].write(line)
                digests[PARTS[number]].update(line)
    return {part: digest.hexdigest() for part, digest in digests.items()}


def _publish(draft: Path, folder: Path) -> None:
    """Moves all that is complete to where it is read; the record says last that all are there."""
    (folder / RECORD).unlink(missing_ok=True)
    for name in (*map(_manifest, PARTS), RECORD):
        if (draft / name).exists():
            (draft / name).replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)  # of an earlier preparation


def _manifest(part: Part) -> str:
    return f"{part}.jsonl"


def _outside(rows: Rows) -> str:
    split = bool((rows.column("parts") != NONE).any())
    return "in none of the publisher's splits" if split else "more than the paper took"


def _size(seconds: NDArray[np.float64]) -> Split:
    return Split(len(seconds), float(seconds.sum()) / 3600)
