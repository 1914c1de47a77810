"""Languages as data: a row for each, and rows by key.

Rows are values: experiments, suites and runs have their own and pass them to functions that need
them; there is no global register. `plion.text.shipped` has the rows of the package,
`plion.text.language_file` reads those of a user.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from plion.errors import InputError, suggest
from plion.text.metrics import Metric


@dataclass(frozen=True)
class Language:
    """A language as it is trained, scored and shown.

    key: as manifests and suites have it. name: in English. script: names of its Unicode scripts;
    they tell in which language a transcript is. metric: how it is scored. second_metric: one that
    is shown beside it. model_name: what the base model calls it, None if it has no name for it.
    normalisation: steps of its own, by name, which profiles do after those of all languages.
    numbers: the reader of its digits (`numbers/digits.py`). whisper: Whisper's normaliser in it,
    None for what its script allows. color: `#RRGGBB`, None for one that is free in a figure.
    capped: whether its character error, capped at each reference's length, is shown too: that of
    a language whose transcripts run on. refuses: metrics that mean nothing in it.
    """

    key: str
    name: str
    script: tuple[str, ...]
    metric: Metric
    second_metric: Metric | None = None
    model_name: str | None = None
    normalisation: tuple[str, ...] = ()
    numbers: str | None = None
    whisper: Literal["english", "basic", "refused"] | None = None
    color: str | None = None
    capped: bool = False
    refuses: tuple[Metric, ...] = ()

    @property
    def tag(self) -> str:
        """Its name in a language tag: the model's own, else the English one."""
        return self.model_name or self.name

    def check_metric(self, metric: Metric) -> None:
        """Raises InputError for a metric that is meaningless in this language."""
        if metric in self.refuses:
            raise InputError(
                f"metric '{metric}' is refused in {self.name} ('{self.key}'), which is written "
                f"without spaces between words; take {self.metric}"
            )


class Languages(Mapping[str, Language]):
    """Rows by their keys, in order."""

    def __init__(self, rows: Iterable[Language] = ()) -> None:
        """A later row replaces an earlier one with the same key, in its place."""
        self._rows = {row.key: row for row in rows}
        names = (
            (name, row) for row in self._rows.values() for name in (row.key, row.name, row.tag)
        )
        self._names = {name.casefold(): row for name, row in names}

    def __getitem__(self, key: str) -> Language:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __hash__(self) -> int:
        return hash(tuple(self._rows.values()))

    def row(self, key: str) -> Language:
        """The language with this key; raises InputError, suggesting the nearest key, if unknown."""
        if key not in self._rows:
            raise InputError(
                f"unknown language '{key}' {suggest(key, self._rows)}; a file of rows named by "
                "`languages` adds others"
            )
        return self._rows[key]

    def named(self, name: str) -> Language | None:
        """The language with this key or name, ignoring case; None if unknown."""
        return self._names.get(name.strip().casefold())

    def adding(self, rows: Iterable[Language]) -> "Languages":
        """These with others, which replace those of the same key."""
        return Languages([*self._rows.values(), *rows])
