"""Nothing about a language stands outside `plion/text`; a language is added by a file alone."""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import Tiny, write_corpora

import plion
from plion.cli.main import main
from plion.errors import InputError
from plion.planning.inputs import hash8, unnamed_languages
from plion.results.reading.collect import read_studies
from plion.results.request import Request
from plion.results.results import results
from plion.runs.folder import RunFolder
from plion.text.language_file import language_rows
from plion.text.shipped import SHIPPED

ROOT = Path(plion.__file__).parent
# What speaks of given corpora, and what was published of them.
EXEMPT = ("text", "data/mini", "data/corpora")
NAMES = re.compile(rf"\b({'|'.join(row.name for row in SHIPPED.values())}|Mandarin)\b")
SCRIPTS = re.compile(
    rf"\\p\{{+(Script=)?({'|'.join({name for row in SHIPPED.values() for name in row.script})})\}}"
)
# Words of other trades: a manifest's field, PyTorch's tensors, and read-only in SQLite.
KEYS = set(SHIPPED) - {"id", "pt", "ro"}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines, docstrings apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.lineno, node.value


def test_no_language_is_named_outside_text():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted(ROOT.rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(EXEMPT)
        for line, text in literals(path)
        if text in KEYS or NAMES.search(text) or SCRIPTS.search(text)
    ]
    assert not found, found


def test_the_rule_would_find_a_language():
    path = ROOT / "text" / "shipped.py"
    assert {text for _, text in literals(path)} >= {"ta", "Tamil"}
    assert SCRIPTS.search(r"[\p{Han}]") and SCRIPTS.search(r"\p{{Script=Thai}}")


ROW = "- {key: jv, name: Javanese, script: Latin, metric: wer}\n"
SPOKEN = {"librispeech": "en", "thai": "th", "hindi": "hi", "canto": "yue", "own": "jv"}
SETTINGS = ("trainer.workers=1", "tag.train=condition", "batch.seconds=15")
METRICS = {"en": "wer", "th": "cer", "hi": "wer", "yue": "cer", "jv": "wer"}


def write_own(folder: Path, model: Path) -> Tiny:
    """Corpora in five languages, four of the package, and a suite that brings the fifth."""
    write_corpora(folder / "data", SPOKEN, {"train": 4, "valid": 2, "test": 2})
    (folder / "own.yaml").write_text(ROW)
    rows = [
        {"key": key, "language": own, "metric": METRICS[own], "manifest": f"{key}/test.jsonl"}
        for key, own in SPOKEN.items()
    ]
    suite = folder / "suite.yaml"
    suite.write_text(json.dumps({"languages": "own.yaml", "benchmarks": rows}))
    return Tiny(folder / "data", suite, model)


