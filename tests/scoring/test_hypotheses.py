import json
from pathlib import Path
from typing import Any

import pytest

from plion.errors import InputError, listed
from plion.scoring.hypotheses import Matched, match


@pytest.fixture
def refs(tmp_path: Path) -> list[Path]:
    """Manifests of two benchmarks; they share the id `both`."""
    return [
        manifest(tmp_path, "fleurs_ms", "ms", {"m1": "satu dua", "both": "tiga"}),
        manifest(tmp_path, "nsc", "en", {"e1": "one two", "both": "three"}),
    ]


def manifest(folder: Path, key: str, language: str, texts: dict[str, str]) -> Path:
    rows = [
        {
            "id": id,
            "audio": "a.wav",
            "text": text,
            "language": language,
            "dataset": key,
            "duration": 1.0,
        }
        for id, text in texts.items()
    ]
    return lines(folder / f"{key}-{language}-refs.jsonl", *rows)


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def said(matched: Matched) -> dict[str, dict[str, str]]:
    return {
        one.key: {
            utterance.id: text for utterance, text in zip(one.utterances, one.texts, strict=True)
        }
        for one in matched.sets
    }


def test_each_language_has_its_own_metric_where_none_is_given(
    refs: list[Path], tmp_path: Path
) -> None:
    file = lines(tmp_path / "all.jsonl", {"id": "m1", "text": "satu"})
    chinese = [*refs, manifest(tmp_path, "aishell1", "zh", {"z1": "一"})]
    assert [one.language.metric for one in match([file], chinese).sets] == ["wer", "cer", "wer"]
    mixed = match([file], chinese, "mer")
    assert {one.language.metric for one in mixed.sets} == {"mer"}


def test_hypotheses_are_matched_by_id_in_the_papers_order(refs: list[Path], tmp_path: Path) -> None:
    file = lines(
        tmp_path / "all.jsonl",
        {"id": "m1", "text": "satu"},
        {"id": "e1", "text": "one", "language": "English"},
        {"id": "both", "dataset": "nsc", "text": "free"},
        {"id": "both", "dataset": "fleurs_ms", "text": "tiga"},
    )
    matched = match([file], refs)
    assert said(matched) == {
        "nsc": {"e1": "one", "both": "free"},
        "fleurs_ms": {"m1": "satu", "both": "tiga"},
    }
    assert list(said(matched)) == ["nsc", "fleurs_ms"] and not matched.extra
    assert [(one.language.key, one.language.metric) for one in matched.sets] == [
        ("en", "wer"),
        ("ms", "wer"),
    ]


def test_a_missing_one_is_empty_and_listed(refs: list[Path], tmp_path: Path) -> None:
    matched = match([lines(tmp_path / "a.jsonl", {"id": "m1", "text": "satu"})], refs)
    assert said(matched)["nsc"] == {"e1": "", "both": ""}
    assert [one.missing for one in matched.sets] == [("e1", "both"), ("both",)]


def test_an_extra_one_is_ignored_and_counted(refs: list[Path], tmp_path: Path) -> None:
    file = lines(
        tmp_path / "a.jsonl",
        {"id": "m1", "text": "satu"},
        {"id": "m2", "text": "x"},
        {"id": "m2", "text": "y"},
        {"id": "m1", "dataset": "nsc", "text": "z"},
    )
    matched = match([file], refs)
    assert matched.extra == ("m2", "m2", "m1") and said(matched)["fleurs_ms"]["m1"] == "satu"


def test_a_file_called_after_a_benchmark_decides_where_there_is_a_choice(
    refs: list[Path], tmp_path: Path
) -> None:
    files = [
        lines(tmp_path / f"{key}.jsonl", {"id": "both", "text": key, "hypothesis": "raw"})
        for key in ("nsc", "fleurs_ms")
    ]
    found = said(match(files, refs))
    assert found["nsc"]["both"] == "nsc" and found["fleurs_ms"]["both"] == "fleurs_ms"


