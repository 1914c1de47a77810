"""`plion evaluate` and `score`: error rates of models and of transcripts."""

import sys
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path

from plion.cli.shared import (
    Group,
    context,
    known_rows,
    languages,
    like,
    overrides,
    torch_module,
    writable_file,
)
from plion.errors import InputError


def add_scoring(group: Group) -> None:
    verb = group.add_parser("evaluate", help="decode and score the test sets of a suite")
    verb.add_argument(
        "model", metavar="MODEL", help="run folder, model folder, `mini`, or cached hub id"
    )
    verb.add_argument("--suite", metavar="S|FILE", help="default: mini12, or a run's own")
    verb.add_argument("--data", metavar="ROOT", help="default: data/S, or a run's own")
    like(verb)
    context(verb)
    overrides(verb)
    verb.set_defaults(verb=evaluate)

    verb = group.add_parser("score", help="score any system's transcripts; no model needed")
    verb.add_argument(
        "hypotheses", type=Path, nargs="+", metavar="HYPOTHESES", help="JSON lines: id, text"
    )
    verb.add_argument("--refs", type=Path, nargs="+", required=True, metavar="MANIFEST")
    verb.add_argument(
        "--profile",
        default="strict",
        metavar="P",
        help="normalisation: strict, numbers, evalkit, whisper, raw",
    )
    verb.add_argument(
        "--metric",
        metavar="M",
        help="replaces each language's own: wer, cer, gcer (by grapheme cluster), mer (for mixed "
        "languages)",
    )
    languages(verb)
    verb.add_argument("--json", type=Path, metavar="FILE", help="write the counts as JSON")
    verb.add_argument(
        "--against",
        type=Path,
        nargs="+",
        metavar="HYPOTHESES",
        help="another system's: prints the difference of errors with p and NIST's MAPSSWE",
    )
    verb.add_argument("--explain", metavar="ID", help="show every step for one utterance")
    verb.set_defaults(verb=score)


def evaluate(args: Namespace) -> int:
    from plion.config.experiment import evaluation

    exp = evaluation(
        args.model, args.suite, args.data, args.overrides, like=args.like, context=args.context
    )
    run = torch_module("plion.training.run")
    with redirect_stdout(sys.stderr):
        folder = run.evaluate(exp)
    print(folder)
    return 0


def score(args: Namespace) -> int:
    from plion.results.scorecard.tables import scorecard_tables
    from plion.results.scorecard.versus import versus_table
    from plion.runs.provenance import command
    from plion.scoring.explanation import explanation
    from plion.scoring.hypotheses import match
    from plion.scoring.score import score
    from plion.scoring.scorecard import as_json
    from plion.system.files import atomic_write
    from plion.text.metrics import check_metric
    from plion.text.normalize import resolve_profile
    from plion.typesetting.formats import typeset

    writable_file("--json", args.json)
    if args.explain is not None and args.json:
        raise InputError("--explain shows one utterance and has no figures for --json")
    if args.explain is not None and args.against:
        raise InputError("--explain shows one utterance and compares nothing; leave out --against")
    if args.metric:
        check_metric(args.metric)
    profile = resolve_profile(args.profile)
    known = known_rows(args.languages)
    matched = match(args.hypotheses, args.refs, args.metric, known)
    if args.explain is not None:
        print(explanation(matched, args.explain, profile))
        return 0
    card = score(matched, profile)
    versus = []
    if args.against:
        other = match(args.against, args.refs, args.metric, known)
        versus = [versus_table(card, score(other, profile))]
    print(typeset([*scorecard_tables(card), *versus], command=command()))
    if args.json:
        atomic_write(args.json, as_json(card))
    return 0
