"""espeak-ng behind one function: what a waveform is like, and what is said when there is none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from plion.cli.main import main
from plion.data.mini.speech.espeak import SAMPLE_RATE, Voice, speak

VOICE = Voice("m3", pitch=50, intonation=50, rate=200)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "teacher"), ("cmn", "今天"), ("ta", "வீடு"), ("ms", "rumah")],
)
def test_every_language_has_a_voice(language: str, text: str) -> None:
    wave = speak(text, language, VOICE)
    assert wave.dtype == np.float32 and wave.ndim == 1
    assert 0.1 < len(wave) / SAMPLE_RATE < 2 and 0.05 < np.abs(wave).max() <= 1


def test_nothing_but_a_breath_of_silence_is_left_at_either_end() -> None:
    wave = np.abs(speak("river garden", "en", VOICE))
    breath = SAMPLE_RATE // 20
    assert wave[:breath].max() > 0.005 and wave[-breath:].max() > 0.005


def test_a_faster_voice_takes_less_time() -> None:
    slow, fast = (
        speak("seven yellow umbrellas", "en", Voice("m3", 50, 50, rate)) for rate in (150, 300)
    )
    assert len(fast) < 0.8 * len(slow)


def test_a_variant_is_another_voice() -> None:
    man, woman = (speak("mountain", "en", Voice(v, 50, 50, 200)) for v in ("m3", "f2"))
    length = min(len(man), len(woman))
    assert not np.allclose(man[:length], woman[:length], atol=0.05)


def test_text_without_a_sound_is_refused() -> None:
    with pytest.raises(RuntimeError, match="said nothing for ' ' in en"):
        speak(" ", "en", VOICE)


def test_a_language_without_a_voice_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no voice xx"):
        speak("teacher", "xx", VOICE)


def test_without_the_library_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in [name for name in sys.modules if name.startswith("plion.data.mini")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    assert main(["data", "mini", "--out", str(tmp_path / "mini")]) == 2
    assert "needs espeakng_loader" in (told := capsys.readouterr().err)
    assert "pip install 'plion[demo]'" in told


def test_breathy_voices_are_repeatable_in_a_fresh_process() -> None:
    program = """
import hashlib
from plion.data.mini.speech.espeak import Voice, speak
voices = [Voice(variant, 50, 50, 250) for variant in ("f2", "f3", "f5", "victor")]
waves = b"".join(speak("river", "en", voice).tobytes() for voice in voices)
print(hashlib.sha256(waves).hexdigest())
"""
    first, again = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    )
    assert first == again