def test_a_separator_inside_a_text_ends_no_line(refs: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "m1", "text": "satu\u2028dua"}\r\n', encoding="utf-8")
    assert said(match([file], refs))["fleurs_ms"]["m1"] == "satu\u2028dua"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [{"id": "both", "text": "x"}],
            r"a.jsonl:1: id 'both' is in nsc and fleurs_ms; add a",
        ),
        (
            [{"id": "m1", "text": "x"}, {"id": "e1", "text": ""}, {"id": "m1", "text": "x"}],
            r"two hypotheses: 'm1' \(.*a.jsonl:1 and .*a.jsonl:3\)",
        ),
        ([{"id": "m9", "text": "x"}], "none of the 1 ids in .*a.jsonl is in the manifests"),
        ([], "a.jsonl: no hypothesis"),
        ([{"id": "m1"}], "a.jsonl:1: 'text' is missing"),
        ([{"id": 1, "text": "x"}], "a.jsonl:1: 'id' must be text, not 1"),
        ([{"id": "m1", "text": "x", "dataset": 3}], "'dataset' must be text, not 3"),
        ([["m1", "x"]], "a.jsonl:1: not a JSON object"),
    ],
)
def test_what_cannot_be_matched_is_one_sentence(
    rows: list[Any], sentence: str, refs: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=sentence):
        match([lines(tmp_path / "a.jsonl", *rows)], refs)


@pytest.mark.parametrize("content", [b"{", b"\xff\n", b"\n{}", b"[" * 100_000])
def test_a_damaged_line_is_named(content: bytes, refs: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"id": "m1", "text": "x"}\n' + content)
    with pytest.raises(InputError, match=r"a.jsonl:2: not JSON"):
        match([file], refs)


def test_files_that_are_not_there_are_named(refs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone.jsonl cannot be read: No such file"):
        match([tmp_path / "gone.jsonl"], refs)
    with pytest.raises(InputError, match=r"manifest .*gone.jsonl cannot be read"):
        match([lines(tmp_path / "a.jsonl")], [tmp_path / "gone.jsonl"])


def test_an_id_of_two_manifests_of_one_benchmark_is_refused(tmp_path: Path) -> None:
    first = manifest(tmp_path, "nsc", "en", {"e1": "one"})
    again = lines(tmp_path / "again.jsonl", json.loads(first.read_text()))
    with pytest.raises(InputError, match=r"again.jsonl: id 'e1' is in another manifest too"):
        match([lines(tmp_path / "a.jsonl")], [first, again])


def test_a_benchmark_of_two_languages_is_refused(tmp_path: Path) -> None:
    parts = [
        manifest(tmp_path, "own", "en", {"a": "x"}),
        manifest(tmp_path, "own", "ms", {"b": "y"}),
    ]
    with pytest.raises(InputError, match="'own' has utterances in en and in ms"):
        match([lines(tmp_path / "a.jsonl")], parts)


def test_a_long_list_is_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefgh")) == "a, b, c, d, e and 3 more"


def test_blank_lines_at_the_end_are_no_hypotheses(refs: list[Path], tmp_path: Path) -> None:
    file = lines(tmp_path / "all.jsonl", {"id": "m1", "text": "satu"})
    file.write_text(file.read_text() + "\n \r\n")
    for reference in refs:
        reference.write_text(reference.read_text() + "\n")
    assert said(match([file], refs))["fleurs_ms"]["m1"] == "satu"


def test_the_official_recipes_tag_is_taken_off_both_sides_and_told(
    refs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {"t1": "language Malay<asr_text>satu"}
    tagged = manifest(tmp_path, "mesolitica", "ms", texts)
    rows = [{"id": "t1", "text": "language Indonesian<asr_text>satu"}, {"id": "m1", "text": "b"}]
    (own,) = [
        one
        for one in match([lines(tmp_path / "all.jsonl", *rows)], [*refs, tagged]).sets
        if one.key == "mesolitica"
    ]
    assert (own.utterances[0].text, own.texts) == ("satu", ("satu",))
    told = capsys.readouterr().err
    assert "mesolitica-ms-refs.jsonl: 1 text opens" in told and "all.jsonl: 1 text opens" in told
