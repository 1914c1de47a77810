"""An official corpus, as downloaded, to manifests: `plion data prepare`.

DIR/KEY/{train,valid,test}.jsonl   the manifests
DIR/KEY/left_out.tsv               what was left out of them: reason, number of rows, which
DIR/KEY/prepared.json              what they hold; written last, so it speaks of all of them
DIR/KEY/audio                      what archives and shards were unpacked to
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plion.data.corpora import hub
from plion.data.corpora.catalogue import corpus as known_corpus
from plion.data.corpora.corpus import MISSING, Corpus, Part
from plion.data.corpora.lines import BROKEN
from plion.data.corpora.published import PARTS, Split
from plion.data.corpora.tree import Tree
from plion.data.preparing.dealing import deal, own_amounts
from plion.data.preparing.measure import EMPTY, NO_AUDIO, NOT_OPENED, NOT_WHOLE, measure
from plion.data.preparing.opening import advice, open_corpus
from plion.data.preparing.prepared import Report
from plion.data.preparing.rows import LEFT_OUT, Rows
from plion.data.preparing.splits import NONE
from plion.errors import InputError
from plion.runs.claims import alone
from plion.system.files import disk_full, writable

RECORD = "prepared.json"
FEW = 10  # rows that are broken or empty in a corpus of any size before it is refused


def prepare(
    key: str,
    source: Path,
    out: Path,
    split: str = "ratio",
    *,
    max_seconds: float | None = None,
    skip_broken: int | None = None,
    text_column: str | None = None,
) -> Report:
    """Reads the corpus `key` in `source`, a folder or an archive, and writes `out`/`key`.

    `split`: `ratio` keeps the publisher's parts and draws those that it does not ship in the
    paper's proportions (of NSC as many utterances as the paper, by sentence); an own `A:B:C` does
    so in these proportions. `speaker` keeps the publisher's only where it is complete and no
    speaker is known to be in two parts, and else deals everything anew by speaker. `paper` takes
    the authors' own sets. Utterances longer than `max_seconds` are left out, and so are broken rows
    as long as they are no more than `skip_broken`; by default ten, or a hundredth of all. So are
    utterances whose audio is missing or damaged, up to `skip_broken` or a hundredth of all. Of a
    dataset of the hub `text_column` has the transcripts.

    A reader finds each manifest whole; the same source gives the same bytes. Raises InputError
    for an unknown key or split, a limit that is none, a source that is not this corpus or is not
    whole, a split that cannot be made of it, and where `out` cannot be written.
    """
    source, out = Path(source), Path(out)
    known_corpus(key)
    own_amounts(split)
    if max_seconds is not None and not 0 < max_seconds < inf:
        raise InputError(f"--max-seconds must be a finite number above 0, not {max_seconds:g}")
    if skip_broken is not None and skip_broken < 0:
        raise InputError(f"--skip-broken must be a number of rows from 0 on, not {skip_broken}")
    if not os.path.exists(source):
        raise InputError(f"there is no {source}: name what was downloaded of {key}")
    with alone(out / key):
        corpus, tree = open_corpus(key, source, out)
        corpus = hub.with_text(corpus, text_column) if text_column else corpus
        return prepare_tree(
            corpus, tree, out, split, max_seconds=max_seconds, skip_broken=skip_broken
        )


def prepare_tree(
    corpus: Corpus,
    tree: Tree,
    out: Path,
    split: str = "ratio",
    *,
    max_seconds: float | None = None,
    skip_broken: int | None = None,
) -> Report:
    """`prepare` of files that lie open, with the reader at hand."""
    folder = out / corpus.key
    with _drafting(folder) as draft:
        rows = measure(corpus, tree, folder, draft / "rows", max_seconds=max_seconds)
        _refuse_broken(corpus, rows, skip_broken)
        _refuse_incomplete(corpus, rows, skip_broken, advice(tree))
        parts, drawn = deal(corpus, rows, split)
        sha256 = _write_manifests(draft, rows, parts)
        seconds = rows.column("seconds")
        report = Report(
            key=corpus.key,
            split=split,
            max_seconds=max_seconds,
            splits={part: _size(seconds[parts == PARTS.index(part)]) for part in sha256},
            sha256=sha256,
            left_out=rows.left_out,
            unused=max(0, tree.audio_files - rows.heard),
            drawn=drawn,
            left_packed=tree.left_packed,
            cancelling=rows.cancelling,
        )
        record = json.dumps(report.record(), indent=2, ensure_ascii=False) + "\n"
        (draft / RECORD).write_text(record, encoding="utf-8")
        _publish(draft, folder)
    return report


def _refuse_broken(corpus: Corpus, rows: Rows, most: int | None) -> None:
    broken = rows.left_out.get(BROKEN)
    if broken and broken.count > (_few(rows) if most is None else most):
        raise InputError(
            f"{corpus.key}: of {rows.listed:,} rows {broken.count:,} are broken, the first "
            f"{broken.first}; --skip-broken {broken.count} leaves them out"
        )


def _few(rows: Rows) -> float:
    return max(FEW, MISSING * rows.listed)


def _refuse_incomplete(corpus: Corpus, rows: Rows, most: int | None, advice: str) -> None:
    reasons = [NOT_OPENED, NOT_WHOLE] if corpus.gaps else [NO_AUDIO, NOT_OPENED, NOT_WHOLE]
    if EMPTY in rows.left_out and rows.left_out[EMPTY].count > _few(rows):
        reasons.append(EMPTY)  # of a few the publisher's own are empty
    found = [(reason, rows.left_out[reason]) for reason in reasons if reason in rows.left_out]
    lost = sum(one.count for _, one in found)
    if lost > max(MISSING * rows.listed, most or 0):
        trouble = "; ".join(
            f"{one.count:,} {reason}, the first {one.first}" for reason, one in found
        )
        raise InputError(
            f"{corpus.key}: of {rows.listed:,} utterances {trouble}. An unfinished download or "
            f"extraction? Else --skip-broken {lost} leaves them out{advice}"
        )
    if not len(rows):
        why = [
            f"{one.count:,} {reason}, the first {one.first}"
            for reason, one in rows.left_out.items()
        ]
        raise InputError(
            f"{corpus.key}: no utterance is left ({', '.join(why) or 'none is listed'}){advice}"
        )


@contextmanager
def _drafting(folder: Path) -> Iterator[Path]:
    """A place beside the manifests that nobody reads; what a killed call left there goes first."""
    draft = folder / ".draft"
    shutil.rmtree(draft, ignore_errors=True)
    with writable(folder):
        draft.mkdir(parents=True)
    with disk_full(folder):
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
    for name in (*map(_manifest, PARTS), LEFT_OUT, RECORD):
        if (draft / name).exists() and (draft / name).stat().st_size:
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
