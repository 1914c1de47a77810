"""The audio tower in one call a layer: equal to the library's loop, and nothing else changed."""

import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from library import padded
from tiny import Tiny
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import Qwen3ASREncoder, Qwen3ASREncoderConfig

from plion.errors import InputError
from plion.models.qwen3_asr import encoder
from plion.models.qwen3_asr.encoder import ATTENTION, WINDOWS, embeddings, encode
from plion.models.qwen3_asr.files.checkpoint import load_checkpoint
from plion.models.qwen3_asr.prompt import audio_tokens
from plion.models.qwen3_asr.tensors import Audio, request

MELS, LAYERS, WINDOW, TOKEN = 16, 3, 800, 7
LENGTHS = {
    "shorter than a second": [99],
    "exactly one window": [WINDOW],
    "a frame more than a window": [WINDOW + 1],
    "as long as a clip may be": [3000],
    "all shorter than a second": [51, 99, 60],
    "whole windows of two clips": [WINDOW, 2 * WINDOW],
    "clips of unlike length": [130, WINDOW, 3000, 2 * WINDOW + 7, 51, WINDOW + 1],
}
RAGGED = LENGTHS["clips of unlike length"]


def tower(attention: str = "sdpa", **settings: Any) -> Qwen3ASREncoder:
    """A tower with weights so large that each key matters."""
    torch.manual_seed(0)
    config = Qwen3ASREncoderConfig(
        num_mel_bins=MELS,
        encoder_layers=LAYERS,
        encoder_attention_heads=4,
        encoder_ffn_dim=64,
        d_model=32,
        downsample_hidden_size=8,
        initializer_range=0.3,
        **settings,
    )
    wanted = ATTENTION[attention]["audio_config"]
    model: Qwen3ASREncoder = Qwen3ASREncoder._from_config(config, attn_implementation=wanted)
    return model


def clips(lengths: Sequence[int]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(len(lengths))
    return [torch.randn(MELS, length, generator=generator) for length in lengths]


def audio(lengths: Sequence[int], window: str = "8s") -> Audio:
    prompts = [[1, *[TOKEN] * audio_tokens(160 * length), 2] for length in lengths]
    return request(clips(lengths), prompts, TOKEN, 0, window=window).audio


def by_the_library(model: Qwen3ASREncoder, lengths: Sequence[int]) -> torch.Tensor:
    given = padded(clips(lengths))
    given["input_features"] = given["input_features"].to(model.dtype)
    found: torch.Tensor = model(**given).last_hidden_state
    return found


def by_encode(model: Qwen3ASREncoder, lengths: Sequence[int], window: str = "8s") -> torch.Tensor:
    return encode(model, audio(lengths, window))


def gradients(model: Qwen3ASREncoder, found: torch.Tensor) -> dict[str, torch.Tensor]:
    """The gradient of each weight under a loss unlike at every position."""
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1))
    ((found.float() * weights).sum() / found.numel() ** 0.5).backward()
    result = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    model.zero_grad()
    return result


def assert_equal(
    model: Qwen3ASREncoder, lengths: Sequence[int], tolerance: float = 1e-5, **settings: Any
) -> None:
    """Forward and backward, against the library's. Both are of the order of 1, or a tenth."""
    library = tower("reference", **settings).to(model.dtype)  # type: ignore[arg-type]
    found, expected = by_encode(model, lengths), by_the_library(library, lengths)
    torch.testing.assert_close(found, expected, atol=tolerance, rtol=tolerance)
    of_all = gradients(model, found)
    assert len(of_all) == len(list(model.parameters()))
    wanted = gradients(library, expected)
    torch.testing.assert_close(of_all, wanted, atol=tolerance, rtol=tolerance)


