"""The shapes of the published models, for tests that build them without their weights."""

from typing import Any

# Qwen/Qwen3-ASR-0.6B-hf, which experiments/polyglot_lion_0.6b.yaml trains.
SMALL: dict[str, Any] = {
    "audio_config": {
        "num_mel_bins": 128,
        "d_model": 896,
        "encoder_layers": 18,
        "encoder_attention_heads": 14,
        "encoder_ffn_dim": 3584,
        "downsample_hidden_size": 480,
        "output_dim": 1024,
    },
    "text_config": {
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
    },
}

# Qwen/Qwen3-ASR-1.7B-hf.
LARGE: dict[str, Any] = {
    "audio_config": {
        **SMALL["audio_config"],
        "d_model": 1024,
        "encoder_layers": 24,
        "encoder_attention_heads": 16,
        "encoder_ffn_dim": 4096,
        "output_dim": 2048,
    },
    "text_config": {**SMALL["text_config"], "hidden_size": 2048, "intermediate_size": 6144},
}


def qwen3_asr(shape: dict[str, Any], dtype: Any = None) -> Any:
    """A model of this shape with random weights of a type, on the default device."""
    from transformers import Qwen3ASRConfig, Qwen3ASRForConditionalGeneration

    return Qwen3ASRForConditionalGeneration._from_config(Qwen3ASRConfig(**shape), dtype=dtype)
