"""Signatures: names with their object, four positional parameters at most, booleans by name."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import plion

PACKAGE = Path(plion.__file__).parent
BARE = {"add", "check", "load", "read", "render", "write"}
MOST = 4
# Functions whose signature a library gives, and which one. Lightning's hooks are known by `on_`.
GIVEN = {
    "SpeechRecognizer.train": "torch's Module",
    "Request.to": "torch's Tensor",
    "Tensors.to": "torch's Tensor",
    "TrainBatch.to": "torch's Tensor",
    "DecodeBatch.to": "torch's Tensor",
    "Sounds.to": "torch's Tensor",
    "_attention": "transformers' attention functions",
}


class Signature(NamedTuple):
    """A function of a module: `Class.method` for methods, whose own object is left out."""

    module: str
    name: str
    positional: list[ast.arg]
    defaults: dict[str, ast.expr]

    def __str__(self) -> str:
        return f"{self.module}: {self.name}"

    @property
    def given(self) -> bool:
        """Whether a library gives it."""
        return self.name in GIVEN or self.name.rpartition(".")[2].startswith("on_")


def signatures() -> list[Signature]:
    """All functions of the package, those inside others included."""
    return [
        one
        for path in sorted(PACKAGE.rglob("*.py"))
        for one in found(
            ast.parse(path.read_text(encoding="utf-8")), path.relative_to(PACKAGE).as_posix()
        )
    ]


def found(node: ast.AST, module: str, owner: str = "") -> Iterator[Signature]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield signature(child, module, owner)
            yield from found(child, module)
        else:
            yield from found(
                child, module, child.name if isinstance(child, ast.ClassDef) else owner
            )


def signature(
    function: ast.FunctionDef | ast.AsyncFunctionDef, module: str, owner: str
) -> Signature:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    defaults = {one.arg: value for one, value in zip(last, arguments.defaults, strict=True)}
    static = any(ast.unparse(one) == "staticmethod" for one in function.decorator_list)
    name = f"{owner}.{function.name}" if owner else function.name
    return Signature(module, name, positional[bool(owner) and not static :], defaults)


def boolean(one: ast.arg, default: ast.expr | None) -> bool:
    kinds = ("bool", "bool | None")
    annotated = one.annotation is not None and ast.unparse(one.annotation) in kinds
    return annotated or (isinstance(default, ast.Constant) and isinstance(default.value, bool))


def test_a_function_says_of_what_it_checks_loads_or_reads() -> None:
    assert not [str(one) for one in signatures() if one.name in BARE]


def test_a_function_takes_four_arguments_by_position_at_most() -> None:
    many = [str(one) for one in signatures() if len(one.positional) > MOST and not one.given]
    assert not many


def test_a_boolean_is_given_by_name() -> None:
    wrong = [
        f"{one}({parameter.arg})"
        for one in signatures()
        for parameter in one.positional
        if boolean(parameter, one.defaults.get(parameter.arg)) and not one.given
    ]
    assert not wrong


def test_what_a_library_gives_is_still_there() -> None:
    assert {one.name for one in signatures()} >= GIVEN.keys()


def test_each_rule_finds_what_breaks_it() -> None:
    source = "def read(a, b, c, d, e): ...\nclass A:\n def f(self, on: bool, by=True): ..."
    first, second = found(ast.parse(source), "module")
    assert (first.name in BARE, len(first.positional) > MOST) == (True, True)
    assert [boolean(one, second.defaults.get(one.arg)) for one in second.positional] == [True] * 2
