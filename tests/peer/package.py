"""What the `qwen-asr` package computes of some clips, by its own classes, prompt and processor.

    python package.py FOLDER CLIPS OUT [--new FOLDER]

CLIPS has waveforms at 16 kHz by name (safetensors). OUT becomes the `ids` of the prompt of each and
the `logits` (T, vocabulary) at its positions, and beside it, in JSON, the ids that were `said`, and
the `language` and `text` that the package makes of them. With --new FOLDER is first made: a small
checkpoint of random weights, with the tokenizer of another folder.

Run by the Python of .venv-peer, which has another transformers: it imports nothing of this project.
"""

import argparse
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file

# The package imports both, for Korean and Japanese time stamps and for files that are not given as
# waveforms. Neither is done here, and both bring much along. Once transformers has looked for them.
for name in ("librosa", "nagisa"):
    sys.modules[name] = ModuleType(name)

from qwen_asr import Qwen3ASRModel  # noqa: E402
from qwen_asr.core.transformers_backend import (  # noqa: E402
    Qwen3ASRConfig,
    Qwen3ASRForConditionalGeneration,
    Qwen3ASRProcessor,
)

SAMPLE_RATE = 16_000
LONGEST = 48  # tokens of a transcript
ENDS = ("<|im_end|>", "<|endoftext|>")


def build(folder: Path, tokens: Path) -> None:
    """Writes a small checkpoint of random weights, as the package's own classes save it."""
    tokenizer = transformers.Qwen2TokenizerFast(
        tokenizer_file=str(tokens / "tokenizer.json"),
        eos_token=ENDS[0],
        pad_token=ENDS[1],
        extra_special_tokens={
            "audio_token": "<|audio_pad|>",
            "audio_bos_token": "<|audio_start|>",
            "audio_eos_token": "<|audio_end|>",
        },
    )
    torch.manual_seed(0)
    model = Qwen3ASRForConditionalGeneration(configuration(tokenizer))
    model.apply(initialise)
    model.save_pretrained(folder)
    Qwen3ASRProcessor(
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=128),
        tokenizer=tokenizer,
        chat_template=(tokens / "chat_template.jinja").read_text(),
    ).save_pretrained(folder)


def configuration(tokenizer: Any) -> Qwen3ASRConfig:
    """The published models' settings, but for the sizes."""
    audio = {
        "num_mel_bins": 128,
        "d_model": 64,
        "encoder_layers": 3,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 128,
        "downsample_hidden_size": 16,
        "output_dim": 96,
        "n_window": 50,
        "n_window_infer": 800,
    }
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 96,
        "intermediate_size": 160,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 128,
        "max_position_embeddings": 4096,
        "rope_theta": 1_000_000.0,
        "rope_scaling": {
            "rope_type": "default",
            "mrope_section": [24, 20, 20],
            "mrope_interleaved": True,
            "interleaved": True,
        },
        "tie_word_embeddings": True,
    }
    start, audio_id = tokenizer.convert_tokens_to_ids(["<|audio_start|>", "<|audio_pad|>"])
    thinker = {
        "audio_config": audio,
        "text_config": text,
        "audio_token_id": audio_id,
        "audio_start_token_id": start,
    }
    return Qwen3ASRConfig(thinker_config=thinker, support_languages=["Chinese", "English"])


def initialise(module: torch.nn.Module) -> None:
    """Weights so large that logits are of the order of 1, and hang on what is heard."""
    if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
        inputs = module.weight[0].numel()
        torch.nn.init.normal_(module.weight, std=inputs**-0.5)
    elif isinstance(module, torch.nn.Embedding):
        torch.nn.init.normal_(module.weight, std=0.3)


def said(recognizer: Qwen3ASRModel, ends: list[int], wave: Any) -> dict[str, Any]:
    """What the package says to a clip: token ids, and what it makes of them.

    The ids of the tokens that end a text are constants of the package, of the published models'
    vocabulary; here they are the tokenizer's own.
    """
    given = recognizer.model.generate
    kept: list[list[int]] = []

    def ending(**inputs: Any) -> Any:
        output = given(eos_token_id=ends, **inputs)
        kept.extend(output.sequences[:, inputs["input_ids"].shape[1] :].tolist())
        return output

    recognizer.model.generate = ending
    try:
        (one,) = recognizer.transcribe([(wave, SAMPLE_RATE)])
    finally:
        recognizer.model.generate = given
    return {"said": kept[0], "language": one.language, "text": one.text}


def heard(recognizer: Qwen3ASRModel, wave: Any) -> dict[str, torch.Tensor]:
    """The prompt's ids and the logits at each, from the processor's features of a clip."""
    prompt = recognizer._build_text_prompt(context="", force_language=None)
    inputs = recognizer.processor(text=[prompt], audio=[wave], return_tensors="pt", padding=True)
    with torch.no_grad():
        logits = recognizer.model.thinker(**inputs).logits[0]
    return {"ids": inputs["input_ids"][0].contiguous(), "logits": logits.contiguous()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("folder", "clips", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--new", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    if asked.new:
        build(asked.folder, asked.new)
    recognizer = Qwen3ASRModel.from_pretrained(
        str(asked.folder), dtype=torch.float32, max_new_tokens=LONGEST
    )
    ends = recognizer.processor.tokenizer.convert_tokens_to_ids(list(ENDS))
    waves = {name: wave.numpy() for name, wave in load_file(asked.clips).items()}
    tensors = {
        f"{name}.{kind}": tensor
        for name, wave in waves.items()
        for kind, tensor in heard(recognizer, wave).items()
    }
    save_file(tensors, asked.out)
    texts = {name: said(recognizer, ends, wave) for name, wave in waves.items()}
    asked.out.with_suffix(".json").write_text(json.dumps(texts, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
