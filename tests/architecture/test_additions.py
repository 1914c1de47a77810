"""What people add takes one place and its line: nothing else of the package is touched.

Languages and samplers have files of their own here.
"""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Runs
from extending import PACKAGE, adding, ask, extend
from tiny import tone

CORPUS = '''
"""Own recordings: a table of id and text, and a WAV of each id beside it."""

from collections.abc import Iterator

from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.tree import Tree


def read_own(tree: Tree) -> Iterator[Entry]:
    for path in tree.glob("own.tsv"):
        folder = path.rpartition("/")[0]
        for _, line in tree.lines(path):
            name, text = line.split("\\t")
            yield Entry(name, f"{folder}/{name}.wav", text)


CORPUS = Corpus("own", "ms", ("own.tsv",), read_own)
'''
SUITE = "- {key: own, language: ms, metric: wer, manifest: own/test.jsonl}\n"
PREPARED = """
answer = {
    "prepared": asked("data", "prepare", "own", "download", "--out", "data"),
    "misspelt": asked("data", "prepare", "owm", "download", "--out", "data"),
    "other": asked("data", "prepare", "slr65", "download", "--out", "data"),
    "planned": asked("plan", "own.yaml", "--csv"),
}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a package with one more corpus answers, and a suite with a row for it."""
    root = tmp_path_factory.mktemp("corpus")
    lines = {"    recipe,\n": "    own,\n", "        fleurs.MS,\n": "        own.CORPUS,\n"}
    extend(root, {"data/corpora/own.py": CORPUS, **adding("data/corpora/catalogue.py", lines)})
    for number in range(10):
        tone(root / "download" / f"u{number}.wav", 0.3, 200 + 20 * number)
    table = "".join(f"u{number}\tsatu ayat {number}\n" for number in range(10))
    (root / "download" / "own.tsv").write_text(table)
    (root / "suite.yaml").write_text(SUITE)
    (root / "own.yaml").write_text(
        "data: {root: data, suite: suite.yaml}\nhold: {quantity: steps, amount: 2}\n"
    )
    answer: dict[str, Any] = ask(root, PREPARED)
    parts = (root / "data" / "own").glob("*.jsonl")
    return answer | {"rows": {part.stem: len(part.read_text().splitlines()) for part in parts}}


def test_a_corpus_is_a_file_and_its_line(prepared: dict[str, Any]) -> None:
    assert prepared["prepared"][0] == 0 and "own" in prepared["prepared"][1]
    assert prepared["rows"] == {"train": 8, "valid": 1, "test": 1}
    assert "did you mean 'own'?" in prepared["misspelt"][2]
    assert "it looks like own" in prepared["other"][2]


def test_a_benchmark_is_a_row_of_a_suite(prepared: dict[str, Any]) -> None:
    status, out, err = prepared["planned"]
    assert (status, err) == (0, "")
    assert [line.split(",")[1] for line in out.splitlines() if ",own," in line] == ["own"]


MEASURE = """
def _sentences(text: str) -> list[str]:
    return ["".join(text.split())]


"""
ROW = '    "ser": Measure("SER", "by sentence", "sentence", _sentences),\n'
COUNTED = """
from plion.scoring.benchmarks import suite
from plion.text.language_file import language_rows

row = {"key": "jv", "name": "Javanese", "script": "Latin", "metric": "wer", "second_metric": "ser"}
own, = language_rows([row], "own")
score = ("score", "said.jsonl", "--refs", "test.jsonl", "--metric")
answer = {
    "scored": asked(*score, "ser"),
    "misspelt": asked(*score, "sér"),
    "suite": [row.metric for row in suite("suite.yaml")],
    "second": own.second_metric,
}
"""


