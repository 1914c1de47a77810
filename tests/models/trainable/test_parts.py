"""Parts that settings name are a model's, and leave something to train: told by a plan already."""

from types import SimpleNamespace
from typing import Any

import pytest
from tiny import Tiny

from plion.config.model import Lora, Model
from plion.errors import InputError
from plion.models.families import default_family
from plion.models.trainable.parts import check_parts
from plion.models.values import Part
from plion.planning.planned_run import mixture_plan

ALL: Any = ["audio_tower", "projector", "language_model"]
# A family without a part between its encoder and its decoder, one of which is no tower.
OTHER: Any = SimpleNamespace(
    title="Other",
    parts={"audio_tower": Part(("encoder",), ""), "language_model": Part(("d",), "", tower=False)},
)


def adapter(*parts: Any) -> Lora:
    return Lora(parts=list(parts), export="adapter")


@pytest.mark.parametrize(
    ("settings", "towers", "sentence"),
    [
        (Model(freeze=ALL[::2]), [], "model.freeze names every part, so nothing would be"),
        (Model(freeze=["projector"]), [], "model.freeze names projector, which Other has not: it"),
        (Model(lora=Lora(parts=["projector"])), [], "model.lora.parts names projector, which Oth"),
        (Model(), ["language_model"], "trainer.gradient_checkpointing names language_model, whi"),
        (Model(lora=adapter("audio_tower")), [], "only the updates, but language_model is trained"),
    ],
)
def test_parts_that_a_family_has_not_or_cannot_train_so_are_one_sentence(
    settings: Model, towers: list[str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as error:
        check_parts(OTHER, settings, towers)
    assert "\n" not in str(error.value)


def test_all_parts_may_have_lora_and_export_it_alone() -> None:
    check_parts(OTHER, Model(lora=adapter(*ALL[::2])), ["audio_tower"])
    check_parts(default_family(), Model(lora=adapter(*ALL)), ALL[::2])


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (
            ["model.freeze=[audio_tower,projector,language_model]"],
            "model.freeze names every part, so nothing would be trained; remove one",
        ),
        (
            ["model.freeze=[projector]", "model.lora={parts: [language_model], export: adapter}"],
            "exports only the updates, but audio_tower is trained in full",
        ),
    ],
)
@pytest.mark.parametrize("counts", [None, "paper"])
def test_a_plan_refuses_what_cannot_be_trained_so(
    counts: Any, overrides: list[str], sentence: str, tiny: Tiny, tmp_path: Any
) -> None:
    with pytest.raises(InputError, match=f"^cell-s0: .*{sentence}"):
        mixture_plan(tiny.experiment(tmp_path, "name=cell-s0", *overrides), counts)
