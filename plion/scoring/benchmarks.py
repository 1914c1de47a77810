"""Benchmarks (test sets) and suites of them, read from YAML files.

A suite is a list of rows `{key, language, metric, manifest}`. The package has `sg12` (the twelve
test sets of arXiv 2603.16184) and `mini12` (small synthetic versions under the same keys), called
by name; a user's own suite is called by its path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from plion.errors import InputError, suggest
from plion.system.yamls import read_yaml
from plion.text.languages import Metric, language


@dataclass(frozen=True)
class Benchmark:
    """A test set; `manifest` is a path relative to the data root given with the suite."""

    key: str
    language: str
    metric: Metric
    manifest: str


def suite(name_or_path: str) -> list[Benchmark]:
    """The benchmarks of a packaged suite or of a YAML file, in order; an existing file wins.

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
    return _read(path)


def find_benchmark(key: str, benchmarks: Sequence[Benchmark]) -> Benchmark:
    """The benchmark with this key; raises InputError, suggesting the nearest, if unknown."""
    rows = {row.key: row for row in benchmarks}
    if key not in rows:
        raise InputError(f"unknown benchmark '{key}' {suggest(key, rows)}")
    return rows[key]


def _packaged() -> dict[str, Path]:
    folder = Path(str(files("plion.scoring") / "suites"))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def _read(path: Path) -> list[Benchmark]:
    return validated(read_yaml(path), f"suite {path}")


def validated(rows: Any, where: str) -> list[Benchmark]:
    """Benchmarks from the parsed content of a suite file.

    Raises InputError, with `where` and the row's number, for anything else or a key listed twice.
    """
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{where}: expected a list of benchmark rows")
    benchmarks = [_benchmark(row, f"{where}, row {n}") for n, row in enumerate(rows, 1)]
    keys = [benchmark.key for benchmark in benchmarks]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(f"{where}: benchmark '{key}' is listed twice")
    return benchmarks


def _benchmark(row: Any, where: str) -> Benchmark:
    known = [field.name for field in fields(Benchmark)]
    if not isinstance(row, dict):
        raise InputError(f"{where}: expected a mapping with the keys {', '.join(known)}")
    for name in row:
        if name not in known:
            raise InputError(f"{where}: unknown key '{name}' {suggest(str(name), known)}")
    for name in known:
        if not isinstance(row.get(name), str):
            raise InputError(f"{where}: '{name}' is missing or not a text")
    if row["metric"] not in get_args(Metric):
        near = suggest(row["metric"], get_args(Metric))
        raise InputError(f"{where}: unknown metric '{row['metric']}' {near}")
    try:
        language(row["language"])
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return Benchmark(**row)
