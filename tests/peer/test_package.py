"""A random checkpoint of the `qwen-asr` package 0.0.6, loaded here, computes what it does there.

But for two things that are the package's own: it does not pad a clip below a second to one, and has
windows of 8 s with FlashAttention alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from peers import CLOSE, Theirs, asked, logits, said

from plion.models.locate import MINI
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint

pytestmark = pytest.mark.peer

SHORT, EQUAL, LONG = (0.6, 0.75), (1.0, 1.37, 2.5, 5.05, 8.0), (8.01, 10.6, 20.0)  # seconds

# Of the logits of a clip of so many seconds, heard in a window, by an attention.
Difference = Callable[..., float]


@dataclass(frozen=True)
class Random:
    """A checkpoint of random weights that the package made, and clips of many lengths."""

    folder: Path
    clips: dict[str, np.ndarray]
    theirs: dict[str, Theirs]

    def checkpoint(self, attention: str = "sdpa") -> Checkpoint:
        """As it is loaded here, from the layout of the package."""
        checkpoint = load_checkpoint(str(self.folder), attention=attention)
        checkpoint.model.eval()
        return checkpoint


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> Random:
    out = tmp_path_factory.mktemp("random")
    clips = {str(seconds): wave(seconds) for seconds in (*SHORT, *EQUAL, *LONG)}
    folder = out / "model"
    return Random(folder, clips, asked(folder, clips, out, "--new", str(MINI)))


@pytest.fixture
def difference(random: Random, capsys: pytest.CaptureFixture[str]) -> Difference:
    """The largest between a logit of the package and ours; their standard deviation is 1."""

    def found(seconds: float, window: str = "8s", attention: str = "sdpa") -> float:
        ours = logits(random.checkpoint(attention), random.clips[str(seconds)], window)
        largest = float((ours - random.theirs[str(seconds)].logits).abs().max())
        with capsys.disabled():
            print(f"\n{seconds:5.2f} s, window {window:4}, {attention:9}: {largest:.1e}", end=" ")
        return largest

    return found


def wave(seconds: float) -> np.ndarray:
    """A voice of sorts: a gliding tone that swells, with noise."""
    time = np.arange(round(16_000 * seconds)) / 16_000
    glide = np.sin(2 * np.pi * (300 * time - 70 * np.cos(3 * time))) * (1 + np.sin(7 * time))
    noise = np.random.default_rng(0).normal(0, 0.02, len(time))
    made: np.ndarray = (0.2 * glide + noise).astype(np.float32)
    return made


@pytest.mark.parametrize("seconds", [*SHORT, *EQUAL, *LONG])
def test_prompts_are_the_packages(random: Random, seconds: float) -> None:
    own = random.checkpoint().prompter.request(len(random.clips[str(seconds)]))
    assert own == random.theirs[str(seconds)].ids


@pytest.mark.parametrize("attention", ["sdpa", "reference"])
@pytest.mark.parametrize("seconds", EQUAL)
def test_from_1_s_to_8_s_logits_are_the_packages(
    difference: Difference, seconds: float, attention: str
) -> None:
    assert difference(seconds, attention=attention) < CLOSE


@pytest.mark.parametrize("attention", ["sdpa", "reference"])
@pytest.mark.parametrize("seconds", LONG)
def test_above_8_s_logits_in_a_full_window_are_the_packages(
    difference: Difference, seconds: float, attention: str
) -> None:
    assert difference(seconds, "full", attention) < CLOSE


@pytest.mark.parametrize("seconds", [*EQUAL, *LONG])
def test_transcripts_are_the_packages(random: Random, seconds: float) -> None:
    checkpoint, theirs = random.checkpoint(), random.theirs[str(seconds)]
    text = said(checkpoint, random.clips[str(seconds)], "full")
    assert text == checkpoint.prompter.decode(theirs.said)


@pytest.mark.parametrize("seconds", LONG)
def test_above_8_s_windows_of_8_s_differ_from_the_package(
    difference: Difference, seconds: float
) -> None:
    assert 10 * CLOSE < difference(seconds) < 2


@pytest.mark.parametrize("seconds", SHORT)
def test_below_1_s_the_package_differs_for_it_does_not_pad(
    difference: Difference, seconds: float
) -> None:
    assert CLOSE < difference(seconds) < 0.1
