"""Configurations of the two layouts, under each other's names."""

from typing import Any

import pytest

from plion.errors import InputError
from plion.models.qwen3_asr.files.configurations import hf_config, qwen_asr_config
from plion.models.qwen3_asr.files.layouts import hf_name, layout, qwen_asr_name

# As the published 0.6B model has it, without what is left of every kind of model.
PUBLISHED: dict[str, Any] = {
    "model_type": "qwen3_asr",
    "support_languages": ["Chinese", "English"],
    "thinker_config": {
        "dtype": "bfloat16",
        "audio_token_id": 151_676,
        "audio_start_token_id": 151_669,
        "audio_config": {
            "d_model": 896,
            "encoder_layers": 18,
            "encoder_attention_heads": 14,
            "encoder_ffn_dim": 3584,
            "max_source_positions": 1500,
            "n_window": 50,
            "n_window_infer": 800,
            "conv_chunksize": 500,
            "output_dim": 1024,
        },
        "text_config": {
            "hidden_size": 1024,
            "intermediate_size": 3072,
            "num_hidden_layers": 28,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "tie_word_embeddings": True,
            "rope_theta": 1_000_000,
            "rope_scaling": {
                "mrope_interleaved": True,
                "interleaved": True,
                "mrope_section": [24, 20, 20],
                "rope_type": "default",
                "type": "default",
            },
        },
    },
}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("model.audio_tower.layers.0.fc1.weight", "thinker.audio_tower.layers.0.fc1.weight"),
        ("model.multi_modal_projector.linear_1.bias", "thinker.audio_tower.proj1.bias"),
        ("model.multi_modal_projector.linear_2.weight", "thinker.audio_tower.proj2.weight"),
        ("model.language_model.embed_tokens.weight", "thinker.model.embed_tokens.weight"),
        ("lm_head.weight", "thinker.lm_head.weight"),
        ("stranger", "stranger"),
    ],
)
def test_a_tensor_has_a_name_in_each_layout(ours: str, theirs: str) -> None:
    assert qwen_asr_name(ours) == theirs and hf_name(theirs) == ours


def test_a_thinker_tells_the_layout() -> None:
    assert layout(PUBLISHED) == "qwen-asr" and layout(hf_config(PUBLISHED, {})) == "hf"


def test_the_published_configuration_is_read_as_transformers_has_it() -> None:
    found = hf_config(PUBLISHED, {"eos_token_id": [151_643, 151_645], "pad_token_id": 151_645})
    assert found["audio_config"]["max_position_embeddings"] == 13
    assert found["text_config"]["rope_parameters"] == {
        "rope_theta": 1_000_000,
        "rope_type": "default",
    }
    assert (found["tie_word_embeddings"], found["dtype"]) == (True, "bfloat16")
    assert found["eos_token_id"] == [151_643, 151_645] and found["audio_token_id"] == 151_676


def test_what_a_file_leaves_out_is_what_the_package_takes_for_it() -> None:
    found = hf_config({"thinker_config": {"torch_dtype": "torch.float16"}}, {})
    assert (found["audio_config"]["n_window"], found["text_config"]["hidden_size"]) == (100, 4096)
    assert (found["tie_word_embeddings"], found["dtype"]) == (False, "float16")
    assert "eos_token_id" not in found


@pytest.mark.parametrize(("size", "section"), [(128, [24, 20, 20]), (32, [6, 5, 5])])
def test_the_three_rows_of_positions_share_all_frequencies(size: int, section: list[int]) -> None:
    own = hf_config(PUBLISHED, {})
    own["text_config"]["head_dim"] = size
    text = qwen_asr_config(own, {}, [])["thinker_config"]["text_config"]
    assert text["rope_scaling"]["mrope_section"] == section and text["rope_theta"] == 1_000_000


def test_there_and_back_a_configuration_is_the_same() -> None:
    own = hf_config(PUBLISHED, {})
    assert hf_config(qwen_asr_config(own, {"audio_start_token_id": 7}, ["Tamil"]), {}) == own


def test_a_model_that_the_package_cannot_compute_is_refused() -> None:
    own = hf_config(PUBLISHED, {})
    own["text_config"]["layer_types"] = ["full_attention", "sliding_attention"]
    with pytest.raises(InputError, match="the qwen-asr layout has no sliding_attention"):
        qwen_asr_config(own, {}, [])
