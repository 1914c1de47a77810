"""`plion average`: models between a base and a run, as the cells of a study."""

import hashlib
import math
import sys
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path

from plion.cli.shared import Group, overrides, torch_module, writable_root
from plion.errors import InputError

_DEFAULT = "0,0.25,0.5,0.75,1"


def add_averaging(group: Group) -> None:
    verb = group.add_parser("average", help="decode models between a base and a run")
    verb.add_argument("base", metavar="BASE", help="run, model folder, `mini`, or cached hub id")
    verb.add_argument("run", metavar="RUN", help="the same; its settings decode all models")
    verb.add_argument(
        "--weight",
        default=_DEFAULT,
        metavar="W[,W...]",
        help=f"parts of RUN's weights, from 0 to 1; default: {_DEFAULT}",
    )
    verb.add_argument("--suite", metavar="S|FILE", help="default: the run's own, or mini12")
    verb.add_argument("--data", metavar="ROOT", help="default: the run's own, or data/S")
    overrides(verb)
    verb.set_defaults(verb=average)


def average(args: Namespace) -> int:
    from dataclasses import replace

    from plion.config.experiment import evaluation
    from plion.config.overlay import Overlay
    from plion.models.identity import identity
    from plion.planning.test_sets import check_test_sets
    from plion.studies.design.grid import Ablation, Cell
    from plion.studies.expected import evaluated_runs, write_ablation_record

    weights = _weights(args.weight)
    exp = evaluation(args.run, args.suite, args.data, args.overrides)
    writable_root("trainer.runs", Path(exp.trainer.runs))
    check_test_sets(exp)
    both = f"{identity(args.base, args.run)} {identity(args.run, exp.model.like)}"
    study = f"{exp.name}-average-{hashlib.sha256(both.encode()).hexdigest()[:8]}"
    folder = Path(exp.trainer.runs) / study
    averaging = torch_module("plion.models.averaging.average")
    run = torch_module("plion.training.run")
    with redirect_stdout(sys.stderr):
        models = averaging.averages(args.base, args.run, weights, folder, like=exp.model.like)
        cells = [
            Cell(
                {"weight": label},
                exp.seed,
                replace(exp, name=f"{exp.name}-w{label}", model=replace(exp.model, name=model)),
            )
            for label, model in models.items()
        ]
        if 0 in weights:  # the base as it is
            cells[0].exp.model.like = exp.model.like or args.run
        question = f"What lies between the weights of {args.base} and those of {args.run}?"
        ablation = Ablation(
            name=study,
            question=question,
            path=folder / "ablation.json",
            below=Overlay([]),
            axes={"weight": list(models)},
            seeds=[exp.seed],
            base=exp,
            cells=cells,
        )
        write_ablation_record(folder, ablation, None, evaluated_runs(cells))
        for cell in cells:
            run.evaluate(cell.exp)
    print(folder)
    return 0


def _weights(text: str) -> list[float]:
    """The weights given, in order, each once; raises InputError for one outside 0 to 1."""
    found = []
    for word in text.split(","):
        try:
            weight = float(word)
        except ValueError:
            weight = math.nan
        if not 0 <= weight <= 1:
            raise InputError(
                f"--weight has '{word.strip()}'; give numbers from 0 (BASE) to 1 (RUN), such as "
                f"--weight {_DEFAULT}"
            )
        found.append(weight)
    return sorted(set(found))
