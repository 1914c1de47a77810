"""The twelve corpora of mini12 as rows: size, wording, speakers, channel, spelling and split.

Train sizes are Table 1 of the paper (arXiv 2603.16184) divided by 100, at least 24; mean
durations are about a quarter of its. What else differs (phrase length, rate, noise, spelling)
follows the habits of the real corpora.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from plion.data.mini.speech.words import Sentence

Spelling = Callable[[Sentence, int], str]
"""Words and the sentence's number in its split, to text as the publisher would print it."""


@dataclass(frozen=True)
class Channel:
    """Recording conditions of a corpus: ranges from which every utterance draws."""

    cutoff: tuple[float, float] = (7_000.0, 7_600.0)  # Hz
    snr: tuple[float, float] = (25.0, 40.0)  # dB
    gain: tuple[float, float] = (-9.0, -1.0)  # dB


@dataclass(frozen=True)
class MiniCorpus:
    """One synthetic corpus; `sizes`: utterances per split, `length`: words per sentence.

    If the real publisher ships no split, `plion data prepare` splits the corpus again: into parts
    of the same sizes with other utterances.
    """

    key: str
    language: str
    sizes: Mapping[str, int]
    length: tuple[int, int]
    rate: tuple[int, int]  # words per minute
    speakers: tuple[int, int]  # in train; in valid and test each
    spelling: Spelling
    channel: Channel = field(default_factory=Channel)
    keep: float = 0.8  # share of the language's words that it uses
    shared_speakers: bool = False  # test speakers are among train's, as in the real corpus
    names_speakers: bool = True  # FLEURS names none: its blocks are sentences
    readings: int = 1  # of each sentence, consecutive
    split: str = "ratio"
    silence: float = 0.0  # share of utterances with noise only and an empty text


def _upper(words: Sentence, _: int) -> str:
    return " ".join(words).upper()


def _plain(words: Sentence, _: int) -> str:
    return " ".join(words)


def _joined(words: Sentence, _: int) -> str:
    return "".join(words)


def _stopped_chinese(words: Sentence, _: int) -> str:
    return "".join(words) + "。"


def _comma_chinese(words: Sentence, _: int) -> str:
    half = len(words) // 2
    return "".join(words[:half]) + "，" + "".join(words[half:]) + "。"


def _cased(words: Sentence, number: int) -> str:
    text = " ".join(words)
    return text[0].upper() + text[1:] + (".", "?", ".", "!")[number % 4]


def _comma(words: Sentence, _: int) -> str:
    half = len(words) // 2
    text = " ".join(words[:half]) + ", " + " ".join(words[half:])
    return text[0].upper() + text[1:] + "."


def _sometimes_stopped(words: Sentence, number: int) -> str:
    return " ".join(words) + ("." if number % 2 else "")


def _sizes(train: int) -> dict[str, int]:
    return {"train": train, "valid": 40, "test": 150}


_STUDIO = Channel(cutoff=(7_000.0, 7_900.0), snr=(30.0, 45.0))
_PHONE = Channel(cutoff=(3_600.0, 7_000.0), snr=(15.0, 35.0), gain=(-15.0, -1.0))
_ROOM = Channel(cutoff=(5_000.0, 7_600.0), snr=(20.0, 35.0), gain=(-12.0, -1.0))

MINI12 = (
    MiniCorpus("librispeech", "en", _sizes(285), (8, 12), (190, 230), (24, 8), _upper, _STUDIO),
    MiniCorpus("nsc", "en", _sizes(1000), (3, 6), (200, 260), (40, 8), _cased, _ROOM,
               split="1000:40:150"),
    MiniCorpus("commonvoice_zh", "zh", _sizes(295), (3, 5), (220, 280), (40, 12),
               _stopped_chinese, _PHONE),
    MiniCorpus("aishell1", "zh", _sizes(1201), (3, 5), (260, 300), (34, 5), _joined, _STUDIO),
    MiniCorpus("aishell3", "zh", _sizes(569), (2, 4), (250, 300), (22, 16), _joined, _STUDIO,
               shared_speakers=True, split="569:40:150"),
    MiniCorpus("fleurs_zh", "zh", _sizes(32), (7, 10), (230, 280), (12, 8), _comma_chinese,
               _ROOM, names_speakers=False, readings=2),
    MiniCorpus("commonvoice_ta", "ta", _sizes(452), (4, 7), (200, 260), (30, 10),
               _sometimes_stopped, _PHONE),
    MiniCorpus("slr65", "ta", _sizes(34), (4, 6), (200, 240), (12, 8), _sometimes_stopped,
               _STUDIO, shared_speakers=True, split="34:40:150"),
    MiniCorpus("slr127", "ta", _sizes(696), (4, 7), (200, 250), (40, 20), _plain, _STUDIO,
               shared_speakers=True, split="696:40:150"),
    MiniCorpus("fleurs_ta", "ta", _sizes(24), (10, 14), (200, 250), (12, 8), _sometimes_stopped,
               _ROOM, names_speakers=False, readings=2),
    MiniCorpus("mesolitica", "ms", _sizes(179), (7, 11), (220, 280), (24, 10), _cased, _PHONE,
               split="paper"),
    MiniCorpus("fleurs_ms", "ms", _sizes(27), (10, 12), (210, 260), (12, 8), _comma, _ROOM,
               names_speakers=False, readings=2),
)  # fmt: skip

_WIDE = Channel(cutoff=(3_600.0, 7_900.0), snr=(15.0, 45.0), gain=(-15.0, -1.0))


def _base(
    key: str, language: str, sizes: tuple[int, int], length: tuple[int, int], *, silence: float
) -> MiniCorpus:
    return MiniCorpus(
        key, language, dict(zip(("train", "valid"), sizes, strict=True)), length,
        (190, 300), (120, 16), _joined if language == "zh" else _plain, _WIDE,
        keep=1.0, silence=silence,
    )  # fmt: skip


# The base model's training data: every word, many speakers, every channel, some silence. Its
# sentences and voices are not mini12's. Nearly half are single words and pairs, without which the
# model takes very long to find that the audio matters.
BASE = (
    _base("words_en", "en", (4000, 40), (1, 2), silence=0.02),
    _base("words_zh", "zh", (4000, 40), (1, 2), silence=0.02),
    _base("phrases_en", "en", (5000, 100), (2, 12), silence=0.02),
    _base("phrases_zh", "zh", (5000, 100), (2, 11), silence=0.02),
    _base("phrases_ms", "ms", (400, 100), (3, 9), silence=0.02),
)
