"""`plion plan`, `train` and `tune-batch`: single runs and their preparation."""

import sys
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path

from plion.cli.shared import Group, overrides, torch_module, writable_file, writable_root
from plion.errors import InputError


def add_training(group: Group) -> None:
    verb = group.add_parser("plan", help="print what a run will contain, without training")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file; of an ablation: --power")
    verb.add_argument("--counts", choices=["paper"], help="use the paper's sizes; needs no data")
    verb.add_argument("--csv", action="store_true")
    verb.add_argument(
        "--compare",
        metavar="NAME[,NAME...]",
        help="samplers side by side; `all` includes `fixed` only if it has weights",
    )
    verb.add_argument(
        "--speed", metavar="X|RUN", help="seconds of audio a second, or a run that measured it"
    )
    verb.add_argument("--plot", type=Path, metavar="FILE", help="write a figure: png, pdf or svg")
    verb.add_argument(
        "--power",
        action="store_true",
        help="of an ablation: differences that seeds can find, seeds needed, time and cost",
    )
    verb.add_argument(
        "--difference", metavar="X[,X...]", help="with --power: points that are to be found"
    )
    overrides(verb)
    verb.set_defaults(verb=plan)

    verb = group.add_parser("train", help="train one run; the last line printed is its folder")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    rehearsal = verb.add_mutually_exclusive_group()
    rehearsal.add_argument(
        "--fast-dev-run",
        action="store_true",
        help="a complete short run with the costliest steps; prints memory and time; no folder",
    )
    rehearsal.add_argument(
        "--overfit",
        nargs="?",
        const="",
        metavar="STEPS",
        help="test whether a few utterances can be learnt, else status 1; no folder",
    )
    overrides(verb)
    verb.set_defaults(verb=train)

    verb = group.add_parser("tune-batch", help="find the largest batch.seconds that fits")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    verb.add_argument(
        "--memory", type=float, metavar="GIB", help="memory to use; default: what is free"
    )
    verb.add_argument(
        "--margin", type=float, default=0.1, metavar="PART", help="part of it to keep free"
    )
    verb.add_argument("--write", type=Path, metavar="FILE", help="write an experiment with it")
    overrides(verb)
    verb.set_defaults(verb=tune_batch)


def plan(args: Namespace) -> int:
    if args.power:
        return _plan_power(args)
    if args.difference is not None:
        raise InputError("--difference belongs to --power, which is for ablations")
    from plion.config.experiment import load_experiment
    from plion.planning import floor, planned_run
    from plion.planning.tables import first_pass
    from plion.planning.tables.totals import given_speed

    if args.csv and args.speed is not None:
        raise InputError("--csv has no time or cost; leave out --speed")
    if args.plot:  # matplotlib takes longer than most plans
        from plion.planning.tables import chart

        chart.check_chart_path(args.plot)
        writable_file("--plot", args.plot)
    speed = None if args.speed is None else given_speed(args.speed)
    exp = load_experiment(args.experiment, args.overrides)
    if args.compare is not None:
        runs = planned_run.plan_samplers(exp, args.compare, args.counts)
        as_csv, render = first_pass.as_csv_compared, first_pass.render_compared
        text = as_csv(runs) if args.csv else render(runs, speed)
    else:
        runs = [planned_run.mixture_plan(exp, args.counts)]
        text = first_pass.as_csv(runs[0]) if args.csv else first_pass.render_plan(runs[0], speed)
    if args.plot:
        from plion.runs.provenance import command

        chart.draw_shares(runs, args.plot, command())
    print(text, end="")
    if told := floor.warning(runs[0]):
        print(f"plion: {told}", file=sys.stderr)
    return 0


def _plan_power(args: Namespace) -> int:
    from plion.studies.power.foresight import power_text

    for option in ("counts", "compare", "speed", "plot"):
        if getattr(args, option) is not None:
            raise InputError(f"--{option} plans one run, --power a study; leave one of them out")
    print(power_text(args.experiment, args.overrides, args.difference, as_csv=args.csv), end="")
    return 0


def train(args: Namespace) -> int:
    from plion.config.experiment import load_experiment
    from plion.planning.planned_run import mixture_plan

    steps = _overfit_steps(args)
    exp = load_experiment(args.experiment, args.overrides)
    writable_root("trainer.runs", Path(exp.trainer.runs))
    planned = mixture_plan(exp)
    # Planning comes first, so that its errors do not wait for torch.
    run = torch_module("plion.training.run")
    with redirect_stdout(sys.stderr):  # keeps what libraries print out of stdout
        if args.fast_dev_run or steps is not None:
            from plion.training.rehearsal import fast_dev_run, overfit

            if steps is None:
                told = fast_dev_run.fast_dev_run(planned)
            else:
                told = overfit.overfit(planned, steps or overfit.STEPS)
        else:
            told = run.train(planned)
    print(told)
    return 0


def _overfit_steps(args: Namespace) -> int | None:
    """The number after --overfit, 0 for the default; None without --overfit."""
    given: str | None = args.overfit
    if given and not given.isdigit():  # argparse took the override that follows
        args.overrides, given = [given, *args.overrides], ""
    if given and not int(given):
        raise InputError("--overfit takes a number of steps of 1 or more")
    return None if given is None else int(given or 0)


def tune_batch(args: Namespace) -> int:
    from plion.config.experiment import load_experiment

    exp = load_experiment(args.experiment, args.overrides)
    written: Path | None = args.write
    writable_file("--write", written)
    if written and written.is_file():
        raise InputError(f"--write {written} exists already; choose another name")
    torch_module("plion.training.run")
    from plion.training.rehearsal import tune_batch

    seconds = tune_batch.tune(exp, args.memory, args.margin)
    if written:
        tune_batch.write_tuned(written, args.experiment, args.overrides, seconds)
    print(f"batch.seconds={seconds}")
    return 0
