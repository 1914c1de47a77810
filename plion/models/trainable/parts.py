"""Checks that the settings name parts that a model has, and leave some to train; without torch."""

from collections.abc import Iterator, Mapping, Sequence

from plion.config.schema import Model
from plion.errors import InputError
from plion.models.base import Family
from plion.models.values import Part


def check_parts(family: Family, settings: Model, towers: Sequence[str]) -> None:
    """Raises InputError for parts that the family does not have or cannot train as set.

    `towers`: as `trainer.gradient_checkpointing`.
    """
    for wrong in _wrong(family.title, family.parts, settings, towers):
        raise InputError(wrong)


def _wrong(
    title: str, parts: Mapping[str, Part], settings: Model, towers: Sequence[str]
) -> Iterator[str]:
    frozen, lora, known = set(settings.freeze), set(settings.lora.parts), parts.keys()
    can = {name for name, part in parts.items() if part.tower}
    for key, named, there in (
        ("model.freeze", frozen, known),
        ("model.lora.parts", lora, known),
        ("trainer.gradient_checkpointing", {*towers}, can),
    ):
        for part in sorted(named - there):
            yield f"{key} names {part}, which {title} has not: it has {', '.join(sorted(there))}"
    if frozen == known:
        yield "model.freeze names every part, so nothing would be trained; remove one"
    if lora and settings.lora.export == "adapter" and frozen | lora != known:
        whole = min(known - frozen - lora)
        yield (
            f"model.lora.export=adapter exports only the updates, but {whole} is trained in full; "
            "name it in model.freeze or model.lora.parts, or export merged"
        )