def test_a_metric_is_a_function_and_its_row(tmp_path: Path) -> None:
    place = {"METRICS: dict": MEASURE, '    "gcer": Measure(': ROW}
    extend(tmp_path, adding("text/metrics.py", place))
    (tmp_path / "suite.yaml").write_text(SUITE.replace("wer", "ser"))
    texts = ["satu dua", "tiga empat", "lima enam", "tujuh lapan"]
    rows = [{"id": f"u{number}", "text": text} for number, text in enumerate(texts)]
    known = {"audio": "a.wav", "language": "ms", "dataset": "own", "duration": 1.0}
    refs = "".join(json.dumps(row | known) + "\n" for row in rows)
    (tmp_path / "test.jsonl").write_text(refs)
    said = "".join(json.dumps(row) + "\n" for row in [*rows[:3], rows[3] | {"text": "x"}])
    (tmp_path / "said.jsonl").write_text(said)
    found = ask(tmp_path, COUNTED)
    status, out, _ = found["scored"]
    assert status == 0 and "SER" in out and "25.00" in out
    status, _, err = found["misspelt"]
    assert status == 2 and "unknown metric 'sér' (did you mean 'ser'?)" in err
    assert (found["suite"], found["second"]) == (["ser"], "ser")


FIELD = '    energy_kwh: float | None = _said("energy of training", _COST, "kWh", column=True)\n'
WRITTEN = """
from pathlib import Path
from plion.runs.folder import RunFolder

RunFolder(Path("runs/one-00000000")).write(energy_kwh=1.5)
answer = asked("results", "runs/one-00000000")
"""


def test_a_column_of_results_is_a_field_and_what_writes_it(runs: Runs, tmp_path: Path) -> None:
    extend(tmp_path, adding("runs/record.py", {"    selected: Selected | None": FIELD}))
    runs.write("one", 1)
    status, _, err = ask(tmp_path, WRITTEN)
    assert status == 0, err
    (path,) = tmp_path.rglob("results.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    assert columns[columns.index("energy_kwh") - 1 :][:3] == ["mfu", "energy_kwh", "selected"]
    assert {row["energy_kwh"] for row in rows} == {"1.5000"}


FAMILY = '''
"""A family whose clips all cost a window of ten seconds."""

from pathlib import Path

from plion.models.qwen3_asr.protocol.family import Qwen3ASR
from plion.sampling.clip_cost import ClipCost


class Lion(Qwen3ASR):
    title = "Lion"

    def clip_cost(self, folder: Path | None) -> ClipCost:
        return ClipCost(tokens_per_second=13, shortest=10, longest=10)


FAMILY = Lion()
'''
PLANNED = """
from plion.errors import InputError
from plion.models.families import resolve

def refused(name):
    try:
        resolve(name)
    except InputError as error:
        return str(error)

answer = {
    "planned": asked("plan", "own.yaml", "model.name=lion"),
    "usual": asked("plan", "own.yaml", "model.name=mini"),
    "foreign": refused("foreign"),
}
"""


def _write_models(root: Path) -> None:
    """The packaged base under the name of another family, and a recogniser of none."""
    mini = PACKAGE / "models" / "qwen3_asr" / "mini"
    shutil.copytree(mini, root / "lion")
    config = json.loads((mini / "config.json").read_text())
    (root / "lion" / "config.json").write_text(json.dumps(config | {"model_type": "lion"}))
    shutil.copytree(root / "lion", root / "foreign")
    (root / "foreign" / "config.json").write_text(json.dumps({"model_type": "wav2vec2"}))


def test_a_family_is_a_module_and_its_line(tmp_path: Path) -> None:
    line = {'    "whisper": ': '    "lion": "plion.models.lion",\n'}
    extend(tmp_path, {"models/lion.py": FAMILY, **adding("models/families.py", line)})
    _write_models(tmp_path)
    rows = [
        {"id": f"u{number}", "audio": "a.wav", "text": "satu", "language": "ms", "dataset": "own",
         "duration": 1.0}
        for number in range(8)
    ]  # fmt: skip
    (tmp_path / "data" / "own").mkdir(parents=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "data" / "own" / "train.jsonl").write_text(lines)
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "own.yaml").write_text(
        "data: {root: data, suite: suite.yaml}\nbatch: {seconds: 40}\n"
        "hold: {quantity: utterances, amount: 8}\n"
    )
    found = ask(tmp_path, PLANNED)
    assert found["planned"][0] == found["usual"][0] == 0, found
    assert "90.0 % padding" in found["planned"][1], found["planned"][1]
    assert "90.0 % padding" not in found["usual"][1]
    assert "only Qwen3-ASR and Lion and Whisper can be trained" in found["foreign"]
