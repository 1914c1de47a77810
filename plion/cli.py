"""The command line: one small function a verb, which parses nothing and returns the exit status.

Everything else is imported inside the verbs, so that `plion --help` answers at once and no verb
that does not need torch waits for it.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from plion import __version__
from plion.errors import InputError


class _Parser(argparse.ArgumentParser):
    """One that says what is wrong in a sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb: 0 done, 1 something is wrong or missing, 2 the request itself was wrong."""
    try:
        args = _parse(arguments)
        status: int = args.verb(args)
    except InputError as error:
        print(f"plion: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return status


def data_mini(args: argparse.Namespace) -> int:
    try:
        from plion.data.mini.build import make
    except ModuleNotFoundError as missing:
        raise InputError(
            f"synthesis needs {missing.name}, of the extra `demo`: pip install 'plion[demo]'"
        ) from missing

    print(make(args.out, args.seed, args.base))
    return 0


def data_prepare(args: argparse.Namespace) -> int:
    from plion.data.preparing.prepare import prepare
    from plion.data.preparing.prepared import render

    print(render(prepare(args.key, args.source, args.out, args.split, args.max_seconds)))
    return 0


def data_check(args: argparse.Namespace) -> int:
    from plion.data.checking.check import check, render

    found = check(args.manifests)
    print(render(found))
    return 1 if found.problems else 0


def data_audit(args: argparse.Namespace) -> int:
    from plion.data.audit.audit import as_json, audit
    from plion.data.audit.table import render
    from plion.runs import atomic_write

    if args.json and (args.json.is_dir() or not args.json.parent.is_dir()):
        raise InputError(f"--json {args.json} cannot be written: it must be a file in a folder")
    found = audit(args.manifests)
    print(render(found))
    if args.json:
        atomic_write(args.json, as_json(found))
    return 0


def plan(args: argparse.Namespace) -> int:
    from plion.config import load
    from plion.planning import plans, tables
    from plion.planning.totals import given_speed

    if args.speed and args.csv and not args.compare:
        raise InputError("--csv has no time or cost: leave out --speed, or add --compare")
    if args.plot:  # matplotlib takes longer than most plans
        from plion.planning import figure

        figure.check(args.plot)
    speed = given_speed(args.speed) if args.speed else None
    exp = load(args.experiment, args.overrides)
    if args.compare:
        runs = plans.compared(exp, args.compare, args.counts)
        text = tables.as_csv_compared(runs) if args.csv else tables.render_compared(runs, speed)
    else:
        runs = [plans.mixture_plan(exp, args.counts)]
        text = tables.as_csv(runs[0]) if args.csv else tables.render(runs[0], speed)
    if args.plot:
        figure.draw(runs, args.plot)
    print(text, end="")
    return 0


def train(args: argparse.Namespace) -> int:
    from plion.config import load
    from plion.planning.plans import mixture_plan

    planned = mixture_plan(load(args.experiment, args.overrides))
    # What cannot be planned is told before torch is waited for.
    run = _runs()
    with redirect_stdout(sys.stderr):  # libraries talk; what is asked for is the folder
        folder = run.train(planned)
    print(folder)
    return 0


def evaluate(args: argparse.Namespace) -> int:
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


def ablate(args: argparse.Namespace) -> int:
    from plion.studies.ablation import ablate as run

    return run(args.file, args.overrides, args.workers, args.dry_run, args.status)


def sweep(args: argparse.Namespace) -> int:
    from plion.studies.sweep import sweep as run

    return run(args.file, args.overrides, args.workers, args.status)


def results(args: argparse.Namespace) -> int:
    from plion.studies.results import results as collect

    published = args.with_ == "paper"
    text, status = collect(args.dirs, args.format, args.compare, published, args.strict)
    print(text)
    return status


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Overrides may stand before, between and after options, which argparse's own `*` forbids."""
    parser = _parser()
    args, rest = parser.parse_known_args(arguments)
    unknown = [text for text in rest if text.startswith("-") or not args.overridable]
    if unknown:
        parser.error(f"unknown argument '{unknown[0]}'")
    args.overrides = rest
    return args


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="plion",
        description="Ablations of multilingual speech recognition with Qwen3-ASR.",
        allow_abbrev=False,
    )
    parser.set_defaults(overridable=False)
    parser.add_argument("--version", action="version", version=f"plion {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    _data(verbs.add_parser("data", help="prepare, make and examine corpora"))

    verb = verbs.add_parser("plan", help="what an epoch will contain, before anything is spent")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    verb.add_argument("--counts", choices=["paper"], help="sizes of the paper, without data")
    verb.add_argument("--csv", action="store_true")
    verb.add_argument(
        "--compare",
        metavar="NAME[,NAME...]",
        help="samplers side by side; `all` that need no weights",
    )
    verb.add_argument(
        "--speed", metavar="X|RUN", help="seconds of audio a second, or a run that measured them"
    )
    verb.add_argument("--plot", type=Path, metavar="FILE", help="a figure: png, pdf or svg")
    _overrides(verb)
    verb.set_defaults(verb=plan)

    verb = verbs.add_parser("train", help="one run; the last line printed is its folder")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    _overrides(verb)
    verb.set_defaults(verb=train)

    verb = verbs.add_parser("evaluate", help="decode and score the test sets of a suite")
    verb.add_argument(
        "model", metavar="MODEL", help="run folder, model folder, `mini`, or cached hub id"
    )
    verb.add_argument("--suite", metavar="S|FILE", help="default: mini12, or a run's own")
    verb.add_argument("--data", metavar="ROOT", help="default: data/S, or a run's own")
    _overrides(verb)
    verb.set_defaults(verb=evaluate)

    verb = verbs.add_parser("ablate", help="run every cell of an ablation that is not done yet")
    verb.add_argument("--dry-run", action="store_true", help="print what each cell would contain")
    _study(verb)
    verb.set_defaults(verb=ablate)

    verb = verbs.add_parser("sweep", help="search settings on validation error")
    _study(verb)
    verb.set_defaults(verb=sweep)

    verb = verbs.add_parser("results", help="the table of finished runs; writes results.csv")
    verb.add_argument("dirs", nargs="+", metavar="DIR", help="folder of an ablation or a run")
    verb.add_argument("--format", choices=["table", "csv", "md", "tex"], default="table")
    verb.add_argument("--compare", metavar="AXIS", help="differences along one axis alone")
    verb.add_argument("--with", dest="with_", choices=["paper"], help="beside published rows")
    verb.add_argument("--strict", action="store_true", help="refuse runs of differing source")
    verb.set_defaults(verb=results)
    return parser


def _data(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True)
    verb = verbs.add_parser("prepare", help="manifests of a corpus as its publisher ships it")
    verb.add_argument("key", metavar="KEY", help="librispeech, nsc, ... fleurs_ms")
    verb.add_argument("source", type=Path, metavar="SOURCE", help="its folder or archive")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="writes DIR/KEY")
    verb.add_argument(
        "--split",
        default="ratio",
        metavar="ratio|speaker|paper|A:B:C",
        help="how parts that the publisher lacks are drawn; see README",
    )
    verb.add_argument("--max-seconds", type=float, metavar="S", help="leave out what is longer")
    verb.set_defaults(verb=data_prepare)

    verb = verbs.add_parser("mini", help="synthesise mini12, twelve small corpora")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR")
    verb.add_argument("--base", action="store_true", help="the corpora of the packaged base model")
    verb.add_argument("--seed", type=int, default=0)
    verb.set_defaults(verb=data_mini)

    verb = verbs.add_parser("check", help="decode everything and list what is wrong")
    verb.add_argument("manifests", type=Path, nargs="+", metavar="MANIFEST")
    verb.set_defaults(verb=data_check)

    verb = verbs.add_parser("audit", help="overlaps and oddities between and within splits")
    verb.add_argument("manifests", type=Path, nargs="+", metavar="MANIFEST")
    verb.add_argument("--json", type=Path, metavar="FILE", help="write it all as JSON")
    verb.set_defaults(verb=data_audit)


def _study(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="FILE", help="YAML file")
    verb.add_argument("--workers", type=int, default=1, metavar="N", help="runs side by side")
    verb.add_argument("--status", action="store_true", help="print what is done, start nothing")
    _overrides(verb)


def _overrides(verb: argparse.ArgumentParser) -> None:
    verb.usage = f"{verb.format_usage().removeprefix('usage: ').strip()} [key=value ...]"
    verb.set_defaults(overridable=True)
