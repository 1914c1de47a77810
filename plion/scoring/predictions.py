"""Predictions files: what a model transcribed for every utterance of a test set."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from itertools import compress, starmap
from operator import attrgetter
from pathlib import Path
from types import NoneType
from typing import Any

from plion.errors import InputError
from plion.system.columns import JsonColumns
from plion.system.documents import lines, opened, parse_json
from plion.system.files import replacing
from plion.system.kinds import made


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's transcript of one utterance, with what is needed to score it on another machine.

    `hypothesis`: the model's raw output; `text`: the same without the language tag (for other
    models, without special tokens); `language`: named by the model, or None; `duration`: seconds.
    """

    id: str
    reference: str
    hypothesis: str
    text: str
    language: str | None = None
    duration: float | None = None
    speaker: str | None = None
    block: str | None = None
    sentence: str | None = None


_NAMES = tuple(field.name for field in fields(Prediction))
_SHARED = ("id", "reference", "language", "duration", "speaker", "block", "sentence")


class Rows(Sequence[Prediction]):
    """Predictions by column: a study has those of thousands of runs on the same utterances.

    path: their file. Sent to another process, what the model said is left out, and read again from
    there if it is asked for.
    """

    def __init__(self, columns: Mapping[str, tuple[Any, ...]], path: Path | None = None) -> None:
        self._columns, self._path = columns, path

    @classmethod
    def of(cls, rows: Iterable[Prediction]) -> "Rows":
        """The columns of predictions."""
        own = tuple(rows)
        return cls({name: tuple(getattr(row, name) for row in own) for name in _NAMES})

    @classmethod
    def shared(cls, columns: Mapping[str, tuple[Any, ...]], path: Path | None = None) -> "Rows":
        """Of columns of which those equal to some read before become the same objects."""
        return cls(
            {name: _same(own) if name in _SHARED else own for name, own in columns.items()},
            path,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        kept = _SHARED if self._path else _NAMES
        return Rows.shared, ({name: self.column(name) for name in kept}, self._path)

    def column(self, name: str) -> tuple[Any, ...]:
        """A field of every prediction; InputError if its file has changed before it was read."""
        if name not in self._columns and self._path:
            again = read_rows(self._path)
            if any(again._columns[one] != own for one, own in self._columns.items()):
                raise InputError(f"{self._path} has changed meanwhile; give the command again")
            self._columns = again._columns
        return self._columns[name]

    def only(self, stays: Iterable[bool]) -> "Rows":
        """The predictions that stay."""
        kept = list(stays)
        return Rows({name: tuple(compress(self.column(name), kept)) for name in _NAMES})

    def __len__(self) -> int:
        return len(self.column("id"))

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Rows({name: self.column(name)[place] for name in _NAMES})
        return Prediction(*(self.column(name)[place] for name in _NAMES))

    def __iter__(self) -> Iterator[Prediction]:
        return starmap(Prediction, zip(*map(self.column, _NAMES), strict=True))


_REMEDY = "evaluate the run again"


def write_predictions(path: Path, rows: Sequence[Prediction]) -> None:
    """Write predictions as JSON lines, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """The rows of `predictions/KEY.jsonl`, in order.

    Raises InputError if the file is missing, empty or damaged.
    """
    if not path.exists():
        raise InputError(f"{path} is missing; {_REMEDY}")
    written = list(lines(path))
    while written and not written[-1].strip():
        written.pop()
    rows = tuple(
        made(Prediction, parse_json(line, f"{path}:{number} is damaged", Prediction, _REMEDY))
        for number, line in enumerate(written, 1)
    )
    if not rows:
        raise InputError(f"{path} is damaged: it is empty; {_REMEDY}")
    return rows


def read_rows(path: Path) -> Rows:
    """The rows of `predictions/KEY.jsonl` by their ids; raises InputError as `read_predictions`.

    Columns that are those of a file read before are the same objects.
    """
    columns = _columns(path)
    if columns is None:
        return Rows.of(sorted(read_predictions(path), key=attrgetter("id")))
    ids = columns["id"]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    if order != list(range(len(ids))):
        columns = {name: tuple(own[place] for place in order) for name, own in columns.items()}
    return Rows.shared(columns, path)


@lru_cache(maxsize=512)  # some columns of each test set
def _same(column: tuple[Any, ...]) -> tuple[Any, ...]:
    """The first of equal columns."""
    return column


def _columns(path: Path) -> dict[str, tuple[Any, ...]] | None:
    """The columns of a file as `write_predictions` writes them; None if anything is unusual."""
    try:
        with opened(path) as file:
            return _FILES.read(file.read(), path.name)
    except OSError:
        return None


_KINDS: dict[str, frozenset[type]] = {name: frozenset([str, NoneType]) for name in _NAMES}
_KINDS |= dict.fromkeys(("id", "reference", "hypothesis", "text"), frozenset([str]))
_KINDS["duration"] = frozenset([float, NoneType])
_FILES = JsonColumns(_KINDS, varying=("hypothesis", "text", "language"))
