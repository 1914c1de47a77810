"""Files that are whole and not ours, or not whole: every reader takes them or says what is wrong.

One property of all readers: whatever stands in a file, it is a value or an InputError that names
the file in one line. Documents are spoilt one value, or some bytes, at a time.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plion.config.experiment import evaluation, load_experiment
from plion.data.manifest import read_manifest
from plion.data.unpacking.stamps import SOURCE, Stamp, Stamps
from plion.errors import InputError
from plion.models import identity, tokenizer
from plion.models.families import family
from plion.models.folders import safetensors
from plion.models.qwen3_asr.files import layouts, sidecars
from plion.models.sources import sources
from plion.results.reading.collect import read_studies
from plion.scoring.benchmarks import suite
from plion.scoring.hypotheses import match
from plion.scoring.predictions import Prediction, read_predictions
from plion.studies.design.grid import read_ablation
from plion.studies.search.sweep_file import read_sweep

LONG = "a number of four hundred digits"  # stands for one, and so do the next for theirs
LONGER, ENDLESS, NULL, DEEP = "of five thousand digits", "1e400", "NUL", "nested deeply"
RAW = {
    LONG: "9" * 400,
    LONGER: "9" * 5000,
    ENDLESS: "1e400",
    DEEP: "[" * 3000 + "]" * 3000,
    NULL: '"\\u0000"',
}
STRANGE: list[Any] = [
    *RAW,
    *(None, True, -1, 0, 2**70, 1.5, float("nan"), float("inf")),
    *("", "x", "\ud800", "../x", [], {}, [[]], {"a": 1}, ["x"], {"": {}}),
]
FIXED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
ROW = {"id": "a", "audio": "a.wav", "text": "ab", "language": "en", "dataset": "nsc",
       "duration": 2.0, "speaker": "s", "offset": 0.5}  # fmt: skip
HEADER = {"model.a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
STAMP = f"work/.unpacked/{sha256(b'a.zip').hexdigest()[:16]}.json"
BENCHMARK = {"key": "nsc", "language": "en", "metric": "wer", "manifest": "nsc/test.jsonl"}
ADDED = {"3": {"content": "<|x|>", "lstrip": False, "special": True}}


@dataclass(frozen=True)
class Reader:
    """A reader of a file that has been made beforehand, in a folder of its own."""

    file: str
    read: Callable[[Path], object]
    tries: int = 60
    pack: Callable[[bytes], bytes] = bytes


def framed(header: bytes) -> bytes:
    """A safetensors file with a header."""
    return len(header).to_bytes(8, "little") + header + bytes(24)


def result(folder: Path) -> object:
    return read_studies([folder / "runs" / "a-00000000"])


def model(folder: Path) -> object:
    """What asks a model's folder without torch."""
    config = layouts.read_config(folder / "model")
    sidecars.check_sidecars(
        sources(folder / "model"), {"audio_config": {"num_mel_bins": 128, "n_window": 50}}
    )
    own = family(folder / "model")
    return own.companions(folder / "model"), own.mel_bins(folder / "model"), config


def stamps(folder: Path) -> object:
    known = Stamps(folder / "work")
    known.note_source(folder / "source", {"a.zip": folder / "source" / "a.zip"})
    return known.get("a.zip")


READERS = {
    "run.json": Reader("runs/a-00000000/run.json", result),
    "metrics.json": Reader("runs/a-00000000/metrics.json", result),
    "predictions": Reader("h.jsonl", lambda at: read_predictions(at / "h.jsonl")),
    "ablation.json": Reader("runs/mini/ablation.json", lambda at: read_studies([at / "runs/mini"])),
    "hypotheses": Reader("h.jsonl", lambda at: match([at / "h.jsonl"], [at / "test.jsonl"])),
    "manifest": Reader("test.jsonl", lambda at: list(read_manifest(at / "test.jsonl"))),
    "suite": Reader("suite.yaml", lambda at: suite(str(at / "suite.yaml"))),
    "experiment": Reader("base.yaml", lambda at: load_experiment(at / "base.yaml"), 30),
    "run's settings": Reader("config.yaml", lambda at: evaluation(str(at), None, None, ()), 15),
    "ablation": Reader("ablation.yaml", lambda at: read_ablation(at / "ablation.yaml"), 30),
    "sweep": Reader("sweep.yaml", lambda at: read_sweep(at / "sweep.yaml"), 30),
    "model's configuration": Reader("model/config.json", model),
    "generation settings": Reader("model/generation_config.json", model, 40),
    "feature extractor": Reader("model/preprocessor_config.json", model),
    "processor": Reader("model/processor_config.json", model),
    "tokenizer's settings": Reader(
        "model/tokenizer_config.json", lambda at: tokenizer.load_tokenizer(at / "model"), 40
    ),
    "index": Reader(f"model/{safetensors.INDEX}", lambda at: safetensors.files(at / "model"), 40),
    "weights": Reader(
        "weights/model.safetensors", lambda at: safetensors.stored(at / "weights"), 60, framed
    ),
    "adapter's base": Reader("adapter/base_model.json", lambda at: identity.base(at / "adapter")),
    "stamp": Reader(STAMP, stamps, 40),
    "source": Reader(f"work/.unpacked/{SOURCE}", stamps, 20),
}


