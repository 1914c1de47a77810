"""Make manifests from an official corpus as downloaded: `plion data prepare`.

DIR/KEY/{train,valid,test}.jsonl   the manifests
DIR/KEY/left_out.tsv               utterances left out: reason, number of rows, which
DIR/KEY/prepared.json              sizes and digests of the manifests; written last
DIR/KEY/audio                      audio unpacked from archives and shards
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
from plion.data.corpora.corpus import Corpus, Part
from plion.data.corpora.published import PARTS, Split
from plion.data.corpora.tree import Tree
from plion.data.preparing.dealing import deal, own_amounts
from plion.data.preparing.losses import refuse_broken, refuse_incomplete
from plion.data.preparing.measure import measure
from plion.data.preparing.opening import advice, open_corpus
from plion.data.preparing.prepared import RECORD, Report
from plion.data.preparing.rows import LEFT_OUT, Rows
from plion.data.preparing.splits import NONE
from plion.errors import InputError
from plion.runs.claims import alone
from plion.system.files import disk_full, writable


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
    """Read the corpus `key` from `source`, a folder or an archive, and write `out`/`key`.

    `split`: `ratio` keeps the publisher's parts and draws missing ones in the paper's proportions
    (for NSC as many utterances as in the paper, by sentence); `A:B:C` does so in these proportions.
    `speaker` keeps the publisher's parts if they are complete and share no known speaker, and
    otherwise splits everything anew by speaker. `paper` takes the authors' own data sets.

    Leaves out utterances longer than `max_seconds`, and broken rows up to `skip_broken` (by default
    ten, or 1 % of all), and utterances with missing or damaged audio up to `skip_broken` or 1 % of
    all. `text_column`: the column with the transcripts in a Hugging Face data set.

    Manifests are written atomically; the same source gives the same bytes. Raises InputError for an
    unknown key or split, an invalid limit, a source that is not this corpus or is incomplete, a
    split that cannot be made from it, and an `out` that cannot be written.
    """
    source, out = Path(source), Path(out)
    known_corpus(key)
    own_amounts(split)
    if max_seconds is not None and not 0 < max_seconds < inf:
        raise InputError(f"--max-seconds must be a finite number above 0, not {max_seconds:g}")
    if skip_broken is not None and skip_broken < 0:
        raise InputError(f"--skip-broken must be 0 or a number of rows, not {skip_broken}")
    if not os.path.exists(source):
        raise InputError(f"there is no {source}: give the folder or archive downloaded for {key}")
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
    """`prepare` with files that are unpacked already and a given reader."""
    folder = out / corpus.key
    with _drafting(folder) as draft:
        rows = measure(corpus, tree, folder, draft / "rows", max_seconds=max_seconds)
        refuse_broken(corpus, rows, skip_broken)
        refuse_incomplete(corpus, rows, skip_broken, advice(tree))
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


@contextmanager
def _drafting(folder: Path) -> Iterator[Path]:
    """A folder for unfinished manifests; first removes what a killed call left there."""
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
    """Write the manifests of all parts that have utterances; return their SHA-256."""
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
    """Move the complete manifests into place, the record last."""
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
    return "in none of the publisher's splits" if split else "beyond the number in the paper"


def _size(seconds: NDArray[np.float64]) -> Split:
    return Split(len(seconds), float(seconds.sum()) / 3600)
