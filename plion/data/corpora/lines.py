"""Lines of the publishers' text files, and how a broken one is told."""

from collections.abc import Iterator

from plion.data.corpora.tree import Tree
from plion.errors import InputError


def broken(path: str, line: int, what: str) -> InputError:
    """The error for a line that is not as published: `what` completes the sentence."""
    return InputError(f"{path}:{line}: {what}")


def fields(tree: Tree, path: str, count: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """The numbered lines of a tab-separated file, cut at the tabs; blank lines are passed over.

    Quotes are text like any other. With `count`, a line of more or fewer fields is an InputError.
    """
    for number, line in tree.lines(path):
        if not line.strip():
            continue
        cut = line.split("\t")
        if count is not None and len(cut) != count:
            raise broken(path, number, f"expected {count} fields between tabs, found {len(cut)}")
        yield number, cut
