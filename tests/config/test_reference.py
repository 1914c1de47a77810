"""The settings in words, and the page of them in the repository."""

from pathlib import Path

import pytest

from plion.config.reference import settings_markdown, settings_text
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.settings.walk import settings_of

PAGE = Path(__file__).parents[2] / "experiments" / "settings.md"


def test_the_page_of_settings_is_up_to_date() -> None:
    made = settings_markdown()
    assert PAGE.read_text(encoding="utf-8") == f"{made}\n", (
        "make it anew: plion settings --markdown > experiments/settings.md"
    )


def test_every_setting_of_an_experiment_has_a_meaning() -> None:
    assert [one.key for one in settings_of(Experiment) if not one.about.help] == []


def test_every_setting_is_told_with_its_default() -> None:
    told = settings_text().splitlines()
    for one in settings_of(Experiment):
        assert any(line.startswith(f"{one.key} = ") for line in told)


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("optim.beta1", [
            "optim.beta1 = 0.9",
            "    a number, between 0 and 1",
            "    decay of the moving average of gradients; counts where optim.name=adamw",
        ]),
        ("trainer.price_per_hour", [
            "trainer.price_per_hour = null",
            "    a number, above 0, or null (any currency); not in a run's hash",
            "    price of all devices together",
        ]),
        ("data.augment.speed", [
            "data.augment.speed = []",
            "    a list of numbers, each between 0.5 and 2",
            "    speed factors, in hundredths; each draw gets one of them",
        ]),
        ("data.augment.noise.folder", [
            "data.augment.noise.folder = ''",
            "    text; by content in a run's hash",
            "    folder of noise recordings, at any depth; '': no noise",
        ]),
    ],
)  # fmt: skip
def test_a_setting_is_told_with_its_bounds_unit_and_meaning(key: str, lines: list[str]) -> None:
    assert settings_text(key).splitlines() == lines


def test_a_group_is_told_with_what_is_in_it() -> None:
    told = settings_text("model.lora")
    assert told.startswith("model.lora: Low-rank updates") and "model.lora.rank = 16" in told
    assert "model.freeze" not in told and "## model.lora\n" in settings_markdown("model.lora")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("T", "unknown setting 'T' (did you mean 'sampler.temperature.T'?)"),
        ("smapler.name", "unknown setting 'smapler' (did you mean 'sampler'?)"),
        ("optim.lrr", "unknown setting 'optim.lrr' (did you mean 'optim.lr'?)"),
        ("optim.lr.x", "unknown setting 'optim.lr.x' (did you mean 'optim.lr'?)"),
        ("xyz", "unknown setting 'xyz' (known: model, data, sampler, tag, batch, hold, optim"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(key: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        settings_text(key)
    assert str(error.value).startswith(told)
