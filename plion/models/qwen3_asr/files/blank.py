"""Makes a tiny Qwen3-ASR with random weights and its own tokenizer, from which `make base` trains.

    python -m plion.models.qwen3_asr.files.blank data/mini_base data/mini_base/blank

Same classes and files as `Qwen/Qwen3-ASR-0.6B-hf`, 1.2 M parameters. The byte-level tokenizer is
trained on the base's texts and on the syllables of a language that it is not: that costs a few
times the tokens a second, as it does in Qwen's.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    Qwen3ASRConfig,
    Qwen3ASRFeatureExtractor,
    Qwen3ASRForConditionalGeneration,
    Qwen3ASRProcessor,
)

from plion.data.manifest import read_manifest
from plion.models.qwen3_asr.prompt import AUDIO, END, MARK
from plion.text.numbers.tamil import SYLLABLES
from plion.text.shipped import PAPER, SHIPPED

_SPECIAL = ["<|endoftext|>", "<|im_start|>", END, "<|audio_start|>", "<|audio_end|>", AUDIO, MARK]
_PIECES = 1280
# A combining mark stays with its letter: the usual pattern splits words at vowel signs, so
# that no merge spans a syllable.
_PATTERN = r"[^\r\n\p{L}\p{M}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+|\s*[\r\n]+|\s+"
_MELS = 80
_CHAT_TEMPLATE = (
    "{%- for message in messages -%}{{ '<|im_start|>' + message.role + '\n' }}"
    "{%- if message.content is string -%}{{ message.content }}{%- else -%}"
    "{%- for part in message.content -%}{%- if part.type == 'audio' -%}"
    "<|audio_start|><|audio_pad|><|audio_end|>{%- else -%}{{ part.text }}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}{{ '<|im_end|>\n' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)


def tokenizer(texts: Iterator[str]) -> Tokenizer:
    """A byte-level BPE of `_PIECES` pieces over `texts`, special tokens first."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_PIECES,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return _spoken(bpe, MARK)


def _spoken(bpe: Tokenizer, token: str) -> Tokenizer:
    """The tokenizer with one special token made plain, as Qwen's tokenizer has the tag's mark.

    Decoders that drop special tokens, like the `qwen-asr` package, would lose the end of the tag.
    """
    content = json.loads(bpe.to_str())
    (found,) = (one for one in content["added_tokens"] if one["content"] == token)
    found["special"] = False
    return Tokenizer.from_str(json.dumps(content))


def configuration(bpe: Tokenizer) -> Qwen3ASRConfig:
    """The shape of the mini model over a tokenizer."""
    return Qwen3ASRConfig(
        audio_config={
            "num_mel_bins": _MELS,
            "d_model": 128,
            "encoder_layers": 3,
            "encoder_attention_heads": 4,
            "encoder_ffn_dim": 512,
            "downsample_hidden_size": 16,
            "output_dim": 128,
        },
        text_config={
            "hidden_size": 128,
            "intermediate_size": 384,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 32,
            "vocab_size": bpe.get_vocab_size(),
            "max_position_embeddings": 4096,
            "tie_word_embeddings": True,
        },
        audio_token_id=_SPECIAL.index(AUDIO),  # special tokens come first in the vocabulary
        pad_token_id=_SPECIAL.index("<|endoftext|>"),
        eos_token_id=[_SPECIAL.index("<|endoftext|>"), _SPECIAL.index(END)],
    )


def blank(corpora: Path, out: Path, seed: int = 0) -> None:
    """Writes a checkpoint with random weights in `hf` layout; `corpora` train its tokenizer."""
    bpe = tokenizer(_texts(corpora))
    config = configuration(bpe)
    torch.manual_seed(seed)
    model = Qwen3ASRForConditionalGeneration(config)
    model.apply(_initialise)
    model.to(dtype=torch.bfloat16)  # type: ignore[call-arg]
    model.generation_config = GenerationConfig(
        eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id, do_sample=False
    )
    model.save_pretrained(out)
    Qwen3ASRProcessor(
        Qwen3ASRFeatureExtractor(feature_size=_MELS),
        PreTrainedTokenizerFast(
            tokenizer_object=bpe,
            eos_token=END,
            pad_token="<|endoftext|>",
            audio_token=AUDIO,
            audio_bos_token="<|audio_start|>",
            audio_eos_token="<|audio_end|>",
        ),
        chat_template=_CHAT_TEMPLATE,
    ).save_pretrained(out)
    print(json.dumps({"folder": str(out), "parameters": model.num_parameters()}))


def _initialise(module: nn.Module) -> None:
    """Variance-preserving weights (He et al. 2015, arXiv 1502.01852).

    The library's standard deviation of 0.02 suits wide layers: through three narrow convolutions it
    shrinks the audio a thousandfold below the position embedding, and training takes hours longer.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)


def _texts(corpora: Path) -> Iterator[str]:
    for manifest in sorted(corpora.glob("*/train.jsonl")):
        yield from (utterance.text for utterance in read_manifest(manifest))
    # Words of the prompt, weighted so that a tag takes few tokens.
    names = [SHIPPED[key].tag for key in PAPER] + ["None"]
    for name in names * 400:
        yield f"user\nassistant\nsystem\nlanguage {name}"
    for syllable in SYLLABLES:  # a word of theirs costs a token for each
        yield from [syllable, f" {syllable}"] * 20


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpora", type=Path)
    arguments.add_argument("out", type=Path)
    chosen = arguments.parse_args()
    blank(chosen.corpora, chosen.out)