class Calls(TorchDispatchMode):
    """Counts calls of attention, by whatever kernel, and the chunks that are convolved."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = 0
        self.chunks = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.attention += int("scaled_dot_product" in str(func))
        if "convolution" in str(func):
            self.chunks = len(args[0])
        return func(*args, **(kwargs or {}))


def calls(model: Qwen3ASREncoder, lengths: Sequence[int]) -> Calls:
    counted = Calls()
    with counted, torch.no_grad():
        by_encode(model, lengths)
    return counted


@pytest.mark.parametrize("attention", ["sdpa", "reference"])
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS.keys())
def test_outputs_and_gradients_are_the_librarys(lengths: list[int], attention: str) -> None:
    assert_equal(tower(attention), lengths)


@pytest.mark.parametrize("seed", range(4))
def test_random_lengths_give_what_the_library_gives(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    count = int(torch.randint(1, 9, (), generator=generator))
    assert_equal(tower(), torch.randint(50, 3000, (count,), generator=generator).tolist())


def test_a_layer_attends_once_however_many_windows_there_are() -> None:
    assert calls(tower(), RAGGED).attention == LAYERS
    assert calls(tower("reference"), RAGGED).attention == 12 * LAYERS


def test_chunks_of_padding_alone_are_not_convolved() -> None:
    assert calls(tower(), [3000, 51, 130]).chunks == 30 + 1 + 2


def test_a_clip_hears_nothing_of_what_shares_its_batch() -> None:
    together = by_encode(tower(), RAGGED)
    first = torch.tensor([audio_tokens(160 * length) for length in RAGGED]).cumsum(0)
    alone = encode(tower(), request([clips(RAGGED)[1]], [[TOKEN]], TOKEN, 0).audio)
    torch.testing.assert_close(together[first[0] : first[1]], alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("attention", ["sdpa", "reference"])
@pytest.mark.parametrize("lengths", [[1060], [2000, 51], RAGGED], ids=["one", "two", "many"])
def test_a_full_window_is_what_the_library_has_of_windows_that_no_clip_fills(
    lengths: list[int], attention: str
) -> None:
    expected = by_the_library(tower("reference", n_window_infer=3000), lengths)
    found = by_encode(tower(attention), lengths, "full")
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_a_full_window_changes_clips_above_eight_seconds_alone() -> None:
    short, long = [51, 130, WINDOW], [WINDOW + 1]
    assert torch.equal(by_encode(tower(), short, "full"), by_encode(tower(), short))
    far = (by_encode(tower(), long, "full") - by_encode(tower(), long)).abs().max()
    assert far > 0.01


@pytest.mark.parametrize("reentrant", [False, True])
def test_gradient_checkpointing_changes_nothing(reentrant: bool) -> None:
    model = tower().train()
    model.activation_checkpointing_enable({"use_reentrant": reentrant})
    assert_equal(model, RAGGED)


def test_bfloat16_weights_give_what_the_library_gives_to_their_precision() -> None:
    assert_equal(tower().bfloat16(), RAGGED, 0.05)


def test_autocast_gives_what_the_library_gives_to_its_precision() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert_equal(tower(), RAGGED, 0.05)


def test_the_library_by_itself_goes_on_window_by_window() -> None:
    found, expected = by_the_library(tower(), RAGGED), by_the_library(tower("reference"), RAGGED)
    assert torch.equal(found, expected)


@pytest.mark.parametrize("attention", ["sdpa", "reference"])  # flash needs CUDA
def test_the_words_are_read_as_ever_and_the_audio_stands_among_them(
    attention: str, tiny: Tiny
) -> None:
    checkpoint = load_checkpoint(str(tiny.model), attention=attention)
    mels = [torch.randn(80, length) for length in (930, 61)]
    prompts = [checkpoint.prompter.request(160 * mel.shape[1]) for mel in mels]
    asked = request(mels, prompts, checkpoint.prompter.audio, checkpoint.prompter.end)
    found = embeddings(checkpoint.model, asked.ids, asked.audio)
    model = load_checkpoint(str(tiny.model), attention="reference").model
    expected = model.get_input_embeddings()(asked.ids)
    heard = model.get_audio_features(**padded(mels)).pooler_output
    expected = expected.masked_scatter((asked.ids == checkpoint.prompter.audio)[..., None], heard)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_places_that_are_more_than_the_audio_are_an_error(tiny: Tiny) -> None:
    checkpoint = load_checkpoint(str(tiny.model))
    ids = [checkpoint.prompter.request(32_000)]
    asked = request([torch.zeros(80, 100)], ids, checkpoint.prompter.audio, 0)
    with pytest.raises(RuntimeError, match="shape mismatch|broadcast"):
        embeddings(checkpoint.model, asked.ids, asked.audio)


def test_the_language_models_attention_is_left_alone(tiny: Tiny) -> None:
    config = load_checkpoint(str(tiny.model), attention="sdpa").model.config
    assert config.audio_config._attn_implementation == WINDOWS
    assert config.text_config._attn_implementation == "sdpa"


def test_what_is_saved_is_the_same_to_the_byte(tiny: Tiny, tmp_path: Path) -> None:
    for attention in ("sdpa", "reference"):
        load_checkpoint(str(tiny.model), attention=attention).model.save_pretrained(
            tmp_path / attention
        )
    files = sorted(path.name for path in (tmp_path / "sdpa").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "reference").iterdir())
    for name in files:
        one, other = (tmp_path / attention / name for attention in ("sdpa", "reference"))
        assert one.read_bytes() == other.read_bytes(), name


def test_a_tower_with_windows_of_another_length_is_refused() -> None:
    config = SimpleNamespace(audio_config=Qwen3ASREncoderConfig(n_window_infer=200))
    with pytest.raises(InputError, match="windows of 200"):
        encoder.check_encoder(config, Path("model"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("window", "longest"), [("8s", 104), ("full", 390)])
def test_flash_attention_is_given_the_windows_as_they_are_packed(
    window: str, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def packed(
        module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        bounds = options["cu_seq_lens_q"]
        assert bounds is options["cu_seq_lens_k"] and bounds.dtype == torch.int32
        given.append((options["max_length_q"], options["max_length_k"]))
        parts = (part.tensor_split(bounds[1:-1].tolist(), dim=2) for part in (query, key, value))
        one_window = encoder.AttentionInterface()["sdpa"]
        found = [
            one_window(module, *window, None, scaling=options["scaling"], is_causal=False)[0]
            for window in zip(*parts, strict=True)
        ]
        return torch.cat(found, dim=1), None

    library = sys.modules[Qwen3ASREncoder.__module__]
    model, expected = tower(), tower("reference")
    model.config._attn_implementation = "flash_attention_2"
    functions = copy.copy(library.ALL_ATTENTION_FUNCTIONS)
    functions["flash_attention_2"] = packed
    monkeypatch.setattr(library, "ALL_ATTENTION_FUNCTIONS", functions)
    found = by_encode(model, RAGGED, window)
    torch.testing.assert_close(found, by_encode(expected, RAGGED, window), atol=1e-5, rtol=1e-5)
    assert given == [(longest, longest)] * LAYERS
