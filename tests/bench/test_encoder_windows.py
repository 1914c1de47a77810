"""The audio tower's attention in one call a layer against the library's loop: `make bench`."""

import copy
import time

import pytest
import torch
from shapes import SMALL
from transformers import Qwen3ASREncoder, Qwen3ASREncoderConfig

from plion.model.batch import pad_features
from plion.model.encoder import batch_windows

CLIPS, FRAMES = 8, 1200  # two windows a clip: 8 s, and 4 s to be padded
ROUNDS = 3


def step(model: Qwen3ASREncoder, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Forward and backward; the loss."""
    found = model(input_features=features, input_features_mask=mask).last_hidden_state
    loss: torch.Tensor = found.square().mean()
    loss.backward()
    model.zero_grad()
    return loss.detach()


def seconds(model: Qwen3ASREncoder, features: torch.Tensor, mask: torch.Tensor) -> float:
    """Of the processor, so that what else runs on the machine counts little."""
    started = time.process_time()
    step(model, features, mask)
    return time.process_time() - started


def kept(model: Qwen3ASREncoder, features: torch.Tensor, mask: torch.Tensor) -> tuple[float, float]:
    """The loss of a step, and the megabytes that its forward pass keeps for the backward one."""
    sizes: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = float(step(model, features, mask))
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    return loss, sum(size for place, size in sizes.items() if place not in weights) / 2**20


@pytest.mark.bench
def test_the_small_audio_tower_on_eight_clips_of_twelve_seconds() -> None:
    torch.manual_seed(0)
    loop = Qwen3ASREncoder._from_config(
        Qwen3ASREncoderConfig(**SMALL["audio_config"]), attn_implementation="sdpa"
    )
    batched = copy.deepcopy(loop)
    batch_windows(batched)
    batch = pad_features([torch.randn(128, FRAMES) for _ in range(CLIPS)])
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        (expected, loop_kept), (found, batched_kept) = kept(loop, *batch), kept(batched, *batch)
        # In turn, and the best of each: the first step of a process is slower.
        times = [(seconds(loop, *batch), seconds(batched, *batch)) for _ in range(ROUNDS)]
    finally:
        torch.set_num_threads(threads)
    slow, fast = (min(column) for column in zip(*times, strict=True))
    print(
        f"\nforward and backward of the audio tower, {CLIPS} clips of {FRAMES / 100:g} s, float32, "
        f"one thread: loop {slow:.1f} s and {loop_kept:.0f} MB kept, "
        f"batched {fast:.1f} s and {batched_kept:.0f} MB; loop/batched {slow / fast:.2f}"
    )
    assert found == pytest.approx(expected, rel=1e-5)
