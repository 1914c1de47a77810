"""The languages of an experiment: those of the package, and rows of its own or its suite's."""

from pathlib import Path
from typing import Any

from plion.config.layers import Layer
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.text.language_file import as_rows, language_rows, named_languages, suite_rows
from plion.text.languages import Languages
from plion.text.shipped import SHIPPED


def known_languages(exp: Experiment) -> Languages:
    """The languages of the package; an experiment's rows are added or replace them."""
    return SHIPPED.adding(language_rows(exp.languages, "languages")) if exp.languages else SHIPPED


def with_language_rows(layer: Layer) -> Layer:
    """Replaces the file that a layer's `languages` names by its checked rows.

    Raises InputError for a file that cannot be read and for rows that are not languages.
    """
    if "languages" not in layer.values:
        return layer
    rows = as_rows(named_languages(layer.values["languages"], layer.where))
    return Layer(layer.where, {**layer.values, "languages": rows})


def all_language_rows(exp: Experiment) -> list[dict[str, Any]]:
    """The rows of an experiment and of its suite's file; raises InputError if they conflict."""
    own, path = Languages(language_rows(exp.languages, "languages")), Path(exp.data.suite)
    brought = Languages(suite_rows(path)[1] if path.is_file() else ())
    for key in own:
        if brought.get(key, own[key]) != own[key]:
            raise InputError(
                f"suite {path} and the experiment's `languages` differ in language '{key}'; "
                "languages=[] takes the suite's rows"
            )
    return as_rows(own.adding(brought.values()).values())
