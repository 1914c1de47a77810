"""`plion average`: models between a base and a run, as the cells of a study."""

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
    from plion.config.experiment import evaluation
    from plion.planning.test_sets import check_test_sets
    from plion.studies.averaging import average_folder, begin_average, with_earlier

    given = _weights(args.weight)
    exp = evaluation(args.run, args.suite, args.data, args.overrides)
    writable_root("trainer.runs", Path(exp.trainer.runs))
    check_test_sets(exp)
    folder = average_folder(exp, args.base, args.run)
    weights = with_earlier(folder, given)
    averaging = torch_module("plion.models.averaging.average")
    run = torch_module("plion.training.run")
    with redirect_stdout(sys.stderr):
        models = averaging.averages(args.base, args.run, weights, folder, like=exp.model.like)
        for own in begin_average(folder, exp, models, base=args.base, run=args.run):
            run.evaluate(own)
    print(folder)
    return 0


def _weights(text: str) -> list[float]:
    """The weights given, to six digits as their labels have; InputError for one outside 0 to 1."""
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
        found.append(float(f"{weight:g}"))
    return found
