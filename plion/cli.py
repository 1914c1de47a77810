"""The command line: its arguments, and the exit status of what was asked for."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from plion import __version__, verbs
from plion.errors import Failed, InputError


class _Parser(argparse.ArgumentParser):
    """One that says what is wrong in a sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")


_Group: TypeAlias = "argparse._SubParsersAction[_Parser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb: 0 done, 1 something is wrong or missing, 2 the request itself was wrong."""
    try:
        args = _parse(arguments)
        status: int = args.verb(args)
    except InputError as error:
        print(f"plion: {error}", file=sys.stderr)
        return 2
    except Failed as error:
        print(f"plion: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
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
    group = parser.add_subparsers(metavar="VERB", required=True)

    _data(group.add_parser("data", help="prepare, make and examine corpora"))
    _training(group)
    _scoring(group)
    _studies(group)
    return parser


def _training(group: _Group) -> None:
    verb = group.add_parser("plan", help="what an epoch will contain, before anything is spent")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    verb.add_argument("--counts", choices=["paper"], help="sizes of the paper, without data")
    verb.add_argument("--csv", action="store_true")
    verb.add_argument(
        "--compare",
        metavar="NAME[,NAME...]",
        help="samplers side by side; `all` of them, `fixed` where it has weights",
    )
    verb.add_argument(
        "--speed", metavar="X|RUN", help="seconds of audio a second, or a run that measured them"
    )
    verb.add_argument("--plot", type=Path, metavar="FILE", help="a figure: png, pdf or svg")
    _overrides(verb)
    verb.set_defaults(verb=verbs.plan)

    verb = group.add_parser("train", help="one run; the last line printed is its folder")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    rehearsal = verb.add_mutually_exclusive_group()
    rehearsal.add_argument(
        "--fast-dev-run",
        action="store_true",
        help="a few steps and the costliest, the whole way; what the run would take; no folder",
    )
    rehearsal.add_argument(
        "--overfit",
        nargs="?",
        const="",
        metavar="STEPS",
        help="whether a few utterances can be learnt, else status 1; no folder",
    )
    _overrides(verb)
    verb.set_defaults(verb=verbs.train)

    verb = group.add_parser("tune-batch", help="the largest batch.seconds that fits the device")
    verb.add_argument("experiment", metavar="EXPERIMENT", help="YAML file")
    verb.add_argument(
        "--memory", type=float, metavar="GIB", help="to stay within; default: what is free"
    )
    verb.add_argument(
        "--margin", type=float, default=0.1, metavar="PART", help="of it that is to stay free"
    )
    verb.add_argument("--write", type=Path, metavar="FILE", help="an experiment with what is found")
    _overrides(verb)
    verb.set_defaults(verb=verbs.tune_batch)


def _scoring(group: _Group) -> None:
    verb = group.add_parser("evaluate", help="decode and score the test sets of a suite")
    verb.add_argument(
        "model", metavar="MODEL", help="run folder, model folder, `mini`, or cached hub id"
    )
    verb.add_argument("--suite", metavar="S|FILE", help="default: mini12, or a run's own")
    verb.add_argument("--data", metavar="ROOT", help="default: data/S, or a run's own")
    _overrides(verb)
    verb.set_defaults(verb=verbs.evaluate)

    verb = group.add_parser("score", help="score any system's transcripts; no model needed")
    verb.add_argument(
        "hypotheses", type=Path, nargs="+", metavar="HYPOTHESES", help="JSON lines: id, text"
    )
    verb.add_argument("--refs", type=Path, nargs="+", required=True, metavar="MANIFEST")
    verb.add_argument(
        "--profile",
        default="strict",
        metavar="P",
        help="of normalisation: strict, numbers, evalkit, whisper, raw",
    )
    verb.add_argument(
        "--metric",
        choices=["wer", "cer", "gcer", "mer"],
        help="instead of each language's own: gcer by grapheme cluster, mer for mixed languages",
    )
    verb.add_argument("--json", type=Path, metavar="FILE", help="write the counts as JSON")
    verb.add_argument("--explain", metavar="ID", help="every step on one utterance")
    verb.set_defaults(verb=verbs.score)


def _studies(group: _Group) -> None:
    verb = group.add_parser("ablate", help="run every cell of an ablation that is not done yet")
    verb.add_argument("--dry-run", action="store_true", help="print what each cell would contain")
    _study(verb)
    verb.set_defaults(verb=verbs.ablate)

    verb = group.add_parser("sweep", help="search settings on validation error")
    _study(verb)
    verb.set_defaults(verb=verbs.sweep)

    verb = group.add_parser("results", help="the table of finished runs; writes results.csv")
    verb.add_argument("dirs", nargs="+", metavar="DIR", help="folder of an ablation or a run")
    verb.add_argument("--format", choices=["table", "csv", "md", "tex"], default="table")
    shown = verb.add_mutually_exclusive_group()
    shown.add_argument("--compare", metavar="AXIS", help="differences along one axis alone")
    shown.add_argument(
        "--by",
        choices=["speaker", "duration", "length", "class", "script", "language"],
        help="errors by a property of the utterances; class: what of them was trained on",
    )
    verb.add_argument("--with", dest="with_", choices=["paper"], help="beside published rows")
    verb.add_argument("--strict", action="store_true", help="refuse runs of differing source")
    verb.add_argument(
        "--intersect", action="store_true", help="compare on the utterances that all runs have"
    )
    verb.add_argument("--plot", type=Path, metavar="FOLDER", help="figures too, as pdf and png")
    verb.set_defaults(verb=verbs.results)


def _data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_subparsers(metavar="WHAT", required=True)
    verb = group.add_parser("prepare", help="manifests of a corpus as its publisher ships it")
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
    verb.set_defaults(verb=verbs.data_prepare)

    verb = group.add_parser("mini", help="synthesise mini12, twelve small corpora")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR")
    verb.add_argument("--base", action="store_true", help="the corpora of the packaged base model")
    verb.add_argument("--seed", type=int, default=0)
    verb.set_defaults(verb=verbs.data_mini)

    verb = group.add_parser("check", help="decode everything and list what is wrong")
    verb.add_argument("manifests", type=Path, nargs="+", metavar="MANIFEST")
    verb.set_defaults(verb=verbs.data_check)

    verb = group.add_parser("audit", help="overlaps and oddities between and within splits")
    verb.add_argument("manifests", type=Path, nargs="+", metavar="MANIFEST")
    verb.add_argument("--json", type=Path, metavar="FILE", help="write it all as JSON")
    verb.set_defaults(verb=verbs.data_audit)


def _study(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="FILE", help="YAML file")
    verb.add_argument("--workers", type=int, default=1, metavar="N", help="runs side by side")
    verb.add_argument("--status", action="store_true", help="print what is done, start nothing")
    _overrides(verb)


def _overrides(verb: argparse.ArgumentParser) -> None:
    verb.usage = f"{verb.format_usage().removeprefix('usage: ').strip()} [key=value ...]"
    verb.set_defaults(overridable=True)
