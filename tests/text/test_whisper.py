import jiwer
import pytest
from whisper_normalizer.basic import BasicTextNormalizer

from plion.errors import InputError
from plion.scoring.counts import count
from plion.text.normalize import normalize
from plion.text.shipped import SHIPPED

# Tamil words, and the same with another vowel sign in one place.
WORDS = {
    "பள்ளி": "பள்ளு",
    "வீடு": "வாடு",
    "மொழியில்": "மொழியால்",
    "சிவப்பு": "சுவப்பு",
    "பேசுகிறேன்": "பேசுகிறீன்",
    "காலை": "கீலை",
    "பெரிய": "பெரிய\u0bc1",
    "நான்கு": "நூன்கு",
    "வாங்கு": "வீங்கு",
    "தேடு": "தாடு",
}


@pytest.fixture
def vowel_errors() -> tuple[list[str], list[str]]:
    """A hundred sentences of ten words; 297 of the thousand words have a wrong vowel sign."""
    references, hypotheses = [], []
    for number in range(100):
        wrong = 3 if number < 97 else 2
        words = list(WORDS)[number % 10 :] + list(WORDS)[: number % 10]
        references.append(" ".join(words))
        hypotheses.append(" ".join([WORDS[word] for word in words[:wrong]] + words[wrong:]))
    return references, hypotheses


@pytest.mark.parametrize("profile", ["strict", "numbers", "evalkit", "raw"])
def test_every_wrong_vowel_sign_is_an_error(
    profile: str, vowel_errors: tuple[list[str], list[str]]
) -> None:
    counted = count(*vowel_errors, SHIPPED["ta"], "wer", profile=profile).pooled()
    assert (counted.errors, counted.substitutions, counted.reference_length) == (297, 297, 1000)


def test_whispers_basic_normaliser_would_hide_them_all(
    vowel_errors: tuple[list[str], list[str]],
) -> None:
    references, hypotheses = ([*map(BasicTextNormalizer(), texts)] for texts in vowel_errors)
    assert jiwer.wer(references, hypotheses) == 0


@pytest.mark.parametrize("profile", ["whisper", "whisper-1"])
def test_so_it_is_refused_in_tamil(profile: str) -> None:
    with pytest.raises(InputError, match="'whisper-1' is refused in ta: .*vowel signs.*strict"):
        normalize("பள்ளி", SHIPPED["ta"], profile)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Um, I can't colour [noise] twenty-one doors.", "i can not color 21 doors"),
        ("ms", "Kanak-kanak (ketawa) twenty", "kanak kanak twenty"),
        ("zh", "你好，《世界》 21", "你好 世界 21"),
    ],
)
def test_it_is_whispers_own_normaliser(language: str, text: str, expected: str) -> None:
    assert normalize(text, SHIPPED[language], "whisper") == expected
