"""What is a family's own is said in its package alone: no other module names Qwen in its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import plion

ROOT = Path(plion.__file__).parent
OWN = ROOT / "models" / "qwen3_asr"
# Modules that may, and why.
ALLOWED = {
    "models/families.py": "the table of families",
    "models/locate.py": "the folder of the packaged base, which is of this family",
    "cli/main.py": "what the program is for",
    "cli/publishing.py": "the layout of another system, the qwen-asr package, by its own name",
    "config/model.py": "what another system, the qwen-asr package, computes",
    "config/training.py": "the layout of another system, the qwen-asr package, by its own name",
    "doctor/machine.py": "a published model, as an example of what to fetch",
    "doctor/packages.py": "the module of transformers that a library is too old without",
}
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef


def words(path: Path) -> Iterator[str]:
    """The identifiers and strings of a module, without its docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, _DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value
        for name in ("id", "attr", "name", "arg", "module", "asname"):
            if isinstance(found := getattr(node, name, None), str):
                yield found


def naming() -> set[str]:
    """The modules outside the family's package that name it."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if OWN not in path.parents and any("qwen" in word.lower() for word in words(path))
    }


def test_no_module_outside_the_familys_package_names_it() -> None:
    assert naming() == ALLOWED.keys()
