"""Small recognisers of the library's real classes, with random weights, in the published layout."""

import json
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    MoonshineConfig,
    MoonshineForConditionalGeneration,
    PreTrainedTokenizerFast,
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperProcessor,
    WhisperTokenizer,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_OPENING = ("<|startoftranscript|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>")
_END = "<|endoftext|>"


def whisper(
    folder: Path, languages: str = "en zh ta ms id", seconds: int = 30, positions: int = 40
) -> Path:
    """A Whisper that says letters; without languages, one that is of English alone.

    It hears so many seconds at a time, and has so many positions for what it says.
    """
    torch.manual_seed(0)
    tokens = [f"<|{code}|>" for code in languages.split()]
    tokenizer = _bytes([_END, *_OPENING, *tokens])
    tokenizer.add_tokens([AddedToken(f"<|{frame / 50:.2f}|>") for frame in range(1501)])
    ids = {token: tokenizer.token_to_id(token) for token in (_END, *_OPENING, *tokens)}
    config = WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_source_positions=50 * seconds,
        max_target_positions=positions,
        init_std=0.5,
        decoder_start_token_id=ids["<|startoftranscript|>"],
        suppress_tokens=None,
        begin_suppress_tokens=None,
        **{f"{kind}_token_id": ids[_END] for kind in ("bos", "eos", "pad")},
    )
    model = WhisperForConditionalGeneration(config)
    model.save_pretrained(folder)
    letters = {tokenizer.token_to_id(letter) for letter in LETTERS}
    settings = {
        "decoder_start_token_id": ids["<|startoftranscript|>"],
        "eos_token_id": ids[_END],
        "pad_token_id": ids[_END],
        "no_timestamps_token_id": ids["<|notimestamps|>"],
        "max_length": positions,
        "suppress_tokens": sorted(set(range(config.vocab_size)) - letters),
    }
    if tokens:
        settings |= {
            "is_multilingual": True,
            "lang_to_id": {token: ids[token] for token in tokens},
            "task_to_id": {kind: ids[f"<|{kind}|>"] for kind in ("translate", "transcribe")},
        }
    (folder / "generation_config.json").write_text(json.dumps(settings))
    marks = {f"{kind}_token": _END for kind in ("unk", "bos", "eos", "pad")}
    whole = WhisperTokenizer(tokenizer_object=tokenizer, **marks)
    WhisperProcessor(WhisperFeatureExtractor(chunk_length=seconds), whole).save_pretrained(folder)
    return folder


def wav2vec2(folder: Path) -> Path:
    """A CTC model over letters."""
    torch.manual_seed(0)
    folder.mkdir()
    vocabulary = ["<pad>", "<s>", "</s>", "<unk>", "|", *LETTERS]
    (folder / "vocab.json").write_text(json.dumps({t: n for n, t in enumerate(vocabulary)}))
    config = Wav2Vec2Config(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(16, 16, 16),
        conv_stride=(10, 8, 4),
        conv_kernel=(10, 8, 4),
        num_feat_extract_layers=3,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        initializer_range=1.0,
    )
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    tokenizer = Wav2Vec2CTCTokenizer(str(folder / "vocab.json"))
    Wav2Vec2Processor(Wav2Vec2FeatureExtractor(), tokenizer).save_pretrained(folder)
    return folder


def moonshine(folder: Path) -> Path:
    """An encoder with a decoder that is not Whisper, and takes samples instead of features."""
    torch.manual_seed(0)
    tokenizer = _bytes(["<s>", "</s>"])
    config = MoonshineConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        intermediate_size=64,
        encoder_num_hidden_layers=1,
        decoder_num_hidden_layers=1,
        encoder_num_attention_heads=2,
        decoder_num_attention_heads=2,
        decoder_start_token_id=tokenizer.token_to_id("<s>"),
        bos_token_id=tokenizer.token_to_id("<s>"),
        eos_token_id=tokenizer.token_to_id("</s>"),
        initializer_range=0.5,
    )
    MoonshineForConditionalGeneration(config).save_pretrained(folder)
    whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    extractor = Wav2Vec2FeatureExtractor(do_normalize=False)
    Wav2Vec2Processor(extractor, whole).save_pretrained(folder)
    return folder


def _bytes(special: list[str]) -> Tokenizer:
    """A tokenizer of single bytes and special tokens."""
    vocabulary = {letter: n for n, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    return tokenizer
