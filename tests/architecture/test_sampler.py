"""A sampling policy with a parameter is one class and its line in the table; the rest follows."""

from pathlib import Path
from typing import Any

import pytest
from extending import adding, ask, extend

from plion.data.manifest import write_manifest

POLICY = '''
@dataclass
class Power(Policy):
    """Shares by a power of a corpus's size, whatever its language."""

    name = "power"
    exponent: float = setting(0.5, low=0, high=1, help="0 makes all corpora alike")

    def mixture(self, corpora: Sequence[Corpus]) -> Mixture:
        return Mixture(parts([corpus.size for corpus in corpora], self.exponent))


'''
ASKING = """
from plion.config.experiment import load_experiment
from plion.config.identity import identity

plan = ("plan", "own.yaml")
chosen = ("sampler.name=power", "sampler.power.exponent=0.25")
answer = {
    "settings": asked("settings", "sampler.power"),
    "compared": asked(*plan, "--compare", "all", "--csv"),
    "planned": asked(*plan, *chosen, "--csv"),
    "moved": asked(*plan, "sampler.name=power", "sampler.schedule.parameter=exponent"),
    "beyond": asked(*plan, "sampler.power.exponent=1.5"),
    "target": asked(*plan, "sampler={name: power, schedule: {parameter: exponent, target: 2}}"),
    "misspelt": asked(*plan, "sampler.name=pwer"),
    "hashed": identity(load_experiment("own.yaml", chosen))["sampler"],
    "unused": identity(load_experiment("own.yaml", ["sampler.power.exponent=0.25"]))["sampler"],
}
"""


def _write_experiment(root: Path) -> None:
    """An experiment on two corpora, whose audio no plan needs."""
    for key, language, count in (("nsc", "en", 8), ("mesolitica", "ms", 2)):
        rows = [
            {"id": str(n), "audio": "a.wav", "text": "a", "language": language, "dataset": key,
             "duration": 1.0}
            for n in range(count)
        ]  # fmt: skip
        write_manifest(root / "data" / key / "train.jsonl", rows)
    (root / "suite.yaml").write_text(
        "- {key: nsc, language: en, metric: wer, manifest: nsc/test.jsonl}\n"
        "- {key: mesolitica, language: ms, metric: wer, manifest: mesolitica/test.jsonl}\n"
    )
    (root / "own.yaml").write_text(
        "data: {root: data, suite: suite.yaml}\nhold: {quantity: steps, amount: 2}\n"
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a package answers that differs from this one in plion/sampling/policies.py alone."""
    root = tmp_path_factory.mktemp("extended")
    added = {"POLICIES:": POLICY.lstrip(), "        Fixed,\n": "        Power,\n"}
    extend(root, adding("sampling/policies.py", added))
    _write_experiment(root)
    answer: dict[str, Any] = ask(root, ASKING)
    return answer


def test_its_settings_are_told(told: dict[str, Any]) -> None:
    status, out, _ = told["settings"]
    assert status == 0 and "sampler.power: Shares by a power" in out
    assert "a number, between 0 and 1" in out and "counts where sampler.name=power" in out


def test_it_is_planned_and_compared(told: dict[str, Any]) -> None:
    status, out, _ = told["planned"]
    assert status == 0 and out.startswith("language,")
    status, out, _ = told["compared"]
    assert status == 0 and sum(line.startswith("power,") for line in out.splitlines()) == 2
    assert told["moved"][0] == 0


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ("beyond", "sampler.power.exponent must be between 0 and 1, not 1.5"),
        ("target", "sampler.schedule.target must be between 0 and 1 like sampler.power.exponent"),
        ("misspelt", "sampler.name cannot be 'pwer' (did you mean 'power'?)"),
    ],
)
def test_what_it_cannot_be_is_refused(told: dict[str, Any], request_: str, sentence: str) -> None:
    status, _, err = told[request_]
    assert status == 2 and sentence in err and err.count("\n") == 1


def test_its_parameter_counts_in_the_hash_where_it_is_chosen(told: dict[str, Any]) -> None:
    assert told["hashed"]["power"] == {"exponent": 0.25}
    assert "power" not in told["unused"]
