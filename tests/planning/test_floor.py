"""What training targets are scored against their own references."""

from pathlib import Path

import pytest
from asking import imported
from tiny import Tiny

from plion.cli.main import main
from plion.config.experiment import to_yaml
from plion.config.schema import Experiment
from plion.data.manifest import read_manifest, write_manifest
from plion.planning.floor import SAMPLE, floors, warning
from plion.planning.planned_run import PlannedRun, mixture_plan


@pytest.fixture
def hyphens(tiny: Tiny, tmp_path: Path) -> Tiny:
    """The tiny corpora, whose English says `kura-kura 2.5 two` in each of its 8 utterances."""
    spoilt = tiny.copy(tmp_path)
    path = spoilt.root / "librispeech" / "train.jsonl"
    rows = [{**vars(one), "text": "Kura-kura 2.5 two"} for one in read_manifest(path)]
    write_manifest(path, [{k: v for k, v in row.items() if k != "extra"} for row in rows])
    return spoilt


def planned(tiny: Tiny, *overrides: str) -> PlannedRun:
    return mixture_plan(tiny.experiment(Path("runs"), *overrides))


def test_targets_that_the_profile_reads_otherwise_are_counted_by_language(hyphens: Tiny) -> None:
    found = {one.language: one for one in floors(planned(hyphens, "evaluate.profile=evalkit"))}
    # `kura kura 2 5 two` where the reference is `kurakura 25 two`: two substitutions, two more.
    assert list(found) == ["en", "zh", "ta"]
    assert (found["en"].counts.errors, found["en"].counts.reference_length) == (8 * 4, 8 * 3)
    assert found["ta"].counts.errors == 0 and not found["en"].sampled


@pytest.mark.parametrize(
    ("profile", "english"),
    [("evalkit", "en 133.33 % (32 of 24)"), ("numbers", "en 16.67 % (8 of 48)")],
)
def test_the_warning_has_counts_and_percent_of_each_language(
    hyphens: Tiny, profile: str, english: str
) -> None:
    told = warning(planned(hyphens, f"evaluate.profile={profile}"))
    assert told.startswith(f"data.target_text=plain and evaluate.profile={profile}-")
    assert english in told and "ta 0.00 % (0 of " in told and "drawn" not in told


def test_where_target_and_profile_agree_nothing_is_said(hyphens: Tiny) -> None:
    for settings in (
        ["evaluate.profile=strict"],
        ["evaluate.profile=evalkit", "data.target_text=verbatim"],
        ["evaluate.profile=raw", "data.target_text=verbatim"],
    ):
        assert warning(planned(hyphens, *settings)) == ""


def test_a_language_that_the_profile_refuses_has_no_floor(hyphens: Tiny) -> None:
    found = floors(planned(hyphens, "evaluate.profile=whisper"))
    assert [one.language for one in found] == ["en", "zh"]


def test_of_many_utterances_a_sample_is_looked_at_and_said(
    hyphens: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plion.planning.floor.SAMPLE", 3)
    run = planned(hyphens, "evaluate.profile=evalkit")
    english = floors(run)[0]
    assert (english.counts.n_utterances, english.utterances, english.sampled) == (3, 8, True)
    assert floors(run)[0] == english
    assert "in a sample of 3 utterances of each language that has more" in warning(run)


def test_without_texts_it_is_said_that_it_cannot_be_told(exp: Experiment) -> None:
    assert SAMPLE == 2_000 and warning(mixture_plan(exp, "paper")) == ""
    exp.evaluate.profile = "evalkit-2"
    assert warning(mixture_plan(exp, "paper")).endswith("may disagree: no texts to compare")


def test_plan_and_training_warn_and_go_on(
    hyphens: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exp = hyphens.experiment(tmp_path / "runs", "evaluate.profile=evalkit", "hold.amount=1")
    (tmp_path / "tiny.yaml").write_text(to_yaml(exp))
    for verb in ("plan", "train"):
        assert main([verb, str(tmp_path / "tiny.yaml"), "evaluate.test=false"]) == 0
        told = capsys.readouterr().err
        assert "en 133.33 % (32 of 24)" in told and "data.target_text=verbatim" in told


def test_the_floor_is_told_without_torch(hyphens: Tiny, tmp_path: Path) -> None:
    exp = hyphens.experiment(tmp_path / "runs", "evaluate.profile=evalkit")
    (tmp_path / "tiny.yaml").write_text(to_yaml(exp))
    status, modules = imported("plan", str(tmp_path / "tiny.yaml"))
    assert status == 0 and not modules & {"torch", "lightning", "transformers"}
