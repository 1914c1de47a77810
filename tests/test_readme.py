"""The README's commands: all are understood, and those that `make demo` does not run work."""

import io
import json
import shlex
import shutil
import textwrap
from glob import glob
from pathlib import Path
from typing import Any

import pytest
import soundfile
import trained
from tiny import Tiny, tone, write_corpora

from plion.cli import main
from plion.config.experiment import load_experiment
from plion.data.manifest import read_manifest
from plion.sampling.policy import Corpus
from plion.scoring.benchmarks import suite

ROOT = Path(__file__).parent.parent


def commands(text: str, indent: str) -> list[list[str]]:
    """The arguments of every indented line that calls `plion`, comments left out."""
    lines = [line for line in text.splitlines() if line.startswith(f"{indent}plion ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def launched(text: str) -> list[list[str]]:
    """The arguments of every `plion` that an indented line starts through a launcher."""
    lines = text.replace("\\\n", " ").splitlines()
    return [
        shlex.split(line.split(" plion ", 1)[1], comments=True)
        for line in lines
        if line.startswith(("    torchrun ", "    srun "))
    ]


README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = commands(README, "    ")
LAUNCHED = launched(README)
MADE = commands((ROOT / "Makefile").read_text().replace("$(BIN)/", ""), "\t")
DEMO = [words for words in MADE if "--base" not in words]  # `make base` is no part of the demo
# What makes a command small: the same work on a step of two utterances.
SMALL = {
    "train": ("hold.quantity=steps", "hold.amount=1", "evaluate.tokens_per_second=3"),
    "evaluate": ("evaluate.tokens_per_second=3",),
    "average": ("evaluate.tokens_per_second=3",),
    "sweep": ("sweep.trials=1", "sweep.hold.quantity=steps", "sweep.hold.amount=1",
              "evaluate.tokens_per_second=3"),
}  # fmt: skip


def by_demo(words: list[str]) -> bool:
    """Whether `make demo` calls this, be it with another number of workers."""
    return any(words[:3] == made[:3] and set(words) <= {*made, "2"} for made in DEMO)


NAMES = {"ID": "nsc-test-0", "runs/NAME-HASH8": "runs/lion-00000000"}  # as the README calls them
TRIED = [words for words in COMMANDS if not by_demo(words)]


def test_the_readme_has_every_verb() -> None:
    verbs = {words[0] for words in COMMANDS}
    assert verbs == {
        *("data", "plan", "train", "evaluate", "score", "ablate", "results", "sweep", "tune-batch"),
        *("average", "transcribe", "convert", "card", "push", "settings", "doctor", "watch"),
        "report",
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_is_understood(words: list[str]) -> None:
    assert callable(main._parse(words).verb)


@pytest.mark.parametrize("words", LAUNCHED, ids=" ".join)
def test_the_settings_of_a_launched_command_fit_each_other(words: list[str]) -> None:
    args = main._parse(words)
    exp = load_experiment(ROOT / "experiments" / "mini.yaml", args.overrides)
    assert exp.batch.per_step % exp.trainer.devices == 0 < exp.trainer.devices - 1


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the first checkout, once there is one."""
    return tmp_path_factory.mktemp("checkout") / "kept"


@pytest.fixture
def checkout(
    kept: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder like the repository's, with a tiny mini12, a blank `mini` and a finished study."""
    monkeypatch.chdir(tmp_path)
    if kept.exists():
        return Path(shutil.copytree(kept, tmp_path, dirs_exist_ok=True))
    write_checkout(*map(request.getfixturevalue, ("grid", "runs", "tiny")))
    shutil.copytree(tmp_path, kept)
    return tmp_path


def write_checkout(grid: Path, runs: Any, tiny: Tiny) -> None:
    """Writes the rest of a checkout into the current directory."""
    for name in ("experiments", "ablations"):
        shutil.copytree(ROOT / name, name)
    shutil.copytree(tiny.model, "mini")  # an existing path wins over the packaged model
    languages = {row.key: row.language for row in suite("mini12")}
    write_corpora(Path("data/mini12"), languages, {"train": 2, "valid": 1, "test": 1})
    download(Path("downloads"))
    second_seeds(runs, grid / "ablation.json")
    run = trained.train(runs, suite="mini12")
    shutil.copytree(tiny.model, run / "checkpoints" / "export", dirs_exist_ok=True)
    tone(Path("recordings/one.wav"), 0.5)
    for name in ("recording.mp3", "talk.wav", "talk.flac"):
        soundfile.write(name, *soundfile.read("recordings/one.wav"))
    transcripts = [
        {"id": one.id, "text": one.text, "dataset": one.dataset}
        for path in sorted(Path("data/mini12").glob("*/test.jsonl"))
        for one in read_manifest(path)
    ]
    Path("hypotheses.jsonl").write_text("\n".join(map(json.dumps, transcripts)), "utf-8")


def second_seeds(runs: Any, path: Path) -> None:
    """Another seed of every cell of a finished study, which differs from the first."""
    record = json.loads(path.read_text())
    for place, cell in enumerate(list(record["cells"])):
        name = cell["run"].replace("-s0", "-s1")
        runs.write(name, lambda key, number, place=place: (number + place) % 4, seed=1)
        record["cells"].append({**cell, "run": name, "folder": f"{name}-00000000", "seed": 1})
    path.write_text(json.dumps(record))


def download(folder: Path) -> None:
    """SLR127 as it comes, of six utterances."""
    corpus = folder / "mile_tamil_asr_corpus"
    for number in range(6):
        part, name = corpus / ("test" if number == 5 else "train"), f"MILE_0000001_000000{number}"
        tone(part / "audio_files" / f"{name}.wav", 0.5)
        (part / "trans_files").mkdir(parents=True, exist_ok=True)
        (part / "trans_files" / f"{name}.txt").write_text("அம்மா", "utf-8")
    shutil.make_archive(str(corpus), "gztar", folder, corpus.name)
    shutil.rmtree(corpus)


def expanded(words: list[str]) -> list[str]:
    """What a shell makes of the words, and a reader of what stands for another."""
    words = [NAMES.get(word, word) for word in words]
    return [name for word in words for name in (sorted(glob(word)) or [word])]


@pytest.mark.parametrize("words", TRIED, ids=" ".join)
def test_a_command_works(words: list[str], checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "<" in words:
        words, source = words[: words.index("<")], words[-1]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(source).read_bytes())))
    # Nothing of the ablation in the experiments has been run here, and the finished study was not
    # trained: something is missing.
    expected = 1 if {"--status", "--checklist"} & {*words} else 0
    assert main.main([*expanded(words), *SMALL.get(words[0], ())]) == expected


def test_the_sampler_that_it_adds_is_one() -> None:
    start = README.index("    @dataclass\n    class Power(Policy)")
    lines = README[start : README.index("It can then be named in any experiment")]
    names: dict[str, Any] = {}
    exec(f"from plion.sampling.policies import *\n{textwrap.dedent(lines)}", names)
    corpora = [Corpus("nsc", "en", 100.0), Corpus("slr65", "ta", 25.0)]
    assert names["Power"]().mixture(corpora).shares == pytest.approx((2 / 3, 1 / 3))
