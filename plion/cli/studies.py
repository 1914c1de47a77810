"""`plion ablate`, `sweep`, `watch` and `results`: studies and their tables."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from plion.cli.shared import Group, overrides

if TYPE_CHECKING:
    from argparse import _MutuallyExclusiveGroup

    from plion.studies.engines.choice import Choice


def add_studies(group: Group) -> None:
    verb = group.add_parser("ablate", help="run every cell of an ablation that is not done yet")
    looks = _study(verb)
    looks.add_argument("--dry-run", action="store_true", help="print what each cell would contain")
    verb.add_argument(
        "--slurm", type=Path, metavar="FILE", help="#SBATCH lines for the jobs of --engine slurm"
    )
    _wishes(verb)
    verb.set_defaults(verb=ablate)

    verb = group.add_parser("sweep", help="search settings on validation error")
    _study(verb)
    verb.add_argument(
        "--store",
        metavar="URL",
        help="database of the trials: sqlite:///FILE or postgresql://USER@HOST/DATABASE, with the "
        "password in PGPASSWORD or ~/.pgpass (default: study.db in the sweep's folder)",
    )
    verb.add_argument(
        "--plot", type=Path, metavar="FOLDER", help="also draw charts, as pdf and png"
    )
    verb.set_defaults(verb=sweep)

    verb = group.add_parser("watch", help="show what of a study is done, running, failed and left")
    verb.add_argument("study", metavar="STUDY", help="its folder runs/NAME, or its YAML file")
    verb.add_argument("--json", action="store_true", help="print the state once, for programs")
    verb.set_defaults(verb=watch)

    verb = group.add_parser("results", help="print tables of runs; writes results.csv")
    verb.add_argument("dirs", nargs="+", metavar="DIR", help="folder of an ablation or a run")
    verb.add_argument("--format", choices=["table", "csv", "md", "tex"], default="table")
    shown = verb.add_mutually_exclusive_group()
    shown.add_argument("--compare", metavar="AXIS", help="differences along one axis only")
    shown.add_argument(
        "--by",
        choices=["speaker", "duration", "length", "class", "script", "language"],
        help="errors by a property of the utterances; class: seen in training or not",
    )
    shown.add_argument(
        "--tables",
        metavar="NAMES",
        help="these only, separated by commas: benchmarks, effects, simple (simple effects), "
        "budgets, tuning, cost, metrics, averages, languages, faults; or all; by default all but "
        "simple",
    )
    verb.add_argument("--with", dest="with_", choices=["paper"], help="add published rows")
    verb.add_argument(
        "--strict",
        action="store_true",
        help="refuse runs with different source, device, processor or attention",
    )
    verb.add_argument(
        "--intersect", action="store_true", help="compare on the utterances that all runs have"
    )
    verb.add_argument(
        "--plot", type=Path, metavar="FOLDER", help="also draw charts, as pdf and png"
    )
    verb.set_defaults(verb=results)


def _study(verb: ArgumentParser) -> "_MutuallyExclusiveGroup":
    """Adds what ablations and sweeps have in common; returns the group of looks at a study."""
    verb.add_argument("file", metavar="FILE", help="YAML file")
    verb.add_argument("--workers", type=int, metavar="N", help="runs in parallel; 1 by default")
    verb.add_argument(
        "--engine",
        choices=["local", "ray", "slurm"],
        default="local",
        help="what runs them: this machine's processes, a Ray cluster, a SLURM array",
    )
    verb.add_argument("--address", metavar="A", help="of the Ray cluster: auto, local or HOST:PORT")
    verb.add_argument(
        "--map",
        action="append",
        metavar="NAME=PATH",
        help="where the nodes have data, base, runs or checkpoints, if elsewhere",
    )
    looks = verb.add_mutually_exclusive_group()
    looks.add_argument("--status", action="store_true", help="print the state, start nothing")
    overrides(verb)
    return looks


def _wishes(verb: ArgumentParser) -> None:
    verb.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="LABEL=VALUE",
        help="run the cells with this value of an axis; repeated: with all of these",
    )
    verb.add_argument(
        "--retry-failed", action="store_true", help="run again what failed in an earlier call"
    )
    verb.add_argument(
        "--max-hours", type=float, metavar="H", help="start no run that would end later than this"
    )
    verb.add_argument(
        "--max-cost", type=float, metavar="C", help="start no run that would cost more than is left"
    )


def ablate(args: Namespace) -> int:
    from plion.studies.ablation import ablate as run
    from plion.studies.todo import Wishes

    wishes = Wishes(args.only, args.retry_failed, args.max_hours, args.max_cost)
    return run(
        args.file,
        args.overrides,
        _choice(args),
        wishes,
        dry_run=args.dry_run,
        status=args.status,
    )


def watch(args: Namespace) -> int:
    from plion.studies.watching.watch import watch as run

    return run(args.study, as_json=args.json)


def sweep(args: Namespace) -> int:
    from plion.studies.search.sweep import Asked
    from plion.studies.search.sweep import sweep as run

    asked = Asked(status=args.status, store=args.store, plot=args.plot)
    return run(args.file, args.overrides, _choice(args), asked)


def _choice(args: Namespace) -> "Choice":
    """The engine's options; InputError for one that the engine does not have."""
    from plion.studies.engines.choice import choice

    return choice(
        args.engine,
        args.workers,
        args.address,
        maps=args.map or (),
        sbatch=getattr(args, "slurm", None),
    )


def results(args: Namespace) -> int:
    from plion.results.request import UNASKED, Request, read_names
    from plion.results.results import results as collect
    from plion.runs.provenance import command

    if args.plot:  # checked before the work
        from plion.results.plots import all as plots

        plots.check_plot_folder(args.plot)
    request = Request(
        args.format,
        args.compare,
        args.by,
        read_names(args.tables) if args.tables else UNASKED,
        with_paper=args.with_ == "paper",
        strict=args.strict,
        intersect=args.intersect,
        plot=args.plot,
        command=command(),
    )
    text, status = collect(args.dirs, request)
    print(text)
    return status
