"""Nothing about a language stands outside `plion/text`; a language is added by a file alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import plion
from plion.text.shipped import SHIPPED

ROOT = Path(plion.__file__).parent
# What speaks of given corpora, and what was published of them.
EXEMPT = ("text", "data/mini", "data/corpora")
NAMES = re.compile(rf"\b({'|'.join(row.name for row in SHIPPED.values())}|Mandarin)\b")
SCRIPTS = re.compile(
    rf"\\p\{{+(Script=)?({'|'.join({name for row in SHIPPED.values() for name in row.script})})\}}"
)
# Words of other trades: a manifest's field, PyTorch's tensors, and read-only in SQLite.
KEYS = set(SHIPPED) - {"id", "pt", "ro"}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.lineno, node.value


def test_no_language_is_named_outside_text():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted(ROOT.rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(EXEMPT)
        for line, text in literals(path)
        if text in KEYS or NAMES.search(text) or SCRIPTS.search(text)
    ]
    assert not found, found


def test_the_rule_would_find_a_language():
    path = ROOT / "text" / "shipped.py"
    assert {text for _, text in literals(path)} >= {"ta", "Tamil"}
    assert SCRIPTS.search(r"[\p{Han}]") and SCRIPTS.search(r"\p{{Script=Thai}}")
