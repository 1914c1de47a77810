"""Benchmarks (test sets) and suites of them, read from YAML files.

A suite is a list of rows `{key, language, metric, manifest}`, or `{languages: FILE, benchmarks:
[...]}` where it brings languages of its own (`plion.text.language_file`). The package has
`sg12` (the twelve test sets of arXiv 2603.16184) and `mini12` (small synthetic versions
under the same keys), called
by name; a user's own suite is called by its path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from plion.errors import InputError, suggest
from plion.text.language_file import suite_rows
from plion.text.languages import Language, Languages
from plion.text.metrics import Metric, check_metric
from plion.text.shipped import SHIPPED


@dataclass(frozen=True)
class Benchmark:
    """A test set; `manifest` is a path relative to the data root given with the suite.

    spoken: the language, as the suite or the run that it is of knows it.
    """

    key: str
    spoken: Language
    metric: Metric
    manifest: str

    @property
    def language(self) -> str:
        """The key of its language."""
        return self.spoken.key

    def as_row(self) -> dict[str, str]:
        """The row of a suite that it was made of."""
        return {name: getattr(self, name) for name in _KEYS}


_KEYS = ("key", "language", "metric", "manifest")


def suite(name_or_path: str, languages: Languages = SHIPPED) -> list[Benchmark]:
    """The benchmarks of a packaged suite or of a YAML file, in order; an existing file wins.

    Their languages are those that the file brings, else of `languages`.
    Raises InputError for an unknown name (suggesting the nearest) and for a file with a row that is
    not a benchmark (with the row's number).
    """
    path = Path(name_or_path)
    if not path.is_file():
        packaged = _packaged()
        if name_or_path not in packaged:
            near = suggest(name_or_path, packaged)
            raise InputError(
                f"unknown suite '{name_or_path}': neither a file nor a packaged suite {near}"
            )
        path = packaged[name_or_path]
    return _read(path, languages)


def find_benchmark(key: str, benchmarks: Sequence[Benchmark]) -> Benchmark:
    """The benchmark with this key; raises InputError, suggesting the nearest, if unknown."""
    rows = {row.key: row for row in benchmarks}
    if key not in rows:
        raise InputError(f"unknown benchmark '{key}' {suggest(key, rows)}")
    return rows[key]


def _packaged() -> dict[str, Path]:
    folder = Path(str(files("plion.scoring") / "suites"))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def _read(path: Path, languages: Languages) -> list[Benchmark]:
    rows, own = suite_rows(path)
    return validated(rows, f"suite {path}", languages.adding(own))


def validated(rows: Any, where: str, languages: Languages = SHIPPED) -> list[Benchmark]:
    """Benchmarks from the parsed content of a suite file.

    Raises InputError, with `where` and the row's number, for anything else or a key listed twice.
    """
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{where}: expected a list of benchmark rows")
    benchmarks = [_benchmark(row, f"{where}, row {n}", languages) for n, row in enumerate(rows, 1)]
    keys = [benchmark.key for benchmark in benchmarks]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"{where}: benchmark '{key}' is listed twice")
    return benchmarks


def _benchmark(row: Any, where: str, languages: Languages) -> Benchmark:
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected a mapping with the keys {', '.join(_KEYS)}")
    for name in row:
        if name not in _KEYS:
            raise InputError(f"{where}: unknown key '{name}' {suggest(str(name), _KEYS)}")
    for name in _KEYS:
        if not isinstance(row.get(name), str):
            raise InputError(f"{where}: '{name}' is missing or not a text")
    try:
        check_metric(row["metric"])
        spoken = languages.row(row["language"])
        spoken.check_metric(row["metric"])
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return Benchmark(row["key"], spoken, row["metric"], row["manifest"])


PAPER = tuple(row.key for row in suite("sg12"))
"""The keys of the paper's twelve benchmarks, in its order."""
