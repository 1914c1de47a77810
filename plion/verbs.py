"""What the verbs of the command line do: each takes parsed arguments and returns an exit status.

Everything else is imported inside them, so that `plion --help` answers at once and no verb that
does not need torch waits for it.
"""

import sys
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

from plion.errors import InputError


def data_mini(args: Namespace) -> int:
    try:
        from plion.data.mini.build import make
    except ModuleNotFoundError as missing:
        raise InputError(
            f"synthesis needs {missing.name}, of the extra `demo`: pip install 'plion[demo]'"
        ) from missing

    print(make(args.out, args.seed, args.base))
    return 0


def data_prepare(args: Namespace) -> int:
    from plion.data.preparing.prepare import prepare
    from plion.data.preparing.prepared import render

    print(render(prepare(args.key, args.source, args.out, args.split, args.max_seconds)))
    return 0


def data_check(args: Namespace) -> int:
    from plion.data.checking.check import check, render

    found = check(args.manifests)
    print(render(found))
    return 1 if found.problems else 0


def data_audit(args: Namespace) -> int:
    from plion.data.audit.audit import as_json, audit
    from plion.data.audit.table import render
    from plion.runs import atomic_write

    _check_json(args.json)
    found = audit(args.manifests)
    print(render(found))
    if args.json:
        atomic_write(args.json, as_json(found))
    return 0


def _check_json(path: Path | None) -> None:
    """Before the work and not after it."""
    if path and (path.is_dir() or not path.parent.is_dir()):
        raise InputError(f"--json {path} cannot be written: it must be a file in a folder")


def plan(args: Namespace) -> int:
    from plion.config import load
    from plion.planning import plans, tables
    from plion.planning.totals import given_speed

    if args.csv and args.speed is not None:
        raise InputError("--csv has no time or cost; leave out --speed")
    if args.plot:  # matplotlib takes longer than most plans
        from plion.planning import figure

        figure.check(args.plot)
    speed = None if args.speed is None else given_speed(args.speed)
    exp = load(args.experiment, args.overrides)
    if args.compare is not None:
        runs = plans.compared(exp, args.compare, args.counts)
        text = tables.as_csv_compared(runs) if args.csv else tables.render_compared(runs, speed)
    else:
        runs = [plans.mixture_plan(exp, args.counts)]
        text = tables.as_csv(runs[0]) if args.csv else tables.render(runs[0], speed)
    if args.plot:
        from plion.runs import command

        figure.draw(runs, args.plot, command())
    print(text, end="")
    return 0


def train(args: Namespace) -> int:
    from plion.config import load
    from plion.planning.plans import mixture_plan

    steps = _overfit_steps(args)
    planned = mixture_plan(load(args.experiment, args.overrides))
    # What cannot be planned is told before torch is waited for.
    run = _runs()
    with redirect_stdout(sys.stderr):  # libraries talk; what is asked for is the folder
        if args.fast_dev_run or steps is not None:
            from plion.training import rehearsal

            if steps is None:
                told = rehearsal.fast_dev_run(planned)
            else:
                told = rehearsal.overfit(planned, steps or rehearsal.STEPS)
        else:
            told = run.train(planned)
    print(told)
    return 0


def _overfit_steps(args: Namespace) -> int | None:
    """The number after --overfit, 0 where there is none; None where that is not asked for."""
    given: str | None = args.overfit
    if given and not given.isdigit():  # an override that follows, which argparse takes for it
        args.overrides, given = [given, *args.overrides], ""
    if given and not int(given):
        raise InputError("--overfit takes a number of steps of 1 or more")
    return None if given is None else int(given or 0)


def tune_batch(args: Namespace) -> int:
    from plion.config import load

    exp = load(args.experiment, args.overrides)
    written: Path | None = args.write
    if written and (written.is_dir() or not written.parent.is_dir()):
        raise InputError(f"--write {written} cannot be written: it must be a file in a folder")
    if written and written.exists():
        raise InputError(f"--write {written} is there already; choose another name")
    _runs()
    from plion.training import tuning

    seconds = tuning.tune(exp, args.memory, args.margin)
    if written:
        tuning.write(written, args.experiment, args.overrides, seconds)
    print(f"batch.seconds={seconds}")
    return 0


def evaluate(args: Namespace) -> int:
    from plion.config import evaluation

    exp = evaluation(args.model, args.suite, args.data, args.overrides)
    run = _runs()
    with redirect_stdout(sys.stderr):
        folder = run.evaluate(exp)
    print(folder)
    return 0


def _runs() -> ModuleType:
    """What needs torch; the registry's torchaudio cannot be imported beside a CPU-only torch."""
    try:
        from plion.training import run
    except OSError as error:
        raise InputError(
            f"torch and torchaudio do not fit each other ({error}); install both anew from the "
            "same registry, in the versions of constraints.txt"
        ) from error
    return run


def score(args: Namespace) -> int:
    from plion.evaluation.explanation import explanation
    from plion.evaluation.hypotheses import match
    from plion.evaluation.normalize import resolve_profile
    from plion.evaluation.scorecard import as_json, score
    from plion.evaluation.scoretable import render
    from plion.runs import atomic_write

    _check_json(args.json)
    if args.explain is not None and args.json:
        raise InputError("--explain shows one utterance and has no figures for --json")
    profile = resolve_profile(args.profile)
    matched = match(args.hypotheses, args.refs, args.metric)
    if args.explain is not None:
        print(explanation(matched, args.explain, profile))
        return 0
    card = score(matched, profile)
    print(render(card))
    if args.json:
        atomic_write(args.json, as_json(card))
    return 0


def ablate(args: Namespace) -> int:
    from plion.studies.ablation import ablate as run

    return run(args.file, args.overrides, args.workers, args.dry_run, args.status)


def sweep(args: Namespace) -> int:
    from plion.studies.sweep import sweep as run

    return run(args.file, args.overrides, args.workers, args.status)


def results(args: Namespace) -> int:
    from plion.runs import command
    from plion.studies.results import results as collect

    if args.plot:  # before the work and not after it
        from plion.studies import plots

        plots.check(args.plot)
    text, status = collect(
        args.dirs,
        args.format,
        args.compare,
        args.with_ == "paper",
        args.strict,
        args.intersect,
        args.by,
        args.plot,
        command(),
    )
    print(text)
    return status
