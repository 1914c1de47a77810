"""effects.csv: what scripts read of a study's effects."""

import csv
from pathlib import Path

from conftest import Runs
from printed import results, tables


def two_samplers(runs: Runs, margin: float | None = None) -> Path:
    """Two samplers, the second better by a tenth of the tokens, and two tags, under three seeds."""
    runs.utterances = 40
    cells, seeds = {}, {}
    for sampler in "pb":
        for tag in ("named", "silent"):
            for seed in range(3):
                name = f"{sampler}-{tag}-{seed}"
                cells[name], seeds[name] = {"sampler": sampler, "tag": tag}, seed
                better = sampler == "b"
                runs.write(
                    name, lambda key, n, s=seed, b=better: (n + s) % 3 if b else 1 + (n + s) % 2
                )
    axes = {"sampler": ["p", "b"], "tag": ["named", "silent"]}
    return runs.ablation(axes, cells, seeds, base=None, margin=margin)


def read(folder: Path) -> list[dict[str, str]]:
    with (folder / "effects.csv").open() as file:
        return list(csv.DictReader(file))


def test_effects_are_written_with_what_their_tests_say(runs: Runs) -> None:
    folder = two_samplers(runs, margin=2)
    printed = tables(results([folder], "csv", tables=["effects"])[0])[0]
    rows = read(folder)
    macro = {row["contrast"]: row for row in rows if row["on"] == "macro"}
    assert {name: row["kind"] for name, row in macro.items()} == {
        "sampler: b - p": "main effect",
        "tag: silent - named": "main effect",
        "interaction: sampler b x tag silent": "interaction",
        "sampler: b - p (at tag named)": "simple effect",
        "tag: silent - named (at sampler p)": "simple effect",
    }
    sampler = macro["sampler: b - p"]
    assert (sampler["difference"], sampler["conclusion"]) == ("-10", "different")
    assert (sampler["combinations"], sampler["possible"], sampler["margin"]) == ("2", "2", "2")
    assert float(sampler["p"]) <= float(sampler["p_holm"]) < 0.05 < float(sampler["p_outside"])
    shown = {(row[0], row[1]): row[-1] for row in printed[1:]}
    told = {(row["contrast"], row["on"]): row["conclusion"] for row in rows}
    assert printed[0][-1] == "conclusion" and shown.items() <= told.items()


def test_simple_effects_are_printed_by_name_alone(runs: Runs) -> None:
    folder = two_samplers(runs)
    assert "Simple effects on" not in results([folder])[0]
    text = results([folder], tables=["simple"])[0]
    assert text.startswith("Simple effects on the macro average")
    assert text.count("\nsampler: b - p (at tag named)") == 5


def test_without_a_margin_there_is_no_conclusion_in_the_table(runs: Runs) -> None:
    folder = two_samplers(runs)
    assert "conclusion" not in results([folder])[0]
    assert {row["margin"] for row in read(folder)} == {""}


def test_single_runs_and_comparisons_write_no_effects(runs: Runs) -> None:
    folder = two_samplers(runs)
    results([folder], compare="sampler")
    assert not (folder / "effects.csv").exists()
    run = runs.root / "p-named-0-00000000"
    results([run])
    assert not (run / "effects.csv").exists()