@pytest.fixture(scope="module")
def own(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return write_own(tmp_path_factory.mktemp("own"), tiny.model)


@pytest.fixture(scope="module")
def trained(own: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of theirs, its batches made in another process."""
    return own.train(tmp_path_factory.mktemp("runs"), *SETTINGS)


def test_the_rows_in_use_are_in_the_run(trained: RunFolder) -> None:
    record = json.loads(trained.record.read_text())
    rows = language_rows(record["languages"], "run.json")
    assert [row.key for row in rows] == ["yue", "th", "hi", "jv"]
    assert rows[:3] == [SHIPPED[key] for key in ("yue", "th", "hi")]
    assert record["english_names"] == {"jv": "Javanese"}
    assert list(record["consumed"]) == ["en", "yue", "th", "hi", "jv"]


def test_a_tag_with_an_english_name_is_said(own: Tiny, tmp_path: Path) -> None:
    assert unnamed_languages(own.experiment(tmp_path, "tag.train=condition")) == [
        "the base model has no name for Javanese; its language tag is 'Javanese'"
    ]
    assert unnamed_languages(own.experiment(tmp_path, "tag.train=none")) == []


def test_a_run_is_shown_from_its_own_rows(trained: RunFolder, tmp_path: Path) -> None:
    """Moved to where neither the suite nor the rows' file is."""
    elsewhere = Path(shutil.copytree(trained.path, tmp_path / trained.path.name))
    (tmp_path / "plots").mkdir()
    text, status = results(
        [elsewhere], Request("md", plot=tmp_path / "plots", command="plion results")
    )
    assert status == 0 and "Javanese, WER" in text and "Hindi: errors by grapheme cluster" in text
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} == {".pdf", ".png", ".md"}
    shown = results([elsewhere], Request(by="language"))[0]
    assert "jv" in shown and "taken for" in shown


def test_runs_with_other_rows_of_a_language_do_not_compare(
    trained: RunFolder, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(trained.path, tmp_path / "other-00000000"))
    record = json.loads((other / "run.json").read_text())
    record["languages"][-1]["capped"] = True
    (other / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="rows of language 'jv' differ"):
        read_studies([trained.path, other])


def test_a_row_is_part_of_the_hash_and_its_place_is_not(own: Tiny, tmp_path: Path) -> None:
    before = hash8(own.experiment(tmp_path))
    file = tmp_path / "rows.yaml"
    file.write_text(ROW)
    assert hash8(own.experiment(tmp_path, f"languages={file}")) == before
    file.write_text(ROW.replace("metric: wer", "metric: wer, numbers: english"))
    with pytest.raises(InputError, match="differ in language 'jv'"):
        own.experiment(tmp_path, f"languages={file}")
    (own.suite.parent / "other.yaml").write_text(file.read_text())
    other = own.suite.with_name("other_suite.yaml")
    other.write_text(own.suite.read_text().replace("own.yaml", "other.yaml"))
    assert hash8(own.experiment(tmp_path, f"data.suite={other}")) != before


def test_a_suite_without_the_row_does_not_know_the_language(own: Tiny, tmp_path: Path) -> None:
    bare = tmp_path / "bare.yaml"
    bare.write_text(json.dumps(json.loads(own.suite.read_text())["benchmarks"]))
    with pytest.raises(InputError, match="row 5: unknown language 'jv'"):
        hash8(own.experiment(tmp_path, f"data.suite={bare}"))
    file = tmp_path / "rows.yaml"
    file.write_text(ROW)
    exp = own.experiment(tmp_path, f"data.suite={bare}", f"languages={file}")
    assert hash8(exp) == hash8(own.experiment(tmp_path))


def test_transcripts_are_scored_with_a_file_of_rows(
    own: Tiny, trained: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    said, refs = str(trained.predictions("own")), str(own.root / "own" / "test.jsonl")
    rows = str(own.suite.parent / "own.yaml")
    assert main(["score", said, "--refs", refs, "--languages", rows]) == 0
    assert "Javanese" in capsys.readouterr().out
    assert main(["data", "check", refs, "--languages", rows]) == 0
    assert main(["data", "audit", refs, "--languages", rows]) == 0
    assert main(["score", said, "--refs", refs]) == 2
    assert "unknown language 'jv'" in capsys.readouterr().err


def test_words_of_thai_are_refused_in_a_suite_and_on_the_command_line(
    own: Tiny, trained: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refs = str(own.root / "thai" / "test.jsonl")
    asked = ["score", str(trained.predictions("thai")), "--refs", refs, "--metric", "wer"]
    assert main(asked) == 2
    assert "'wer' is refused in Thai" in capsys.readouterr().err


def test_a_plan_of_added_languages_is_drawn(own: Tiny, tmp_path: Path) -> None:
    settings = [f"data.root={own.root}", f"data.suite={own.suite}", f"model.name={own.model}"]
    file = tmp_path / "exp.yaml"
    file.write_text("hold: {quantity: steps, amount: 4}\nbatch: {seconds: 15}\n")
    assert main(["plan", str(file), *settings, "--plot", str(tmp_path / "plan.png")]) == 0
    assert (tmp_path / "plan.png").stat().st_size > 1000
