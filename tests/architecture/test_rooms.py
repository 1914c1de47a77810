"""Rooms: few files in a folder, none long, and no two packages that import each other."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import plion

PACKAGE = Path(plion.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
# A file a corpus, as many as there are.
CORPORA = {"data/corpora", "data/mini/publishers"}


def room(path: Path) -> str:
    return path.parent.relative_to(PACKAGE).as_posix()


def imported(path: Path) -> Iterator[str]:
    """Rooms of the modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("plion."):
            place = PACKAGE.joinpath(*str(node.module).split(".")[1:])
            yield room(place) if place.with_suffix(".py").is_file() else room(place / "module")


def test_a_folder_has_twelve_files_at_most() -> None:
    sizes = Counter(room(path) for path in MODULES if room(path) not in CORPORA)
    assert not {name: size for name, size in sizes.items() if size > 12}


def test_a_file_has_two_hundred_lines_at_most() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert not {path: count for path, count in lines.items() if count > 200}


def test_no_two_rooms_import_each_other() -> None:
    # What lies beside the rooms is no room: the entry of `python -m plion`, and errors.
    edges = {
        (room(path), other)
        for path in MODULES
        for other in imported(path)
        if "." not in (room(path), other) and room(path) != other
    }
    assert len(edges) > 100
    assert not {edge for edge in edges if edge[::-1] in edges}
