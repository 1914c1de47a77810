"""What the card of a published Whisper says of it."""

import re

import pytest

from plion.models.values import Published
from plion.models.whisper.protocol.family import FAMILY
from plion.text.shipped import SHIPPED

LANGUAGES = [SHIPPED["ta"], SHIPPED["ms"]]


@pytest.mark.parametrize(("tag", "told"), [("condition", 'language="ta"'), ("predict", None)])
def test_it_says_how_it_is_used_in_transformers(tag: str, told: str | None) -> None:
    published = Published("me/lion", LANGUAGES, tag, "")  # type: ignore[arg-type]
    text = "\n".join(FAMILY.card.usage(published, "hf"))
    assert 'WhisperForConditionalGeneration.from_pretrained("me/lion")' in text
    assert (told in text) if told else ("language=" not in text)
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code and compile(code[1], "card", "exec")


def test_its_base_models_licence_is_known_and_no_others() -> None:
    assert FAMILY.card.licence("openai/whisper-small") == "apache-2.0"
    assert FAMILY.card.licence("somebody/whisper-small") is None


@pytest.mark.parametrize("tag", ["condition", "predict"])
def test_what_it_was_trained_to_say_is_a_sentence(tag: str) -> None:
    told = FAMILY.card.tag_policy(tag, LANGUAGES[0])  # type: ignore[arg-type]
    assert "`<|ta|>`" in told and told.endswith(".")


@pytest.mark.parametrize("name", ["model.encoder.conv1.weight", "proj_out.weight"])
def test_its_weights_are_known_by_their_names(name: str) -> None:
    assert re.match(FAMILY.card.weights, name)
    assert not re.match(FAMILY.card.weights, "optimizer.state")
