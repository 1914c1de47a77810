"""The languages of the package: the 30 that Qwen3-ASR names, in its order, and Tamil.

Metrics are those of FLEURS and of Whisper's paper (arXiv 2212.04356, appendix D): characters
where words are not parted by spaces, words elsewhere. Word error rates of Thai, Japanese and
Cantonese are refused: without a segmenter a word is whatever stands between two spaces, a phrase
or a sentence. (Mandarin's are accepted, since earlier versions scored them.)
"""

from collections.abc import Iterable

from plion.text.languages import Language, Languages
from plion.text.metrics import Metric

# Those of arXiv 2603.16184. They stand first in every table, and what a transcript may be taken for
# are these and the languages that are in use. Runs of them alone write no rows down.
PAPER = ("en", "zh", "ta", "ms")

_BY_WORDS: tuple[Metric, ...] = ("wer", "mer")
_HAN = ("join Han", "simplify Han", "show spaces")

# fmt: off
SHIPPED = Languages((
    Language("zh", "Chinese", ("Han",), "cer", model_name="Chinese", normalisation=_HAN,
             numbers="mandarin", color="#EE8866"),
    Language("en", "English", ("Latin",), "wer", model_name="English", numbers="english",
             whisper="english", color="#77AADD"),
    Language("yue", "Cantonese", ("Han",), "cer", model_name="Cantonese", normalisation=_HAN,
             refuses=_BY_WORDS),
    Language("ar", "Arabic", ("Arabic",), "wer", model_name="Arabic"),
    Language("de", "German", ("Latin",), "wer", model_name="German"),
    Language("fr", "French", ("Latin",), "wer", model_name="French"),
    Language("es", "Spanish", ("Latin",), "wer", model_name="Spanish"),
    Language("pt", "Portuguese", ("Latin",), "wer", model_name="Portuguese"),
    Language("id", "Indonesian", ("Latin",), "wer", model_name="Indonesian"),
    Language("it", "Italian", ("Latin",), "wer", model_name="Italian"),
    Language("ko", "Korean", ("Hangul",), "wer", second_metric="cer", model_name="Korean"),
    Language("ru", "Russian", ("Cyrillic",), "wer", model_name="Russian"),
    Language("th", "Thai", ("Thai",), "cer", model_name="Thai", normalisation=("show spaces",),
             refuses=_BY_WORDS),
    Language("vi", "Vietnamese", ("Latin",), "wer", model_name="Vietnamese"),
    Language("ja", "Japanese", ("Han", "Hiragana", "Katakana"), "cer", model_name="Japanese",
             normalisation=("show spaces",), refuses=_BY_WORDS),
    Language("tr", "Turkish", ("Latin",), "wer", model_name="Turkish"),
    Language("hi", "Hindi", ("Devanagari",), "wer", second_metric="gcer", model_name="Hindi"),
    Language("ms", "Malay", ("Latin",), "wer", model_name="Malay", color="#EEDD88", capped=True),
    Language("nl", "Dutch", ("Latin",), "wer", model_name="Dutch"),
    Language("sv", "Swedish", ("Latin",), "wer", model_name="Swedish"),
    Language("da", "Danish", ("Latin",), "wer", model_name="Danish"),
    Language("fi", "Finnish", ("Latin",), "wer", model_name="Finnish"),
    Language("pl", "Polish", ("Latin",), "wer", model_name="Polish"),
    Language("cs", "Czech", ("Latin",), "wer", model_name="Czech"),
    Language("tl", "Filipino", ("Latin",), "wer", model_name="Filipino"),
    Language("fa", "Persian", ("Arabic",), "wer", model_name="Persian"),
    Language("el", "Greek", ("Greek",), "wer", model_name="Greek"),
    Language("ro", "Romanian", ("Latin",), "wer", model_name="Romanian"),
    Language("hu", "Hungarian", ("Latin",), "wer", model_name="Hungarian"),
    Language("mk", "Macedonian", ("Cyrillic",), "wer", model_name="Macedonian"),
    # Where words are parted in Tamil is partly the writer's choice, and one wrong sound makes a
    # long word wrong: hence its grapheme clusters.
    Language("ta", "Tamil", ("Tamil",), "wer", second_metric="gcer", color="#44BB99", capped=True,
             normalisation=("unify look-alikes",), numbers="tamil"),
))
# fmt: on

_ORDER = {key: place for place, key in enumerate(dict.fromkeys((*PAPER, *SHIPPED)))}


def in_order(keys: Iterable[str]) -> list[str]:
    """The keys without repeats: the paper's first, then the package's, then others as given."""
    return sorted(dict.fromkeys(keys), key=lambda key: _ORDER.get(key, len(_ORDER)))


def candidates(rows: Iterable[Language]) -> tuple[Language, ...]:
    """The languages considered for a transcript: the paper's and those in use, in order."""
    known = Languages([*(SHIPPED[key] for key in PAPER), *rows])
    return tuple(known[key] for key in in_order(known))


def to_record(rows: Iterable[Language]) -> list[Language]:
    """The rows that a run records: all but the paper's languages as shipped."""
    used = Languages(rows)
    return [used[key] for key in in_order(used) if key not in PAPER or used[key] != SHIPPED[key]]
