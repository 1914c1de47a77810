"""Converts the configuration of a Qwen3-ASR checkpoint between its two layouts.

The `qwen-asr` layout puts everything inside a `thinker`, has the projector in the audio tower, and
rotary positions of three rows (M-RoPE), which are equal for audio and text. Without torch.
"""

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from plion.errors import InputError
from plion.models.qwen3_asr.frames import thrice_halved

Config = dict[str, Any]

# Settings with the same name in both, and the package's defaults.
_AUDIO: Config = {
    "num_mel_bins": 128,
    "d_model": 1280,
    "encoder_layers": 32,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_function": "gelu",
    "activation_dropout": 0.0,
    "scale_embedding": False,
    "initializer_range": 0.02,
    "n_window": 100,
    "n_window_infer": 400,
    "output_dim": 3584,
    "downsample_hidden_size": 480,
}
_TEXT: Config = {
    "vocab_size": 151_936,
    "hidden_size": 4096,
    "intermediate_size": 22_016,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "head_dim": 128,
    "hidden_act": "silu",
    "max_position_embeddings": 128_000,
    "initializer_range": 0.02,
    "rms_norm_eps": 1e-6,
    "use_cache": True,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "tie_word_embeddings": False,
}
_ROPE_THETA = 5_000_000.0  # the package's
_AUDIO_TOKEN = 151_646  # as well
_MROPE = ("mrope_section", "mrope_interleaved", "interleaved", "type")
_MODEL = {"architectures": ["Qwen3ASRForConditionalGeneration"], "model_type": "qwen3_asr"}
_END_TOKENS = ("eos_token_id", "pad_token_id")


def hf_config(config: Config, generation: Mapping[str, Any]) -> Config:
    """A configuration in the `qwen-asr` layout under the names of `hf`.

    `generation`: the content of generation_config.json, which alone names the end tokens there.
    """
    thinker = config["thinker_config"]
    if "classify_num" in thinker or "forced_aligner" in thinker.get("model_type", ""):
        raise InputError(
            "this is Qwen3's forced aligner, which aligns given words and recognises none"
        )
    audio = _chosen(thinker.get("audio_config") or {}, _AUDIO)
    text = thinker.get("text_config") or {}
    kept = _chosen(text, _TEXT)
    found: Config = {
        **_MODEL,
        "audio_config": {
            "model_type": "qwen3_asr_encoder",
            **audio,
            "max_position_embeddings": thrice_halved(2 * audio["n_window"]),
        },
        "text_config": {"model_type": "qwen3", **kept, "rope_parameters": _plain_rope(text)},
        "audio_token_id": thinker.get("audio_token_id", _AUDIO_TOKEN),
        "initializer_range": thinker.get("initializer_range", 0.02),
        "tie_word_embeddings": kept["tie_word_embeddings"],
    }
    if dtype := _dtype(config) or _dtype(thinker) or _dtype(text):
        found["dtype"] = dtype
    found.update({key: generation[key] for key in _END_TOKENS if generation.get(key) is not None})
    return found


def qwen_asr_config(config: Config, tokens: Mapping[str, int], languages: list[str]) -> Config:
    """Converts a complete configuration in the `hf` layout (`to_dict()`) for the package and vLLM.

    `tokens`: further token ids that the package needs by name, such as `audio_start_token_id`.
    Raises InputError for settings that the package's classes do not support.
    """
    audio, text = config["audio_config"], config["text_config"]
    if sliding := set(text.get("layer_types") or ()) - {"full_attention"}:
        raise InputError(f"the qwen-asr layout has no {sliding.pop()} in its language model")
    dtype = _dtype(config) or _dtype(text)
    # Not in the innermost: there it would outlive the type that a caller asks for.
    own: Config = {} if dtype is None else {"dtype": dtype}
    return {
        **_MODEL,
        **own,
        "support_languages": languages,
        "thinker_config": {
            "model_type": "qwen3_asr_thinker",
            **own,
            "audio_config": {
                "model_type": "qwen3_asr_audio_encoder",
                **{key: audio[key] for key in _AUDIO},
                "num_hidden_layers": audio["encoder_layers"],
                "max_source_positions": 1500,
                "conv_chunksize": 500,
            },
            "text_config": {
                "model_type": "qwen3_asr_text",
                **{key: text[key] for key in _TEXT},
                "tie_word_embeddings": config["tie_word_embeddings"],
                **_mrope(text),
            },
            "audio_token_id": config["audio_token_id"],
            **tokens,
            "initializer_range": config["initializer_range"],
        },
        # Of 5 and newer, as transformers 4.57 asks before it puts Mistral's pattern into a large
        # tokenizer whose configuration is of a version in between.
        "transformers_version": version("transformers"),
    }


def _chosen(config: Mapping[str, Any], defaults: Config) -> Config:
    return {key: config.get(key, default) for key, default in defaults.items()}


def _dtype(config: Mapping[str, Any]) -> str | None:
    """The stored type, under either of the keys that transformers has used."""
    dtype = config.get("dtype") or config.get("torch_dtype")
    return None if dtype is None else re.sub(r"^torch\.", "", str(dtype))


def _plain_rope(text: Mapping[str, Any]) -> Config:
    """Rotary positions without the three rows, which are equal for audio and text."""
    rope = {**(text.get("rope_scaling") or {}), **(text.get("rope_parameters") or {})}
    theta = rope.pop("rope_theta", text.get("rope_theta", _ROPE_THETA))
    kind = rope.pop("rope_type", rope.get("type", "default"))
    rest = {key: value for key, value in rope.items() if key not in _MROPE}
    # Older files call the three rows a kind of their own.
    return {"rope_theta": theta, "rope_type": "default" if kind == "mrope" else kind, **rest}


def _mrope(text: Mapping[str, Any]) -> Config:
    """`rope_theta` and `rope_scaling` of the package: 24, 20 and 20 of 64 frequencies a row."""
    rope = _plain_rope(text)
    theta, half = rope.pop("rope_theta"), text["head_dim"] // 2
    other = half * 20 // 64
    section = [half - 2 * other, other, other]
    return {
        "rope_theta": theta,
        "rope_scaling": {
            **rope,
            "mrope_section": section,
            "mrope_interleaved": True,
            "interleaved": True,
        },
    }
