"""A study's name stands for one content: what differs from an earlier one is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.planning.inputs import contents, suite_of
from plion.runs.values import DataFile, Model
from plion.studies.design.grid import read_ablation
from plion.studies.driving.jobs import training
from plion.studies.earlier import refuse_another
from plion.studies.expected import expected_runs, write_ablation_record

FOLDER = Path("runs/study")


@pytest.fixture
def begun(study: Path) -> Path:
    """A study of which one run has been begun, under the sampler `balanced`."""
    ablation = read_ablation(study)
    base, cells = expected_runs(ablation)
    FOLDER.mkdir(parents=True)
    write_ablation_record(FOLDER, ablation, base, cells)
    run, exp = cells[1], cells[1].exp
    training(exp, run.folder)  # writes its configuration
    manifests, weights = contents(exp)
    run.folder.write(
        name=run.name,
        hash=run.hash8,
        status="running",
        manifests={name: DataFile(name, digits) for name, digits in manifests.items()},
        model=Model(exp.model.name, weights),
        benchmarks=[row.as_row() for row in suite_of(exp)],
    )
    return study


def opened(study: Path, *overrides: str) -> None:
    """Opens the study once more."""
    ablation = read_ablation(study, overrides)
    refuse_another(FOLDER, ablation, *expected_runs(ablation))


def test_the_same_study_goes_on_and_may_grow_and_shrink(begun: Path) -> None:
    opened(begun)
    opened(begun, "ablation.seeds=[0, 1]")
    opened(begun, "ablation.seeds=[1]", "optim.lr=0.1")  # none of its runs was begun
    opened(begun, "ablation.axes.tag.train=[none]")
    opened(begun, "ablation.axes.sampler.name=[proportional, balanced, temperature]")
    opened(begun, "ablation.question=Why?", "ablation.margin=0.5", "trainer.log_every=7")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["optim.lr=0.1"], "optim.lr 0.001 (now 0.1); rename"),
        (["ablation.hold.amount=7"], "hold.amount 40.0 (now 7.0); rename"),
        (
            ["optim.lr=0.1", "ablation.hold.quantity=steps"],
            "hold.quantity utterances (now steps), optim.lr 0.001 (now 0.1)",
        ),
    ],
)
def test_a_study_with_other_settings_is_refused_with_both(
    begun: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises(InputError) as error:
        opened(begun, *overrides)
    told = str(error.value)
    assert told.startswith("runs/study is of a study of this name with other content: one run dif")
    assert f"study-balanced-s0 in {message}" in told
    assert "or move runs/study away" in told


def other_data() -> None:
    row = {"id": "0", "audio": "a.wav", "text": "b", "language": "ms", "dataset": "nsc"}
    write_manifest("data/nsc/train.jsonl", [row | {"duration": 1.0}])


def other_weights() -> None:
    Path("model/model.safetensors").write_bytes(b"others")


def other_suite() -> None:
    text = Path("suite.yaml").read_text()
    Path("suite.yaml").write_text(text.replace("wer", "cer"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_data, "in the content of nsc/train.jsonl; rename"),
        (other_weights, "in the weights of model; rename"),
        (other_suite, "in the rows of suite suite.yaml; rename"),
    ],
)
def test_a_study_on_other_files_is_refused_and_these_are_named(
    begun: Path, change: Callable[[], None], message: str
) -> None:
    change()
    with pytest.raises(InputError, match="other content") as error:
        opened(begun)
    assert message in str(error.value)


def test_what_was_never_begun_is_no_study(study: Path) -> None:
    ablation = read_ablation(study)
    FOLDER.mkdir(parents=True)
    write_ablation_record(FOLDER, ablation, *expected_runs(ablation))
    opened(study, "optim.lr=0.1")


def test_a_configuration_alone_is_no_run_that_was_begun(begun: Path) -> None:
    """As a call leaves it that wrote its jobs and could not start them."""
    [record] = Path("runs").glob("study-balanced-s0-*/run.json")
    record.unlink()
    opened(begun, "optim.lr=0.1")
