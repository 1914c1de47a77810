"""`plion score` and `evaluate` as they are asked for."""

import json
from pathlib import Path

import pytest
from asking import imported, refused

from plion.cli.main import main
from plion.data.manifest import write_manifest


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["evaluate", "mini", "optm.lr=1"], "(did you mean 'optim'?)"),
        (["score", "a.jsonl"], "required: --refs; see `plion score --help`"),
        (["score", "a.jsonl", "--refs", "b.jsonl"], "manifest b.jsonl cannot be read"),
        (
            ["score", "a.jsonl", "--refs", "b.jsonl", "--profile", "strikt"],
            "unknown profile 'strikt' (did you mean 'strict'?)",
        ),
        (
            ["score", "a.jsonl", "--refs", "b.jsonl", "--json", "nowhere/c.json"],
            "--json nowhere/c.json cannot be written",
        ),
        (
            ["score", "a.jsonl", "--refs", "b.jsonl", "--json", "c.json", "--explain", "u"],
            "--explain shows one utterance and has no figures for --json",
        ),
    ],
)
def test_what_cannot_be_scored_is_status_2_and_one_line(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(arguments, capsys)


@pytest.fixture
def transcripts(tmp_path: Path) -> tuple[str, str]:
    """What was said to two utterances, and their manifest."""
    said, refs = tmp_path / "said.jsonl", tmp_path / "refs.jsonl"
    row = {"audio": "a.wav", "language": "en", "dataset": "nsc", "duration": 1.0}
    texts = {"u-1": "Twenty-one, please.", "u-2": "ok lah"}
    write_manifest(refs, [{"id": id, "text": text, **row} for id, text in texts.items()])
    said.write_text('{"id": "u-1", "text": "21 please"}\n{"id": "u-2", "text": "ok"}\n')
    return str(said), str(refs)


def test_transcripts_are_scored_under_the_profile_asked_for(
    transcripts: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, refs = transcripts
    written = tmp_path / "metrics.json"
    command = ["score", said, "--refs", refs, "--json", str(written)]
    for profile, errors in (("strict", 3), ("numbers", 1)):
        assert main([*command, "--profile", profile]) == 0
        assert f"profile {profile}-" in capsys.readouterr().out
        assert json.loads(written.read_text())["benchmarks"]["nsc"]["errors"] == errors


def test_scores_say_the_command_that_made_them(
    transcripts: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said, refs = transcripts
    words = ["score", said, "--refs", refs]
    monkeypatch.setattr("sys.argv", ["plion", *words])
    assert main(words) == 0
    told = " ".join(capsys.readouterr().out.split())  # it is wrapped
    assert told.endswith(f"Made by: plion {' '.join(words)}")


def test_one_utterance_is_explained(
    transcripts: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    said, refs = transcripts
    assert main(["score", said, "--refs", refs, "--explain", "u-1"]) == 0
    assert "blank punctuation\n  reference   twenty one  please" in capsys.readouterr().out
    for unknown in ("u-3", ""):
        assert main(["score", said, "--refs", refs, "--explain", unknown]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", "SAID", "--refs", "REFS", "--profile", "numbers"),
        ("score", "SAID", "--refs", "REFS", "--profile", "whisper"),
    ],
)
def test_scoring_does_not_import_torch(
    arguments: tuple[str, ...], transcripts: tuple[str, str]
) -> None:
    places = dict(zip(("SAID", "REFS"), transcripts, strict=True))
    status, modules = imported(*(places.get(word, word) for word in arguments))
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}


def test_two_transcripts_are_compared(
    transcripts: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, refs = transcripts
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "u-1", "text": "twenty one please"}\n{"id": "u-2", "text": "ok"}\n')
    assert main(["score", said, "--refs", refs, "--against", str(other)]) == 0
    printed = capsys.readouterr().out
    assert "The first transcripts minus the second, in points" in printed and "+40.00" in printed
    asked = ["score", said, "--refs", refs, "--against", str(other), "--explain", "u-1"]
    assert "leave out --against" in refused(asked, capsys)


@pytest.mark.parametrize("context", ["Tan Ah Kow: MRT = train", ""])
def test_a_context_is_given_to_an_evaluation_as_it_is(
    context: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "plion.training.run.evaluate", lambda exp: asked.append(exp.data.context) or "folder"
    )
    assert main(["evaluate", "mini", "--context", context]) == 0
    assert asked == [context]