@pytest.fixture
def whole(tmp_path: Path, runs: Any) -> Path:
    """A folder with a whole file for each reader; `runs`: tests/conftest.py's."""
    folder = tmp_path
    runs.utterances, runs.keys = 2, ["nsc"]
    runs.write(
        "a",
        1,
        hold={"quantity": "steps", "amount": 2.0},
        model={"name": "mini", "identity": "f"},
        manifests={"nsc/train": {"path": "a", "sha256": "b", "rows": 2, "hours": 1.0}},
        consumed={"en": {"hours": 1.0}},
        selected={"kind": "last", "step": 2},
        steps=2,
    )
    runs.ablation({"seed": ["a"]}, {"a": {"seed": "a"}}, base="a")
    contents: dict[str, Any] = {
        "h.jsonl": asdict(Prediction("a", "ab", "raw", "ab", "English", 2.0, "s")),
        "test.jsonl": ROW,
        "suite.yaml": [BENCHMARK],
        "base.yaml": {"name": "b", "seed": 1, "optim": {"lr": 0.1}, "model": {"freeze": []}},
        "config.yaml": {"data": {"suite": "mini12", "root": "data"}, "trainer": {"threads": 2}},
        "ablation.yaml": {
            "question": "?",
            "base": "base.yaml",
            "suite": "mini12",
            "hold": {"quantity": "steps", "amount": 2},
            "axes": {"sampler": {"a": {"sampler.name": "balanced"}}, "tag.train": ["none"]},
            "seeds": [0],
        },
        "sweep.yaml": {
            "base": "base.yaml",
            "suite": "mini12",
            "hold": {"quantity": "steps", "amount": 2},
            "space": {"optim.lr": {"low": 0.1, "high": 1}, "batch.per_step": [1]},
            "trials": 2,
        },
        "model/config.json": {
            "thinker_config": {
                "audio_config": {"n_window": 50, "num_mel_bins": 128},
                "text_config": {"rope_scaling": {"type": "mrope"}, "hidden_size": 8},
                "dtype": "float32",
            }
        },
        "model/generation_config.json": {"eos_token_id": [1, 2], "pad_token_id": 1},
        "model/preprocessor_config.json": {"feature_size": 128, "hop_length": 160, "dither": 0.0},
        "model/processor_config.json": {"feature_extractor": {"feature_size": 128}},
        "model/tokenizer_config.json": {"chat_template": "x", "added_tokens_decoder": ADDED},
        f"model/{safetensors.INDEX}": {"weight_map": {"model.a": "a.safetensors"}},
        "weights/model.safetensors": HEADER,
        "adapter/base_model.json": {},
        STAMP: asdict(Stamp("a.zip", 1, 1, 1, {"a": 1}, [])),
        f"work/.unpacked/{SOURCE}": "../source",
    }
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    (folder / "weights" / "model.safetensors").write_bytes(framed(json.dumps(HEADER).encode()))
    (folder / "model" / "vocab.json").write_text('{"a": 0, "b": 1, "ab": 2}')
    (folder / "model" / "merges.txt").write_text("#version: 0.2\na b\n")
    (folder / "model" / "a.safetensors").write_bytes(b"x")
    identity.write_base(folder / "adapter", "mini")
    (folder / "source").mkdir()
    (folder / "source" / "a.zip").write_bytes(b"x")
    (folder / "work" / "a").write_bytes(b"x")
    return folder


@pytest.mark.parametrize("name", READERS)
def test_whatever_stands_in_a_file_is_read_or_refused_in_a_sentence(whole: Path, name: str) -> None:
    reader = READERS[name]
    path = whole / reader.file
    before = path.read_bytes()
    body = before[8:-24] if reader.pack is framed else before
    reader.read(whole)
    refused: list[str] = []

    @settings(FIXED, max_examples=reader.tries)
    @given(spoilt(json.loads(body) if body.startswith((b"{", b"[", b'"')) else body.decode()))
    def check(content: bytes) -> None:
        path.write_bytes(reader.pack(content))
        try:
            reader.read(whole)
        except InputError as error:
            refused.append(str(error))
            assert "\n" not in str(error)
            assert path.stem in str(error) or whole.name in str(error)

    try:
        check()
    finally:
        path.write_bytes(before)
    assert refused or name == "stamp"  # of which a damaged one is none: its archive is read again


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> bytes:
    """A document with a value that is strange, lacking or doubled, or its bytes changed."""
    document = deepcopy(document)
    places = list(within(document))
    kind = draw(st.sampled_from(["value", "value", "value", "lacking", "bytes", "coding", "whole"]))
    if kind == "whole" or not places:
        return raw(draw(st.sampled_from(STRANGE)))
    holder, key = draw(st.sampled_from(places))
    if kind == "value":
        holder[key] = draw(st.sampled_from(STRANGE))
    elif kind == "lacking":
        del holder[key]
    content = raw(document)
    if kind == "bytes":
        start = draw(st.integers(0, len(content) - 1))
        end = draw(st.integers(start, len(content)))
        return content[:start] + draw(st.binary(max_size=3)) + content[end:]
    if kind == "coding":
        text = content.decode()
        changed = (text.encode("utf-16"), b"\xef\xbb\xbf" + content, content * 2, content + b"\0")
        return draw(st.sampled_from([*changed, b"", content.replace(b"{", b'{"a": 1, "a": 2, ')]))
    return content


def within(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: a list or object, and the number or name there."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from within(value[key])


def raw(document: Any) -> bytes:
    """A document as JSON, with what Python would not write."""
    text = json.dumps(document)
    for word, digits in RAW.items():
        text = text.replace(json.dumps(word), digits)
    return text.encode()
