"""FLEURS in cmn_hans_cn, ta_in and ms_my, in its publisher's layout or Hugging Face's.

    ta_in/{train,dev,test}.tsv         ta_in/audio/{train,dev,test}/100.wav
    data/ta_in/{train,dev,test}.tsv    data/ta_in/audio/{train,dev,test}.tar.gz of such folders

Tables have no header and seven fields: sentence id, file name, text as written, text in lower case
without punctuation, its characters, number of samples at 16 kHz, gender. Each sentence is read by
two or three speakers, who are not named.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import PurePosixPath

import regex

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import broken, each, fields
from plion.data.corpora.packed import top
from plion.data.corpora.tree import Tree
from plion.errors import InputError
from plion.text.shipped import SHIPPED

PARTS: dict[str, Part] = {"train": "train", "dev": "valid", "test": "test"}
FIELDS = 7
RATE = 16_000
SAMPLE = 20  # lines by which the script of a folder is known

_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(_[a-z]{4})?_([a-z]{2}|\d{3})")


def read_fleurs(tree: Tree, code: str, language: str) -> Iterator[Entry | Omitted]:
    """The utterances of one language; `code`: FLEURS's name for it, `language`: its key.

    `text` is the text as written, `text_alt` the one in lower case. File names are unique within a
    part only, so ids are `ta_in-train-100`.
    """
    folder = _folder(tree, code)
    _check_script(tree, f"{folder}/train.tsv", code, language)
    for name, part in PARTS.items():
        path = f"{folder}/{name}.tsv"
        start = f"{code}-{name}-"
        yield from each(
            fields(tree, path, FIELDS), partial(_entry, path=path, part=part, start=start)
        )


def _entry(number: int, row: list[str], *, path: str, part: Part, start: str) -> Entry:
    sentence, file, raw, plain, _, samples, _ = row
    if not (samples.isdecimal() and float(samples)):  # of any number of digits
        raise broken(path, number, f"'{samples}' is not a number of samples")
    table = PurePosixPath(path)
    return Entry(
        id=f"{start}{PurePosixPath(file).stem}",
        audio=str(table.parent / "audio" / table.stem / file),
        text=raw,
        part=part,
        sentence=sentence,
        text_alt=plain,
        duration=float(samples) / RATE,
    )


def _folder(tree: Tree, code: str) -> str:
    """The folder named after the language, else the only one not named after another language."""
    lists = [{PurePosixPath(path).parent for path in tree.glob(f"{name}.tsv")} for name in PARTS]
    complete = sorted(set.intersection(*lists))
    own = [folder for folder in complete if folder.name.lower() == code]
    found = own or [folder for folder in complete if not _LANGUAGE_CODE.fullmatch(folder.name)]
    if len(found) == 1:
        return str(found[0])
    names = ", ".join(map(str, found or complete)) or "none"
    if found:
        raise InputError(f"FLEURS {code}: several folders may be it ({names}); give one of them")
    raise InputError(f"FLEURS: found no folder {code} with train, dev and test.tsv; found {names}")


def pieces(archives: Sequence[str], folders: Collection[str], code: str) -> list[str]:
    """The publisher's archive of the language or Hugging Face's three; else any named by part."""
    names = [(path, f"/{path}/".lower(), top(path).lower()) for path in archives]
    language = [path for path, lower, name in names if f"/{code}/" in lower or name == code]
    return language or [path for path, _, name in names if name in PARTS]


def _check_script(tree: Tree, path: str, code: str, language: str) -> None:
    """InputError where the first texts are mostly in the script of another language."""
    whole = (row[1] for row in fields(tree, path, FIELDS) if not isinstance(row, Omitted))
    texts = "".join(row[2] for row in islice(whole, SAMPLE))
    scripts = {name for row in SHIPPED.values() for name in row.script}
    letters = Counter({name: len(regex.findall(rf"\p{{{name}}}", texts)) for name in scripts})
    (expected,) = SHIPPED[language].script
    script, most = letters.most_common(1)[0]
    if most > letters[expected]:
        raise InputError(f"FLEURS {code}: {path} is in {script} script, not {expected}")


def _corpus(key: str, code: str, language: str) -> Corpus:
    return Corpus(
        key=key,
        language=language,
        looks_for=tuple(f"{name}.tsv" for name in PARTS),
        read=partial(read_fleurs, code=code, language=language),
        pieces=partial(pieces, code=code),
        parts=tuple(PARTS.values()),
        takes_all=False,
    )


ZH = _corpus("fleurs_zh", "cmn_hans_cn", "zh")
TA = _corpus("fleurs_ta", "ta_in", "ta")
MS = _corpus("fleurs_ms", "ms_my", "ms")
